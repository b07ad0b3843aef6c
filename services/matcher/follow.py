"""Follows the `subscriptions` topic: states enter the index, ended ones leave it. An older revision than known is ignored."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from services.matcher.match import WINDOW, Matcher

Event = SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat
ReachBack = Callable[[Mapping[UUID, datetime]], None]
"""Takes the subscriptions that arrived later than the window holds, and since when each applies."""


class Follower:
    """Keeps a matcher's subscriptions as their topic says."""

    def __init__(self, matcher: Matcher, reach_back: ReachBack) -> None:
        self._matcher = matcher
        self._reach_back = reach_back

    async def apply(self, events: Sequence[Event]) -> None:
        """Take in a batch, in order, and then give what it missed. May be called again with the same one."""
        late: dict[UUID, datetime] = {}
        oldest = datetime.now(UTC) - WINDOW
        for event in events:
            match event:
                case SubscriptionState() if event.revision > self._matcher.known.revision(event.subscription_id):
                    if self._matcher.follow(event) and event.effective_from < oldest:
                        late.setdefault(event.subscription_id, event.effective_from)
                case SubscriptionEnded() if event.revision > self._matcher.known.revision(event.subscription_id):
                    self._matcher.end(event.subscription_id, revision=event.revision)
                case _:
                    pass  # of subscribers, endpoints and heartbeats the matcher needs nothing
        if late:  # first: what follows may be interrupted, and then none of these is new any more
            self._reach_back(late)
        await self._matcher.settle()
