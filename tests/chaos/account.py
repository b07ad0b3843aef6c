"""Holds what the system has in the end against what was promised: from topics, the ledger, and the receivers' own logs."""

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schemas.filter.asked import asked_filter
from schemas.topics import GROUPS
from tests.chaos.books import Books, Disturbed
from tests.chaos.expect import Row, expected
from tests.chaos.last_word import final_events, of_subscriptions, untrue
from tests.chaos.repeats import PAUSED, why_again
from tests.chaos.traffic import Promised, Silence

LATE: Final = 1.0
"""Seconds after the answer to an unsubscribe in which something may still be accepted (promise 5)."""
_HELD: Final = 0.5
"""Seconds that SMTP, HTTP and a proxy that is slow on purpose may hold a message."""


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
    crashed: list[str] = field(default_factory=list)
    """Processes that ended, and neither was killed nor lacked what it needs to start."""

    @property
    def is_kept(self) -> bool:
        return not (self.lost or self.doubled or self.repeated or self.late or self.untrue or self.crashed)


def judge(books: Books, promised: Promised, disturbed: Sequence[Disturbed]) -> Verdict:
    """Everything that was promised and is not so."""
    verdict = Verdict()
    _accepted_is_kept(verdict, books, promised)
    _bad_records_are_set_aside(verdict, books, promised)
    _every_match_is_one_row(verdict, books)
    _every_row_has_an_end(verdict, books)
    _told_once(verdict, books, disturbed)
    _ended_means_silent(verdict, books, promised, disturbed)
    verdict.untrue += untrue(books)
    return verdict


def _accepted_is_kept(verdict: Verdict, books: Books, promised: Promised) -> None:
    """All that was answered for stands on the topics, and the last that was answered for is the last that stands there."""
    told = {(event["posting"]["id"], event["posting"]["url"]) for event in books.events}
    verdict.lost += [f"{url} of {id} was answered with 202" for id, url in promised.pushes if (str(id), url) not in told]
    final = final_events(books.events)
    for posting, url in promised.postings.items():
        event = final.get(str(posting))
        now = None if event is None else "" if event["type"] == "posting_closed" else event["posting"]["url"]
        if now != url:
            verdict.lost.append(f"posting {posting} was answered for as {url or 'closed'!r}, and is told as {now!r}")
    last = {state["subscription_id"]: state for state in of_subscriptions(books.states)}
    for subscription, wanted in promised.subscriptions.items():
        state = last.get(str(subscription))
        if state is None or (state.get("status") == "active" and _plain(state["filter"])) != (
            wanted is not None and _plain(wanted)
        ):
            verdict.lost.append(f"subscription {subscription} was answered for as {wanted}, and is told as {state}")
    asked = Counter(one["endpoint_id"] for one in books.requests if one["type"] == "test_event_requested")
    verdict.lost += [
        f"{count} requests to test {endpoint} were answered with 202, and {asked[endpoint]} are told"
        for endpoint, count in promised.tests.items()
        if asked[endpoint] < count
    ]
    verdict.counts["pushes accepted"] = len(promised.pushes)
    verdict.counts["posting events"] = len({(event["posting"]["id"], event["revision"]) for event in books.events})


def _plain(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A filter with everything it does not say left out."""
    return asked_filter.validate_python(wanted).model_dump(mode="json", exclude_defaults=True)


def _revision(told: Mapping[str, Any]) -> int:
    return int(told["revision"])


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


def _every_match_is_one_row(verdict: Verdict, books: Books) -> None:
    wanted = expected(books.events, books.states)
    rows = Counter(_row(alert) for alert in books.alerts)
    verdict.lost += [f"no row for {row}" for row in sorted(wanted.must - rows.keys())]
    verdict.doubled += [f"{count} rows for {row}" for row, count in rows.items() if count > 1]
    verdict.doubled += [f"nobody expects the row {row}" for row in sorted(rows.keys() - wanted.must - wanted.may)]
    verdict.counts |= {"rows that must be": len(wanted.must), "rows there are": len(rows)}


def _every_row_has_an_end(verdict: Verdict, books: Books) -> None:
    """An end that did not fail: `held` is one, a correction that another subscription for the same destination holds back."""
    states = Counter(alert["state"] for alert in books.alerts)
    verdict.lost += [f"{count} rows still {state}" for state, count in states.items() if state in ("waiting", "frozen")]
    if states["failed"]:
        verdict.lost.append(f"{states['failed']} rows failed, and no receiver says no for good")
    told = {str(one["id"]) for one in books.deliveries.values() if one["state"] == "sent"}
    verdict.lost += [
        f"the row {_row(alert)} is said to be sent, and its message {alert['delivery_id']} is not"
        for alert in books.alerts
        if alert["state"] == "sent" and str(alert["delivery_id"]) not in told
    ]
    reported = {(one["alert_id"], one["outcome"]) for one in books.outcomes}
    verdict.lost += [
        f"nobody was told that the row {_row(alert)} was {alert['state']}"
        for alert in books.alerts
        if alert["state"] in ("sent", "suppressed") and (str(alert["alert_id"]), alert["state"]) not in reported
    ]
    verdict.counts |= {f"rows {state}": count for state, count in sorted(({"held": 0} | states).items())}
    for message_id, delivery in books.deliveries.items():
        if delivery["state"] == "sent" and message_id not in books.received:
            verdict.lost.append(f"delivery {message_id} is said to be sent, and no receiver has it")


def _told_once(verdict: Verdict, books: Books, disturbed: Sequence[Disturbed]) -> None:
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        if delivery is None:
            verdict.doubled.append(f"message {message_id} was received and never frozen")
            continue
        if len({copy.digest for copy in copies}) > 1:
            verdict.repeated.append(f"{message_id}: its copies differ")
        for first, second in itertools.pairwise(copies):
            why = why_again(delivery["channel"], books.attempts[str(delivery["id"])], (first, second), disturbed)
            if why is None:
                after = f"{second.at - first.at:.2f} s" + _said_by(first.sender, second.sender)
                verdict.repeated.append(f"{delivery['channel']} {message_id} again after {after}, which nothing explains")
            else:
                verdict.allowed[f"{delivery['channel']}: {why}"] += 1
    for about, words in books.words().items():
        for word, following in itertools.pairwise(words):
            if word.kind == following.kind:
                verdict.doubled.append(f"two messages say {word.kind} of {about}, one after the other")
    copies_of_all = list(itertools.chain.from_iterable(books.received.values()))
    verdict.counts["messages received"] = len(copies_of_all)
    verdict.counts["messages whose sender is not known"] = sum(not copy.sender for copy in copies_of_all)


def _said_by(first: str, second: str) -> str:
    return f", by {first} and by {second}" if first and second else ""


def _ended_means_silent(verdict: Verdict, books: Books, promised: Promised, disturbed: Sequence[Disturbed]) -> None:
    """A sender that was paused between its last look and its attempt sends, when it wakes up, what it had decided."""
    paused = [one for one in disturbed if one.what == PAUSED]
    within = LATE + _HELD
    for message_id, copies in books.received.items():
        delivery = books.deliveries.get(message_id)
        members = json.loads(delivery["members"]) if delivery else []
        for copy in copies:
            since = [_silent_since(promised.silent.get(UUID(one["subscription_id"]), []), copy.at) for one in members]
            known = [one for one in since if one is not None]
            if not members or len(known) < len(members) or copy.at <= max(known) + within:
                continue
            ended = max(known)
            if not any(
                one.began < ended + within and copy.at < one.ended + within and one.concerns(copy.sender) for one in paused
            ):
                verdict.late.append(f"{message_id} {copy.at - ended:.2f} s after the end of its subscriptions was answered")


def _silent_since(stretches: Sequence[Silence], at: float) -> float | None:
    return next((one.began for one in stretches if one.began < at < one.ended), None)


def _row(alert: Mapping[str, Any]) -> Row:
    return (
        str(alert["subscription_id"]),
        str(alert["posting_id"]),
        alert["episode"],
        alert["kind"],
        alert["revision"],
    )
