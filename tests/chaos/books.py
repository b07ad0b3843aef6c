"""What is read when a storm is over: topics, the ledger, and the journals of whoever received mails and webhooks."""

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from deploy.local.system import System
from schemas.topics import GROUPS, OUTCOMES, POSTINGS, REQUESTS, SUBSCRIPTIONS
from tests.chaos.proxy import Proxy
from tests.chaos.traffic import BAD, Place
from tests.support.topics import read_all, read_records


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A stretch of time (`time.time`) in which something was broken."""

    what: str
    began: float
    ended: float
    life: str = ""
    """The one life of a replica that it happened to; "" where it concerns everybody."""

    def concerns(self, sender: str) -> bool:
        """Whether it may have happened to what this life did. Who a sender was that is not known ("") may be anybody."""
        return not self.life or not sender or self.life == sender


class Copy(NamedTuple):
    """A mail or a webhook as it was accepted."""

    at: float
    """`time.time`."""
    digest: str
    """Of its bytes."""
    sender: str = ""
    """The life of a replica that sent it; "" where that is not known."""


class Word(NamedTuple):
    """A message about a posting that somebody received."""

    at: float
    """When its first copy came."""
    kind: str
    members: frozenset[str]
    """The subscriptions it was for."""


@dataclass(frozen=True)
class Books:
    """All that is read in the end."""

    events: Sequence[Mapping[str, Any]]
    states: Sequence[Mapping[str, Any]]
    alerts: Sequence[Mapping[str, Any]]
    deliveries: Mapping[str, Mapping[str, Any]]
    """By message id."""
    attempts: Mapping[str, Counter[str]]
    """By delivery id: how many of each result."""
    requests: Sequence[Mapping[str, Any]]
    outcomes: Sequence[Mapping[str, Any]]
    letters: Mapping[str, set[Place]]
    """By consumer group: where the records came from that it set aside."""
    good_letters: Sequence[tuple[str, Place]]
    """Those that should not be there, with their groups."""
    received: Mapping[str, Sequence[Copy]]
    """By message id, in order. Mails and webhooks alike."""

    def words(self) -> dict[tuple[str, str, int], list[Word]]:
        """By (destination, posting, episode), in order."""
        found: dict[tuple[str, str, int], list[Word]] = defaultdict(list)
        for message_id, copies in self.received.items():
            delivery = self.deliveries.get(message_id)
            if delivery is not None and delivery["posting_id"] is not None:
                about = (str(delivery["destination_id"]), str(delivery["posting_id"]), delivery["episode"])
                members = frozenset(member["subscription_id"] for member in json.loads(delivery["members"]))
                found[about].append(Word(copies[0].at, delivery["kind"], members))
        return {about: sorted(words, key=lambda word: word.at) for about, words in found.items()}


async def read_books(system: System, *, smtp: Proxy, webhooks: Proxy) -> Books:
    """Call it when nothing is on its way any more. The proxies know who sent what passed them."""
    events, states, requests, outcomes = [
        [json.loads(value) for value in await read_all(system.kafka, topic.name) if value != BAD]
        for topic in (POSTINGS, SUBSCRIPTIONS, REQUESTS, OUTCOMES)
    ]
    letters = {group: await _read_letters(system.kafka, group) for group in GROUPS}
    connection = await asyncpg.connect(system.admin_dsn)
    try:
        alerts = await connection.fetch("SELECT * FROM notifier.alerts")
        deliveries = await connection.fetch("SELECT * FROM notifier.deliveries")
        attempts = await connection.fetch("SELECT delivery_id, result, count(*) AS n FROM notifier.attempts GROUP BY 1, 2")
    finally:
        await connection.close()
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in attempts:
        counted[str(row["delivery_id"])][row["result"]] += row["n"]
    return Books(
        events=events,
        states=states,
        requests=requests,
        outcomes=outcomes,
        letters={group: set(of_group) for group, of_group in letters.items()},
        good_letters=[(group, at) for group, of_group in letters.items() for at, value in of_group.items() if value != BAD],
        alerts=[dict(row) for row in alerts],
        deliveries={row["message_id"]: dict(row) for row in deliveries},
        attempts=counted,
        received=mails(system.stack.inbox.journal, smtp) | hooks(system.stack.receiver.journal, webhooks),
    )


def keep(books: Books, disturbed: Sequence[Disturbed], seed: int) -> Path:
    """Write all of it to a file, as JSON, for whoever looks for the cause of what was found."""
    with tempfile.NamedTemporaryFile("w", prefix=f"chaos-{seed}-", suffix=".json", delete=False) as file:
        json.dump(
            {**vars(books), "disturbed": [asdict(one) for one in disturbed]},
            file,
            default=lambda value: sorted(value) if isinstance(value, set) else str(value),
        )
    return Path(file.name)


def seconds(instant: str) -> float:
    """An event's moment as `time.time` has it."""
    return datetime.fromisoformat(instant).timestamp()


def mails(journal: Path, proxy: Proxy) -> dict[str, list[Copy]]:
    """By message id, from the inbox's journal."""
    return _copies("message_id", _lines(journal), proxy)


def hooks(journal: Path, proxy: Proxy) -> dict[str, list[Copy]]:
    """By message id, from the receiver's journal: only what was accepted counts as received."""
    return _copies("webhook_id", (one for one in _lines(journal) if one["verified"] and one["status"] == HTTPStatus.OK), proxy)


async def _read_letters(kafka: str, group: str) -> dict[Place, bytes]:
    """Where they came from, and what they hold."""
    found = {}
    for record in await read_records(kafka, f"{group}.dlq"):
        headers = dict(record.headers)
        found[headers["topic"].decode(), int(headers["partition"]), int(headers["offset"])] = record.value
    return found


def _copies(key: str, entries: Iterable[Mapping[str, Any]], proxy: Proxy) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = defaultdict(list)
    for entry in entries:
        at = seconds(entry["received_at"])
        found[entry[key]].append(Copy(at, entry["sha256"], proxy.sender(entry["port"], at)))
    return found


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
