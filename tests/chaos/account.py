"""Holds what the system has in the end against what was promised: from topics, the ledger, and the receivers' own logs."""

import itertools
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from deploy.local.system import System
from schemas.filter.tree import Filter
from schemas.topics import GROUPS, POSTINGS, REQUESTS, SUBSCRIPTIONS
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
_HELD: Final = 0.5
"""Seconds that SMTP, HTTP and a proxy that is slow on purpose may hold a message."""
_WRITTEN_WITHIN: Final = 4.0
"""Seconds in which what came of an attempt is written down: the longest attempt of a storm, and a little."""
_SAME_MOMENT: Final = 0.5
"""Seconds by which a kill may have been before it was noticed."""


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
    requests: Sequence[Mapping[str, Any]]
    letters: Mapping[str, set[Place]]
    """By consumer group: where the records came from that it set aside."""
    good_letters: Sequence[tuple[str, Place]]
    """Those that should not be there, with their groups."""
    received: Mapping[str, Sequence[tuple[float, str]]]
    """By message id: when each copy was accepted, and the digest of its bytes. Mails and webhooks alike."""


async def read_books(system: System) -> Books:
    """Call it when nothing is on its way any more."""
    events, states, requests = [
        [json.loads(value) for value in await read_all(system.kafka, topic.name) if value != BAD]
        for topic in (POSTINGS, SUBSCRIPTIONS, REQUESTS)
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
        letters={group: set(of_group) for group, of_group in letters.items()},
        good_letters=[(group, at) for group, of_group in letters.items() for at, value in of_group.items() if value != BAD],
        alerts=[dict(row) for row in alerts],
        deliveries={row["message_id"]: dict(row) for row in deliveries},
        attempts=counted,
        received=_received(system.stack.inbox.journal, system.stack.receiver.journal),
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
    """All that was answered for stands on the topics, and the last that was answered for is the last that stands there."""
    told = {(event["posting"]["id"], event["posting"]["title"]) for event in books.events}
    verdict.lost += [
        f"{title!r} of {id} was answered with 202" for id, title in promised.pushes if (str(id), title) not in told
    ]
    final = _final(books.events)
    for posting, title in promised.postings.items():
        event = final.get(str(posting))
        now = None if event is None else "" if event["type"] == "posting_closed" else event["posting"]["title"]
        if now != title:
            verdict.lost.append(f"posting {posting} was answered for as {title or 'closed'!r}, and is told as {now!r}")
    last = {state["subscription_id"]: state for state in sorted(_of_subscriptions(books.states), key=_revision)}
    for subscription, wanted in promised.subscriptions.items():
        state = last.get(str(subscription))
        if state is None or (state.get("status") == "active" and _plain(state["filter"])) != (
            wanted is not None and _plain(wanted)
        ):
            verdict.lost.append(f"subscription {subscription} was answered for as {wanted}, and is told as {state}")
    verdict.counts["pushes accepted"] = len(promised.pushes)
    verdict.counts["posting events"] = len({(event["posting"]["id"], event["revision"]) for event in books.events})


def _plain(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A filter with everything it does not say left out."""
    return Filter.model_validate(wanted).model_dump(mode="json", exclude_defaults=True)


def _revision(told: Mapping[str, Any]) -> int:
    return int(told["revision"])


def _final(events: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By posting: its last event."""
    return {event["posting"]["id"]: event for event in sorted(events, key=_revision)}


def _of_subscriptions(states: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [state for state in states if "subscription_id" in state]


def _bad_records_are_set_aside(verdict: Verdict, books: Books, promised: Promised) -> None:
    for group, topic in GROUPS.items():
        bad = {place for place in promised.bad if place[0] == topic.name}
        verdict.lost += [
            f"the bad record {place} is not among the dead letters of {group}" for place in bad - books.letters[group]
        ]
    verdict.lost += [f"a good record of {group} is among its dead letters: {place}" for group, place in books.good_letters]
    sent = {str(one["id"]) for one in books.deliveries.values() if one["state"] == "sent"}
    verdict.lost += [
        f"{one['type']} {one['request_id']} was not sent" for one in books.requests if one["request_id"] not in sent
    ]
    verdict.counts["bad records"] = len(promised.bad)


async def _read_letters(kafka: str, group: str) -> dict[Place, bytes]:
    """Where they came from, and what they hold."""
    found = {}
    for record in await read_records(kafka, f"{group}.dlq"):
        headers = dict(record.headers)
        found[headers["topic"].decode(), int(headers["partition"]), int(headers["offset"])] = record.value
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
    for about, words in _told(books).items():
        for (_, kind, _), (_, following, _) in itertools.pairwise(words):
            if kind == following:
                verdict.doubled.append(f"two messages say {kind} of {about}, one after the other")
    verdict.counts["messages received"] = sum(map(len, books.received.values()))


def _why_again(attempts: Counter[str], first: float, second: float, disturbed: Sequence[Disturbed]) -> str | None:
    """What left the first copy's answer unknown: something that broke after it came, before its result was written down."""
    if attempts["sent"] > 1:
        return None  # it was written down that it had arrived, and it was sent again
    for one in disturbed:
        if one.began < min(second, first + _WRITTEN_WITHIN) and first < one.ended + _SAME_MOMENT:
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
    """Everybody whose subscription was as it is from the first event of a posting on knows in the end what is true of it.

    A filter that changes makes no correction, so those that did are left out.
    """
    final, first = _final(books.events), {event["posting"]["id"]: event for event in sorted(books.events, key=_revision)[::-1]}
    words = _told(books)
    asked: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for state in _steady(books.states):
        asked[state["destination"]["id"]].append(state)
    for posting, event in final.items():
        for destination, states in asked.items():
            before = [one for one in states if _is_older(one, first[posting])]
            wanted = event["type"] != "posting_closed" and any(
                evaluator.matches(one["filter"], event["posting"]) for one in before
            )
            told = words.get((destination, posting, event["episode"]), [])
            if wanted and (not told or told[-1][1] != "opened"):
                said = "was told nothing" if not told else "was told last that it is not for them"
                verdict.untrue.append(f"{destination} wants {posting}, which is open, and {said}")
            for episode in range(1, event["episode"] + 1):
                told = words.get((destination, posting, episode), [])
                is_told_later = any(
                    words.get((destination, posting, later)) for later in range(episode + 1, event["episode"] + 1)
                )
                stays = wanted and episode == event["episode"]
                if told and told[-1][1] == "opened" and not stays and not is_told_later and _are(told[-1][2], before):
                    verdict.untrue.append(f"{destination} was told of {posting}, episode {episode}, and not that it is over")


def _are(members: set[str], of: Sequence[Mapping[str, Any]]) -> bool:
    return members <= {one["subscription_id"] for one in of}


def _told(books: Books) -> dict[tuple[str, str, int], list[tuple[float, str, set[str]]]]:
    """By (destination, posting, episode), in order: when something was first received, its kind, the subscriptions it was for."""
    told: dict[tuple[str, str, int], list[tuple[float, str, set[str]]]] = defaultdict(list)
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        if delivery is not None and delivery["posting_id"] is not None:
            about = (str(delivery["destination_id"]), str(delivery["posting_id"]), delivery["episode"])
            members = {member["subscription_id"] for member in json.loads(delivery["members"])}
            told[about].append((copies[0][0], delivery["kind"], members))
    return {about: sorted(words, key=lambda word: word[0]) for about, words in told.items()}


def _steady(states: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The state of each subscription that never had another one."""
    found: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for state in _of_subscriptions(states):
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
