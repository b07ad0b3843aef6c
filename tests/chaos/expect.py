"""Which ledger rows there must be, from what stands on `postings` and `subscriptions`: no code is shared with the matcher.

A posting event concerns a subscription by the state that was in force when the event was committed: active, and saved before.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.support import evaluator

Row = tuple[str, str, int, str, int]
"""(subscription, posting, episode, kind, revision), as the ledger's key has them."""
_HEARD_WITHIN: Final = 60.0
"""Seconds in which what was published reaches the matcher while everything is killed now and then."""
_SAME_MOMENT: Final = 0.02
"""Seconds. A state's revision, its `effective_from` and an event's `published_at` are stamped at different lines of a transaction."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`must`: rows that are there, or lost. `may`: rows that timing decides about, such as those of a filter that ended."""

    must: frozenset[Row]
    may: frozenset[Row]


def expected(events: Iterable[Mapping[str, Any]], states: Iterable[Mapping[str, Any]]) -> Expected:
    """Both as JSON, as they were published, repeats and all."""
    must: set[Row] = set()
    may: set[Row] = set()
    of_subscription = _by_subscription(states)
    for event in _once(events):
        now, before = event["posting"], _before(event)
        for subscription, history in of_subscription.items():
            if event["type"] == "posting_closed":
                may.add((subscription, now["id"], event["episode"], "no_longer", event["revision"]))
                continue
            at = _seconds(event["published_at"])
            wanted, is_certain = _in_force(history, at)
            for one in [*wanted, *_replaced(history, at)]:
                kind = _kind(one["filter"], now, before)
                if kind is not None:
                    revision = event["revision"] if kind != "opened" or before is not None else 0
                    row = (subscription, now["id"], event["episode"], kind, revision)
                    (must if is_certain and wanted == [one] else may).add(row)
    return Expected(frozenset(must), frozenset(may - must))


def _kind(wanted: dict[str, Any], now: dict[str, Any], before: dict[str, Any] | None) -> str | None:
    matches, did = evaluator.matches(wanted, now), before is not None and evaluator.matches(wanted, before)
    return ("changed" if did else "opened") if matches else "no_longer" if did else None


def _in_force(history: Sequence[Mapping[str, Any]], at: float) -> tuple[list[Mapping[str, Any]], bool]:
    """The state in force (two of them where a change came in the same moment), and whether no end or pause came soon after."""
    found: list[Mapping[str, Any]] = []
    is_certain = True
    for at_index, state in enumerate(history):
        begins = state["revision"] / 1e6
        ends = history[at_index + 1]["revision"] / 1e6 if at_index + 1 < len(history) else float("inf")
        if state.get("status") != "active":
            # One that follows soon may be known before the posting is compared.
            is_certain = is_certain and not at - _SAME_MOMENT <= begins < at + _HEARD_WITHIN
            continue
        since = _seconds(state["effective_from"])
        if since < at + _SAME_MOMENT and begins < at + _SAME_MOMENT and at - _SAME_MOMENT < ends:
            found.append(state)
            is_certain = is_certain and since < at - _SAME_MOMENT
    return found, is_certain


def _replaced(history: Sequence[Mapping[str, Any]], at: float) -> list[Mapping[str, Any]]:
    """States that were over by then, so shortly before that the matcher may not have heard of it."""
    pairs = itertools.pairwise(history)
    return [one for one, after in pairs if one.get("status") == "active" and at - _HEARD_WITHIN < after["revision"] / 1e6 <= at]


def _by_subscription(states: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Each subscription's states in the order of their revisions, ended ones too, each once."""
    found: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for state in states:
        if state["type"] in ("subscription_state", "subscription_ended"):
            found[state["subscription_id"]][state["revision"]] = state
    return {subscription: [by[revision] for revision in sorted(by)] for subscription, by in found.items()}


def _once(events: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return {(event["posting"]["id"], event["revision"]): event for event in events}.values()


def _before(event: Mapping[str, Any]) -> dict[str, Any] | None:
    if event["type"] != "posting_changed":
        return None
    now: dict[str, Any] = event["posting"]
    return now | {change["field"]: change["old"] for change in event["changes"]}


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
