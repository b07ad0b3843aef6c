"""One posting with the subscriptions it matched, as it travels from the matcher to the ledger."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from schemas.contract import Contract, Episode, Event, Instant, Revision
from schemas.posting import PostingSummary
from schemas.subscription import Destination

MAXIMUM_SUBSCRIPTIONS = 500
"""Most subscriptions in one record (about 100 kB)."""

Kind = Literal["opened", "changed", "no_longer"]
"""Seen from one subscription: the posting matches now; it matched and says something else now; it no longer matches."""


class MatchedSubscription(Contract):
    """One subscription the posting matched, and the codes of the clauses that held (`schemas.filter.codes`)."""

    subscription_id: UUID
    subscriber_id: UUID
    destination: Destination
    kind: Kind
    clauses: tuple[str, ...] = ()
    subscription_revision: Annotated[int, Field(ge=0)] = 0
    """Of the state whose filter was compared, which may be a former one; 0 where it is not said."""


class Matched(Event):
    """A posting and up to 500 subscriptions of subscribers that share a partition."""

    type: Literal["matched"] = "matched"
    revision: Revision
    """Of the posting that was evaluated."""
    episode: Episode
    opened_at: Instant
    published_at: Instant
    posting: PostingSummary
    changed: bool = False
    """The posting was open before: where `opened` is said here, a change made it match, and not for the first time perhaps."""
    subscriptions: Annotated[tuple[MatchedSubscription, ...], Field(max_length=MAXIMUM_SUBSCRIPTIONS)]


matched: TypeAdapter[Matched] = TypeAdapter(Matched)
