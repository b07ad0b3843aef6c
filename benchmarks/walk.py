"""From POST to inbox: 50 postings a second for a minute against 100,000 subscriptions, of which five match each, all real.

The services, Kafka, PostgreSQL, the SMTP catcher and the pushing client share the machine.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import asyncpg

from benchmarks.crowd import CITIES, SKILLS, city, publish, skill
from benchmarks.figure import Figure, Say
from deploy.local.demo.feed import SAMPLES, read_postings
from deploy.local.demo.once import publisher_key
from deploy.local.stack import Stack
from deploy.local.system import System, start_system
from runtime.sealing import Sealer

SUBSCRIPTIONS: Final = 100_000
A_SECOND: Final = 50
SECONDS: Final = 60
WARM_UP: Final = 200
"""Postings before the measured ones: connections are made, statements planned."""


def measure(say: Say) -> Iterator[Figure]:
    """Start everything, load the subscriptions, push, read the inbox."""
    with Stack(say=say) as stack:
        system = start_system(stack, say)
        say(f"publishing {SUBSCRIPTIONS:,} subscriptions")
        asyncio.run(_load(system, say))
        say(f"pushing {A_SECOND} postings a second for {SECONDS} s")
        taken, expected = asyncio.run(_push_and_read(system, publisher_key(system)))
    quantiles = statistics.quantiles(taken, n=100, method="inclusive")
    yield Figure("walk.mails_missing", expected - len(taken), "mails", "0")
    yield Figure("walk.post_to_inbox.p50", quantiles[49] * 1000, "ms", "<= 100")
    yield Figure("walk.post_to_inbox.p99", quantiles[98] * 1000, "ms", "<= 400")
    yield Figure("walk.mails_per_second", len(taken) / SECONDS, "mails/s")


async def _load(system: System, say: Say) -> None:
    await publish(system.kafka, SUBSCRIPTIONS, Sealer.parse(system.sealing_keys))
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        while (known := await connection.fetchval("SELECT count(*) FROM notifier.subscriptions")) < SUBSCRIPTIONS:
            await asyncio.sleep(0.5)
        say(f"the notifier knows {known:,}")
        while await _indexed(system) < SUBSCRIPTIONS:
            await asyncio.sleep(0.5)
        await connection.execute("ANALYZE notifier.subscriptions, notifier.subscribers")
    finally:
        await connection.close()


async def _indexed(system: System) -> float:
    async with aiohttp.ClientSession() as session, session.get(f"{system.urls['matcher']}/metrics") as response:
        lines = (await response.text()).splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("matcher_subscriptions ")))


def _posting(sample: dict[str, Any], number: int, rng: random.Random) -> dict[str, Any]:
    wanted = skill(rng.randrange(SKILLS))
    return {
        **{name: value for name, value in sample.items() if name not in ("places", "workplace", "remote_from")},
        "source_id": f"bench-{number}",
        "url": f"https://jobs.example/bench/{number}",
        "places": [{"city": city(rng.randrange(CITIES)), "country": "US"}],
        "skills": [wanted],
    }


async def _push_and_read(system: System, key: str) -> tuple[list[float], int]:
    """Seconds from the push's start to the mail's arrival, for each mail of a measured posting; and how many were due."""
    rng, samples = random.Random(1), [one for one in read_postings(SAMPLES) if isinstance(one, dict)]
    left_at: dict[str, datetime] = {}
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as session:

        async def push(number: int) -> None:
            posting = _posting(samples[number % len(samples)], number, rng)
            if number >= WARM_UP:
                left_at[posting["url"]] = datetime.now(UTC)
            async with session.post(f"{system.urls['ingest']}/v1/postings", json=posting) as response:
                response.raise_for_status()

        started = time.perf_counter()
        pushes = []
        for number in range(WARM_UP + A_SECOND * SECONDS):
            await asyncio.sleep(max(0.0, started + number / A_SECOND - time.perf_counter()))
            pushes.append(asyncio.create_task(push(number)))
        await asyncio.gather(*pushes)
        expected = len(left_at) * SUBSCRIPTIONS // (SKILLS * CITIES)
        return await _read(session, system, left_at, expected), expected


async def _read(session: aiohttp.ClientSession, system: System, left_at: dict[str, datetime], expected: int) -> list[float]:
    taken: list[float] = []
    after, deadline = 0, time.perf_counter() + 60
    while len(taken) < expected and time.perf_counter() < deadline:
        async with session.get(f"{system.inbox_url}/api/messages", params={"after": after}) as response:
            page = await response.json()
        if not page:
            await asyncio.sleep(0.2)
            continue
        after = page[-1]["number"]
        for mail in page:
            arrived = datetime.fromisoformat(mail["received_at"])
            taken += [(arrived - left_at[link]).total_seconds() for link in mail["links"] if link in left_at]
    return taken
