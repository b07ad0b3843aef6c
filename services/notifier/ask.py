"""Does what people asked of the notifier: requests enter, frozen messages leave. Asking twice sends once."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from runtime.failpoint import failpoint
from runtime.outbox import Signal
from schemas.link import Link
from schemas.request import ConfirmationRequested, SignInRequested, TestEventRequested
from services.notifier.compose import Composer, seal_link
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.retry import Channel
from services.notifier.store.deliveries import insert_deliveries
from services.notifier.store.ledger import insert_destinations, mark_due
from services.notifier.store.situation import fetch_now

if TYPE_CHECKING:
    from runtime.postgres import Pool
    from runtime.sealing import Sealer

Request = ConfirmationRequested | SignInRequested | TestEventRequested


class Asker:
    """Turns requests into messages for the dispatcher."""

    def __init__(self, pool: "Pool", sealer: "Sealer", composer: Composer, due: Signal) -> None:
        self._pool = pool
        self._sealer = sealer
        self._composer = composer
        self._due = due

    async def ask(self, requests: Sequence[Request]) -> None:
        """Returns when each request's message is frozen."""
        async with self._pool.acquire() as connection, connection.transaction():
            now = await fetch_now(connection)
            deliveries = [self._delivery(request, now) for request in requests]
            destinations = {one.destination_id: one.channel for one in deliveries}
            await insert_deliveries(connection, deliveries, begun=False)
            await insert_destinations(connection, destinations)
        failpoint("notifier.asked")
        await mark_due(self._pool, destinations)
        self._due.wake()

    def _delivery(self, request: Request, now: datetime) -> Delivery:
        match request:
            case ConfirmationRequested():
                link = Link(
                    subscriber_id=request.subscriber_id,
                    subscription_id=request.subscription_id,
                    expires_at=request.expires_at,
                )
                token = seal_link(self._sealer, "confirm", link)
                content = _letter("confirmation", request, token)
                content |= {"name": request.subscription_name}
            case SignInRequested():
                link = Link(subscriber_id=request.subscriber_id, expires_at=request.expires_at)
                token = seal_link(self._sealer, "manage", link)
                content = _letter("sign_in", request, token)
            case TestEventRequested():
                content = {
                    "type": "endpoint.test",
                    "timestamp": request.requested_at.isoformat(),
                    "data": {"endpoint_id": str(request.endpoint_id), "message": "A test event, sent on request."},
                }
        return self._frozen(request, content, now)

    def _frozen(self, request: Request, content: dict[str, object], now: datetime) -> Delivery:
        test = isinstance(request, TestEventRequested)
        channel: Channel = "webhook" if test else "email"
        return Delivery(
            id=request.request_id,
            channel=channel,
            purpose="test" if test else str(content["template"]),
            destination_id=request.endpoint_id if isinstance(request, TestEventRequested) else request.subscriber_id,
            subscriber_id=request.subscriber_id,
            told=None,
            message_id=self._composer.message_id(channel, request.request_id),
            content=content,
            members=(),
            alert_ids=(),
            correlation_id=request.correlation_id,
            frozen_at=now,
        )


def _letter(template: str, request: ConfirmationRequested | SignInRequested, token: str) -> dict[str, object]:
    return {
        "version": 1,
        "template": template,
        "date": request.requested_at.isoformat(),
        "to": request.address,
        "token": token,
        "expires_at": request.expires_at.isoformat(),
    }
