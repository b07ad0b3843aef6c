"""Follows the `subscriptions` topic: states enter the index, ended ones leave it. An older revision than known is ignored."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from pydantic import ValidationError

from runtime.decoding import refusal
from runtime.reader import Arrived
from services.matcher.domain.late import Late, unknown_since
from services.matcher.domain.rows import micros, moment
from services.matcher.domain.subscription import Ended, Subscription
from services.matcher.match import WINDOW, Matcher
from services.matcher.states import Passed

Event = Subscription | Ended | Passed
ReachBack = Callable[[Mapping[UUID, Late]], None]
"""Takes the subscriptions that arrived later than the window holds."""


class Follower:
    """Keeps a matcher's subscriptions as their topic says."""

    def __init__(self, matcher: Matcher, reach_back: ReachBack) -> None:
        self._matcher = matcher
        self._reach_back = reach_back

    async def apply(self, batch: Sequence[Arrived[Event]]) -> None:
        """Take in a batch, in order, and then give what it missed. May be called again with the same one, or parts of it.

        Raises at a state that cannot be taken in, as where its revision is no moment, and has then taken in those before it.
        """
        late: dict[UUID, Late] = {}
        held_since = micros(datetime.now(UTC) - WINDOW)
        try:
            for one in batch:
                self._take(one, late, held_since)
        finally:
            if late:  # in any case: when they come again, none of these is new any more
                self._reach_back(late)
        await self._matcher.settle()

    def _take(self, one: Arrived[Event], late: dict[UUID, Late], held_since: int) -> None:
        event, known = one.event, self._matcher.known
        match event:
            case Subscription():
                try:
                    is_new = self._matcher.follow(event)
                except ValidationError as error:
                    raise refusal(error, of="filter") from error
                if is_new and (since := unknown_since(event)) < held_since:
                    late[event.subscription_id] = Late(moment(since), one.at).and_before(late.get(event.subscription_id))
            case Ended() if event.revision > known.revision(event.subscription_id):
                self._matcher.end(event.subscription_id, revision=event.revision)
            case _:
                pass  # of subscribers, endpoints and heartbeats the matcher needs nothing
