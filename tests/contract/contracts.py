"""Every contract that leaves a process, by the name of its snapshot: the events of each topic, the filter, and the links in mails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel, TypeAdapter

from schemas.filter.tree import Filter
from schemas.link import Link, link
from schemas.match import Matched, matched
from schemas.outcome import Outcome, outcome
from schemas.posting import PostingEvent, posting_event
from schemas.request import RequestEvent, request_event
from schemas.subscription import SubscriptionEvent, subscription_event
from schemas.topics import MATCHES, OUTCOMES, POSTINGS, REQUESTS, SUBSCRIPTIONS


@dataclass(frozen=True, slots=True)
class Value:
    """What a topic carries: its events, and how readers decode them."""

    events: tuple[type[BaseModel], ...]
    adapter: TypeAdapter[Any]


def _union(annotated: object) -> tuple[type[BaseModel], ...]:
    """The members of `Annotated[A | B, ...]`."""
    return get_args(get_args(annotated)[0])


TOPICS: Final[Mapping[str, Value]] = {
    POSTINGS.name: Value(_union(PostingEvent), posting_event),
    SUBSCRIPTIONS.name: Value(_union(SubscriptionEvent), subscription_event),
    MATCHES.name: Value((Matched,), matched),
    OUTCOMES.name: Value((Outcome,), outcome),
    REQUESTS.name: Value(_union(RequestEvent), request_event),
}

UNVERSIONED: Final[Mapping[str, Value]] = {
    "filter": Value((Filter,), TypeAdapter(Filter)),
    "link": Value((Link,), link),
}
"""Stored or sent without an envelope: they stay compatible for as long as filters are kept and mails are opened."""


def event_name(event: type[BaseModel]) -> str:
    """The event's `type`: "posting_opened"."""
    return str(event.model_fields["type"].default)


def contracts() -> Iterator[tuple[str, type[BaseModel], TypeAdapter[Any]]]:
    """Each contract with its snapshot's name and the adapter that readers use."""
    for value in TOPICS.values():
        for event in value.events:
            yield f"{event_name(event)}.v{event.model_fields['version'].default}", event, value.adapter
    for name, value in UNVERSIONED.items():
        yield name, value.events[0], value.adapter
