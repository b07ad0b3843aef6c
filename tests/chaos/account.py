"""Holds what the system has in the end against what was promised: from topics, the ledger, and the receivers' own logs."""

import asyncio
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from deploy.local.system import System
from schemas.topics import GROUPS, POSTINGS, SUBSCRIPTIONS
from tests.chaos.expect import Row, expected
from tests.chaos.traffic import BAD, Place, Promised
from tests.support import evaluator
from tests.support.topics import read_all, read_records

LATE: Final = 1.0
"""Seconds after the answer to an unsubscribe in which something may still be accepted (promise 5)."""
_BOTH: Final = frozenset({"notifier was killed", "notifier was paused", "crash postgres", "cut postgres", "slow postgres"})
_UNKNOWN: Final = {
    "email": _BOTH | {"kill inbox", "cut smtp", "slow smtp"},
    "webhook": _BOTH | {"kill receiver", "cut webhooks", "slow webhooks"},
}
"""What may leave it unknown whether a message arrived, or keep it from being written down, by channel."""
_HELD: Final = 1.0
"""Seconds that SMTP, HTTP and a proxy that is slow on purpose may hold a message."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A stretch of time (`time.time`) in which something was broken."""

    what: str
    began: float
    ended: float


@dataclass
class Verdict:
    """What was found. Everything but `counts` and `allowed` must be empty."""

    counts: dict[str, int] = field(default_factory=dict)
    allowed: Counter[str] = field(default_factory=Counter)
    """Repeats at a receiver that a promise allows, by why."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    """Repeats that nothing allows."""
    late: list[str] = field(default_factory=list)
    """Told after it was silenced."""
    untrue: list[str] = field(default_factory=list)
    """The last word told is not the truth."""

    @property
    def is_kept(self) -> bool:
        return not (self.lost or self.doubled or self.repeated or self.late or self.untrue)


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
    letters: Mapping[str, set[Place]]
    """By consumer group: where the records came from that it set aside."""
    received: Mapping[str, Sequence[tuple[float, str]]]
    """By message id: when each copy was accepted, and the digest of its bytes. Mails and webhooks alike."""


async def read_books(system: System) -> Books:
    """Call it when nothing is on its way any more."""
    events, states = await asyncio.gather(read_all(system.kafka, POSTINGS.name), read_all(system.kafka, SUBSCRIPTIONS.name))
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
        events=[json.loads(value) for value in events if value != BAD],
        states=[json.loads(value) for value in states if value != BAD],
        letters={group: await _read_letters(system.kafka, group) for group in GROUPS},
        alerts=[dict(row) for row in alerts],
        deliveries={row["message_id"]: dict(row) for row in deliveries},
        attempts=counted,
        received=_received(system.stack.inbox.journal, system.stack.receiver.journal),
    )


def judge(books: Books, promised: Promised, disturbed: Sequence[Disturbed]) -> Verdict:
    """Everything that was promised and is not so."""
    verdict = Verdict()
    _accepted_is_kept(verdict, books, promised)
    _bad_records_are_set_aside(verdict, books, promised)
    _every_match_is_one_row(verdict, books)
    _every_row_has_an_end(verdict, books)
    _told_once(verdict, books, disturbed)
    _ended_means_silent(verdict, books, promised, disturbed)
    _last_word_is_true(verdict, books)
    return verdict


def _accepted_is_kept(verdict: Verdict, books: Books, promised: Promised) -> None:
    published = {event["posting"]["id"] for event in books.events}
    known = {state.get("subscription_id") for state in books.states}
    closed = {event["posting"]["id"] for event in books.events if event["type"] == "posting_closed"}
    verdict.lost += [f"push {source} was answered with 202" for source, id in promised.pushes if str(id) not in published]
    verdict.lost += [f"closing of {id} was answered" for id in promised.closed if str(id) not in closed]
    verdict.lost += [f"subscription {id} was answered with 201" for id in promised.subscribed if str(id) not in known]
    verdict.counts["pushes accepted"] = len(promised.pushes)
    verdict.counts["posting events"] = len({(event["posting"]["id"], event["revision"]) for event in books.events})


def _bad_records_are_set_aside(verdict: Verdict, books: Books, promised: Promised) -> None:
    for group, topic in GROUPS.items():
        bad = {place for place in promised.bad if place[0] == topic.name}
        verdict.lost += [
            f"the bad record {place} is not among the dead letters of {group}" for place in bad - books.letters[group]
        ]
    tested = sum(one["purpose"] == "test" and one["state"] == "sent" for one in books.deliveries.values())
    if tested < promised.tests:
        verdict.lost.append(f"{promised.tests} test events were asked for, {tested} were sent")
    verdict.counts["bad records"] = len(promised.bad)


async def _read_letters(kafka: str, group: str) -> set[Place]:
    found = set()
    for record in await read_records(kafka, f"{group}.dlq"):
        headers = dict(record.headers)
        found.add((headers["topic"].decode(), int(headers["partition"]), int(headers["offset"])))
    return found


def _every_match_is_one_row(verdict: Verdict, books: Books) -> None:
    wanted = expected(books.events, books.states)
    rows = Counter(_row(alert) for alert in books.alerts)
    verdict.lost += [f"no row for {row}" for row in sorted(wanted.must - rows.keys())]
    verdict.doubled += [f"{count} rows for {row}" for row, count in rows.items() if count > 1]
    verdict.doubled += [f"nobody expects the row {row}" for row in sorted(rows.keys() - wanted.must - wanted.may)]
    verdict.counts |= {"rows that must be": len(wanted.must), "rows there are": len(rows)}


def _every_row_has_an_end(verdict: Verdict, books: Books) -> None:
    states = Counter(alert["state"] for alert in books.alerts)
    verdict.lost += [f"{count} rows still {state}" for state, count in states.items() if state in ("waiting", "frozen")]
    if states["failed"]:
        verdict.lost.append(f"{states['failed']} rows failed, and no receiver says no for good")
    verdict.counts |= {f"rows {state}": count for state, count in sorted(states.items())}
    for message_id, delivery in books.deliveries.items():
        if delivery["state"] == "sent" and message_id not in books.received:
            verdict.lost.append(f"delivery {message_id} is said to be sent, and no receiver has it")


def _told_once(verdict: Verdict, books: Books, disturbed: Sequence[Disturbed]) -> None:
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        if delivery is None:
            verdict.doubled.append(f"message {message_id} was received and never frozen")
            continue
        if len({digest for _, digest in copies}) > 1:
            verdict.repeated.append(f"{message_id}: its copies differ")
        for (first, _), (second, _) in itertools.pairwise(copies):
            broke = [one for one in disturbed if one.what in _UNKNOWN[delivery["channel"]]]
            why = _why_again(books.attempts[str(delivery["id"])], first, second, broke)
            if why is None:
                verdict.repeated.append(
                    f"{delivery['channel']} {message_id} again after {second - first:.2f} s, which nothing explains"
                )
            else:
                verdict.allowed[f"{delivery['channel']}: {why}"] += 1
    verdict.counts["messages received"] = sum(map(len, books.received.values()))


def _why_again(attempts: Counter[str], first: float, second: float, disturbed: Sequence[Disturbed]) -> str | None:
    """What left the first copy's answer unknown: it came while something broke, before its result was written down."""
    if attempts["sent"] > 1:
        return None  # it was written down that it had arrived, and it was sent again
    for one in disturbed:
        if one.began < second and first < one.ended + 1 and one.began < first + 5:
            return one.what
    return None


def _ended_means_silent(verdict: Verdict, books: Books, promised: Promised, disturbed: Sequence[Disturbed]) -> None:
    """A sender that was paused between its last look and its attempt sends what it had decided: such stretches are left out."""
    paused = [one for one in disturbed if one.what == "notifier was paused"]
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        members = json.loads(delivery["members"]) if delivery else []
        silenced = [promised.silenced.get(UUID(member["subscription_id"])) for member in members]
        times = [one for one in silenced if one is not None]
        if not members or len(times) < len(members):
            continue
        limit = max(times) + LATE + _HELD
        for at, _ in copies:
            if at > limit and not any(one.began < at and max(times) < one.ended + 1 for one in paused):
                verdict.late.append(f"{message_id} {at - max(times):.2f} s after the end of its subscriptions was answered")


def _last_word_is_true(verdict: Verdict, books: Books) -> None:
    """Whoever was told of a posting knows in the end whether it is open and still what they asked for.

    Of subscriptions that were as they are from the first event of the posting on: a filter that changes makes no correction.
    """
    events = sorted(books.events, key=lambda event: event["revision"])
    first = {event["posting"]["id"]: event for event in reversed(events)}
    final = {event["posting"]["id"]: event for event in events}
    steady = _steady(books.states)
    for (destination, posting, episode), words in _told(books).items():
        if posting not in final or final[posting]["episode"] != episode:
            continue
        asked = [one for one in steady if one["destination"]["id"] == destination and _is_older(one, first[posting])]
        is_open = final[posting]["type"] != "posting_closed"
        wanted = is_open and any(evaluator.matches(one["filter"], final[posting]["posting"]) for one in asked)
        _, kind, members = max(words)
        told_open = kind == "opened"
        if wanted and not told_open:
            verdict.untrue.append(f"{destination} was told that {posting} is no longer theirs, and it is")
        elif told_open and not wanted and members <= {one["subscription_id"] for one in asked}:
            verdict.untrue.append(f"{destination} was told of {posting}, and not that it {'changed' if is_open else 'closed'}")


def _told(books: Books) -> dict[tuple[str, str, int], list[tuple[float, str, set[str]]]]:
    """By (destination, posting, episode): when something was received, its kind, and the subscriptions it was for."""
    told: dict[tuple[str, str, int], list[tuple[float, str, set[str]]]] = defaultdict(list)
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        if delivery is not None and delivery["posting_id"] is not None:
            about = (str(delivery["destination_id"]), str(delivery["posting_id"]), delivery["episode"])
            members = {member["subscription_id"] for member in json.loads(delivery["members"])}
            told[about].append((copies[0][0], delivery["kind"], members))
    return told


def _steady(states: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The state of each subscription that never had another one."""
    found: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for state in states:
        if "subscription_id" in state:
            found[state["subscription_id"]][state["revision"]] = state
    return [one for by_revision in found.values() if len(by_revision) == 1 for one in by_revision.values()]


def _is_older(state: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    return _seconds(state["effective_from"]) < _seconds(event["published_at"])


def _received(mails: Path, hooks: Path) -> dict[str, list[tuple[float, str]]]:
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for entry in _lines(mails):
        found[entry["message_id"]].append((_seconds(entry["received_at"]), entry["sha256"]))
    for entry in _lines(hooks):
        if entry["verified"] and entry["status"] == 200:
            found[entry["webhook_id"]].append((_seconds(entry["received_at"]), entry["sha256"]))
    return found


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _row(alert: Mapping[str, Any]) -> Row:
    return (
        str(alert["subscription_id"]),
        str(alert["posting_id"]),
        alert["episode"],
        alert["kind"],
        alert["revision"],
    )


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
