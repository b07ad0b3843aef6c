"""Whether what everybody was told last of a posting is true in the end; what is not leaves as sentences.

A subscription is steady if it never had but one state: those that changed are told nothing for that, so only steady ones must
have been told what is true. All others may hold a correction back, or may not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.chaos.books import Books, Word, seconds
from tests.support import evaluator

_SAME_MOMENT: Final = 0.02
"""Seconds. A state's `effective_from` and an event's `published_at` are stamped at different lines of a transaction."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A subscription as it is in the end."""

    id: str
    state: Mapping[str, Any]
    since: float
    """When its first state began."""
    is_steady: bool

    def wants(self, event: Mapping[str, Any]) -> bool:
        return self.state["status"] == "active" and evaluator.matches(self.state["filter"], event["posting"])


def untrue(books: Books) -> Iterator[str]:
    """Every last word that is not the truth."""
    final = final_events(books.events)
    first = {event["posting"]["id"]: event for event in sorted(books.events, key=revision, reverse=True)}
    words = books.words()
    for destination, asked in _by_destination(books.states).items():
        for posting, event in final.items():
            told = {at: words.get((destination, posting, at), []) for at in range(1, event["episode"] + 1)}
            yield from (
                f"{destination} {said.format(posting=posting)}"
                for said in (*_kept_from(asked, event, first[posting], told), *_not_corrected(asked, event, told))
            )


def final_events(events: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By posting: its last event."""
    return {event["posting"]["id"]: event for event in sorted(events, key=revision)}


def of_subscriptions(states: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """In the order of their revisions."""
    return sorted((state for state in states if "subscription_id" in state), key=revision)


def revision(told: Mapping[str, Any]) -> int:
    """Of an event or a state."""
    return int(told["revision"])


def _kept_from(
    asked: Sequence[_Asked], event: Mapping[str, Any], first: Mapping[str, Any], told: Mapping[int, Sequence[Word]]
) -> Iterator[str]:
    """A steady subscription that is older than the posting wants it, and the last word is not that it is there."""
    before = seconds(first["published_at"]) - _SAME_MOMENT
    if _is_open(event) and any(one.is_steady and one.since < before and one.wants(event) for one in asked):
        words = told[event["episode"]]
        if not words:
            yield "wants {posting}, which is open, and was told nothing"
        elif words[-1].kind != "opened":
            yield "wants {posting}, which is open, and was told last that it is not for them"


def _not_corrected(asked: Sequence[_Asked], event: Mapping[str, Any], told: Mapping[int, Sequence[Word]]) -> Iterator[str]:
    """A steady subscription was told of an opening that is over for it, and nothing after that.

    Who was told of a later opening needs no correction. What closed is over for everybody; what is open may be held back
    because of another subscription for the same destination that matches it too.
    """
    steady = {one.id for one in asked if one.is_steady}
    at = seconds(event["published_at"]) + _SAME_MOMENT
    for episode, words in told.items():
        stays = _is_open(event) and episode == event["episode"] and any(one.since < at and one.wants(event) for one in asked)
        is_told_later = any(told[later] for later in told if later > episode)
        if words and words[-1].kind == "opened" and steady & words[-1].members and not (stays or is_told_later):
            yield f"was told of {{posting}}, episode {episode}, and not that it is over"


def _is_open(event: Mapping[str, Any]) -> bool:
    return bool(event["type"] != "posting_closed")


def _by_destination(states: Iterable[Mapping[str, Any]]) -> dict[str, list[_Asked]]:
    """The subscriptions that have not ended, by the destination that they are for in the end."""
    histories: dict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    for state in of_subscriptions(states):
        histories[state["subscription_id"]][revision(state)] = state
    found: dict[str, list[_Asked]] = defaultdict(list)
    for id, history in histories.items():
        first, last = history[min(history)], history[max(history)]
        if last["type"] != "subscription_ended":
            asked = _Asked(id, last, seconds(first["effective_from"]), is_steady=len(history) == 1)
            found[last["destination"]["id"]].append(asked)
    return found
