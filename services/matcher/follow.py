"""Follows the `subscriptions` topic: states enter the index, ended ones leave it. An older revision than known is ignored."""

from collections.abc import Sequence

from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from services.matcher.match import Matcher

Event = SubscriberState | SubscriptionState | EndpointState | SubscriberEnded | SubscriptionEnded | EndpointEnded | Heartbeat


class Follower:
    """Keeps a matcher's subscriptions as their topic says."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    async def apply(self, events: Sequence[Event]) -> None:
        """Take in a batch, in order."""
        for event in events:
            match event:
                case SubscriptionState() if event.revision > self._matcher.revision(event.subscription_id):
                    await self._matcher.follow(event)
                case SubscriptionEnded() if event.revision > self._matcher.revision(event.subscription_id):
                    self._matcher.end(event.subscription_id, revision=event.revision)
                case _:
                    pass  # of subscribers, endpoints and heartbeats the matcher needs nothing
