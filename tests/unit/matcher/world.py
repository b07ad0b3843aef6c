"""A matcher without Kafka: what it is told, and what it tells."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from aiokafka.errors import KafkaConnectionError
from msgspec import Raw

from runtime.broker import Message, Producer
from runtime.reader import Arrived
from runtime.source import Source
from schemas.filter.tree import Filter
from schemas.match import Matched, matched
from schemas.posting import FieldChange, Posting, PostingChanged, PostingOpened
from schemas.subscription import Destination, SubscriptionEnded, SubscriptionState
from services.matcher.domain.index import Index
from services.matcher.domain.known import Known
from services.matcher.domain.late import Late
from services.matcher.domain.program import Compiled
from services.matcher.follow import Event, Follower
from services.matcher.match import Matcher
from services.matcher.states import read
from tests.unit.matcher.made import posting

NOW = datetime.now(UTC)
SAVED = NOW - timedelta(hours=1)
SECOND = timedelta(seconds=1)
CURSED = {"keywords": {"all": ["cursed"]}}


class Kept(Producer):
    """Keeps what is published; raises while Kafka is `away`."""

    def __init__(self) -> None:
        super().__init__(None, "")
        self.away = False
        self.messages: list[Message] = []

    async def publish(self, messages: Iterable[Message]) -> None:
        if self.away:
            raise KafkaConnectionError
        self.messages += messages


class Picky(Index):
    """Cannot file a filter that asks for the word `cursed`, until it is `mended`."""

    def __init__(self) -> None:
        super().__init__()
        self.mended = False

    def read(self, filter: Mapping[str, Raw]) -> Compiled:
        if b'"cursed"' in bytes(filter.get("keywords", Raw())) and not self.mended:
            raise ArithmeticError("this filter cannot be filed")
        return super().read(filter)


class World:
    """A matcher, its follower, and what it has told."""

    def __init__(self, index: Index | None = None) -> None:
        self.kept = Kept()
        self.matcher = Matcher(self.kept, Known(index))
        self.late: dict[UUID, Late] = {}
        self.follower = Follower(self.matcher, self.late.update)

    async def follow(self, *states: Any, arrived: datetime | None = None) -> None:
        await self.follower.apply([arrival(state, arrived) for state in states])

    def count(self) -> int:
        """How many matches were published since the last call of one of the others; a record may hold several."""
        return sum(len(matched.validate_json(message.value or b"").subscriptions) for message in self.kept.messages)

    def records(self) -> list[Matched]:
        """What was published since the last call."""
        records = [matched.validate_json(message.value or b"") for message in self.kept.messages]
        self.kept.messages.clear()
        return records

    def told(self) -> set[tuple[UUID, str]]:
        """Subscription and kind of everything published since the last call."""
        return {(one.subscription_id, one.kind) for record in self.records() for one in record.subscriptions}

    def told_by_posting(self) -> list[tuple[UUID, UUID, str]]:
        """Posting, subscription and kind of everything published since the last call, sorted."""
        return sorted(
            (record.posting.id, one.subscription_id, one.kind) for record in self.records() for one in record.subscriptions
        )

    def titles(self) -> list[str]:
        """Of the postings in everything published since the last call."""
        return [record.posting.title for record in self.records()]


def arrival(state: SubscriptionState | SubscriptionEnded, at: datetime | None = None) -> Arrived[Event]:
    """As it is read from its topic, where it came at that moment or just now."""
    return Arrived(read(state.model_dump_json().encode()), int((at or datetime.now(UTC)).timestamp() * 1000))


def states(known: Known) -> dict[UUID, tuple[Any, ...]]:
    """What is known of each subscription, but its filter."""
    rows = [(known.rows.row(slot), known.rows.table[slot].tolist()) for slot in known.rows.slots().tolist()]
    return {row.subscription_id: members for row, members in rows}


def revision(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def subscription(filter: dict[str, Any] | None = None, *, saved: datetime | None = None, **more: Any) -> SubscriptionState:
    """Saved an hour ago unless another time is given."""
    subscriber, saved = uuid4(), saved or SAVED
    members: dict[str, Any] = {
        "revision": revision(saved),
        "subscription_id": uuid4(),
        "subscriber_id": subscriber,
        "filter": Filter.model_validate(filter or {}),
        "destination": Destination(kind="email", id=subscriber),
        "effective_from": saved,
    }
    return SubscriptionState(**(members | more))


def word(word: str) -> Filter:
    return Filter.model_validate({"keywords": {"all": [word]}})


def later(state: SubscriptionState, **changes: Any) -> SubscriptionState:
    """The same subscription in a later revision."""
    return state.model_copy(update={"revision": state.revision + 1} | changes)


def changed_at(state: SubscriptionState, at: datetime, **changes: Any) -> SubscriptionState:
    """As `subscriptions` saves a change: a new filter, or active again after a pause, applies from then on."""
    restarts = "filter" in changes or changes.get("status") == "active"
    moved = {"effective_from": at} if restarts else {}
    return state.model_copy(update={"revision": revision(at)} | moved | changes)


def ended(state: SubscriptionState) -> SubscriptionEnded:
    return SubscriptionEnded(
        revision=state.revision + 10, subscription_id=state.subscription_id, subscriber_id=state.subscriber_id
    )


def opened(content: Posting | None = None, **more: Any) -> PostingOpened:
    members: dict[str, Any] = {
        "revision": 1,
        "episode": 1,
        "opened_at": NOW,
        "published_at": NOW,
        "posting": content or posting(),
    }
    return PostingOpened(**(members | more))


def changed(content: Posting, **old: Any) -> PostingChanged:
    now = content.model_dump(mode="json")
    return PostingChanged(
        **opened(content, revision=2).model_dump(exclude={"type"}),
        changes=tuple(FieldChange(field=name, old=value, new=now[name]) for name, value in old.items()),
    )


def source(**more: Any) -> Source:
    members: dict[str, Any] = {
        "cluster": "cluster1",
        "topic": "subscriptions",
        "id": "topic1",
        "starts": {0: 0, 1: 0},
        "ends": {0: 10, 1: 10},
    }
    return Source(**(members | more))
