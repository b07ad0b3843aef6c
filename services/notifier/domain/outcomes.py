"""What became of alerts, as events for whoever wants to know."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.outcome import Outcome
from services.notifier.domain.alert import Alert, Key
from services.notifier.domain.delivery import Delivery

Became = Literal["sent", "deferred", "suppressed", "failed"]


def of_left(alerts: Sequence[tuple[Alert, str]], *, became: Became, at: datetime) -> Iterator[Outcome]:
    """Of alerts, with their reasons, that the gate suppressed or holds back."""
    for alert, reason in alerts:
        yield _outcome(alert.key, alert.alert_id, alert.subscriber_id, became=became, reason=reason, at=at)


def of_delivery(delivery: Delivery, *, became: Became, reason: str, at: datetime) -> Iterator[Outcome]:
    """Of every alert that a delivery tells."""
    for key, alert_id in zip(delivery.members, delivery.alert_ids, strict=True):
        yield _outcome(key, alert_id, delivery.subscriber_id, became=became, reason=reason, at=at, delivery_id=delivery.id)


def _outcome(
    key: Key,
    alert_id: UUID,
    subscriber_id: UUID,
    *,
    became: Became,
    reason: str,
    at: datetime,
    delivery_id: UUID | None = None,
) -> Outcome:
    return Outcome(
        alert_id=alert_id,
        subscription_id=key.subscription_id,
        subscriber_id=subscriber_id,
        posting_id=key.posting_id,
        episode=key.episode,
        kind=key.kind,
        outcome=became,
        reason=reason[:500],
        delivery_id=delivery_id,
        at=at,
    )
