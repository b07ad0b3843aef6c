"""Pushes postings to ingest, one by one at a steady rate, and remembers when each left."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from deploy.local.errors import StackError

SAMPLES: Final = Path(__file__).parent.parent / "samples" / "postings.jsonl"
AWAY: Final = 60.0
"""Seconds that ingest may be away."""


@dataclass
class Fed:
    """What was pushed so far."""

    results: dict[str, int] = field(default_factory=dict)
    """`opened`, `changed`, `reopened`, `unchanged`, `rejected`: how many of each."""
    left_at: dict[str, datetime] = field(default_factory=dict)
    """By the posting's link: when its first push was sent."""
    ids: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Postings that were taken, by the id that ingest gave them."""
    rejected: list[str] = field(default_factory=list)
    """Why, a line for each."""

    @property
    def pushed(self) -> int:
        return sum(self.results.values())


def read_postings(path: Path) -> list[Any]:
    """The lines of a JSONL file in the push format. Raises `StackError` naming the line that is not JSON."""
    try:
        lines = path.read_text("utf-8").split("\n")  # a text may hold U+2028, which splitlines would split at
    except OSError as error:
        raise StackError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise StackError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from None
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _parsed(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise StackError(f"{path}, line {number}: not JSON ({error})") from None


async def feed(url: str, key: str, postings: Sequence[Any], fed: Fed, *, per_second: float) -> AsyncIterator[Fed]:
    """Push one after the other, no faster than asked, yielding after each."""
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as session:
        started = time.perf_counter()
        for number, posting in enumerate(postings):
            await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            await push(session, url, posting, fed)
            yield fed


async def push(session: aiohttp.ClientSession, url: str, posting: Any, fed: Fed) -> None:
    """Push one posting, or an array of them, and take down what was answered."""
    pushed = posting if isinstance(posting, list) else [posting]
    for one in pushed:
        if isinstance(one, dict):
            fed.left_at.setdefault(str(one.get("url")), datetime.now(UTC))
    answer = await _post(session, f"{url}/v1/postings", posting)
    if "items" not in answer:
        raise StackError(f"ingest answered {answer.get('status')}: {answer.get('detail')}")
    for item in answer["items"]:
        what = item.get("what") or item["status"]
        fed.results[what] = fed.results.get(what, 0) + 1
        if item["status"] == "rejected":
            faults = "; ".join(f"{fault['field']}: {fault['problem']}" for fault in item["errors"])
            fed.rejected.append(f"{item.get('source_id')}: {faults}")
        elif what != "unchanged":
            fed.ids[item["id"]] = pushed[item["index"]]


async def _post(session: aiohttp.ClientSession, url: str, posting: Any) -> dict[str, Any]:
    """Until ingest answers: it may be restarting, and the same push again changes nothing."""
    deadline = time.monotonic() + AWAY
    while True:
        try:
            async with session.post(url, json=posting) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                if response.status != 503 or time.monotonic() > deadline:  # noqa: PLR2004
                    return answer
        except aiohttp.ClientConnectionError as error:
            if time.monotonic() > deadline:
                raise StackError(f"ingest cannot be reached: {error}") from None
        await asyncio.sleep(0.2)
