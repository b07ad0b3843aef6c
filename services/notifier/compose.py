"""Makes deliveries of what the gate decided: alerts enter, messages ready to be frozen leave. Links are sealed here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from runtime.sealing import Sealer
from schemas.link import Link, Purpose
from services.notifier.domain.alert import NAMESPACE, Alert
from services.notifier.domain.content import Tokens, because, mail_content, webhook_content
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.gate import Situation, Told
from services.notifier.domain.retry import Channel


def seal_link(sealer: Sealer, purpose: Purpose, link: Link) -> str:
    """A token for a URL; `subscriptions` opens it under the same purpose."""
    return sealer.seal(link.model_dump_json(exclude_defaults=True).encode(), purpose=f"link.{purpose}")


class Composer:
    """Knows how this deployment names and seals things."""

    def __init__(self, sealer: Sealer, *, domain: str) -> None:
        self._sealer = sealer
        self._domain = domain

    def message_id(self, channel: Channel, delivery_id: UUID) -> str:
        """Message-ID (RFC 5322) or webhook-id (Standard Webhooks: no dots); the same for every attempt."""
        return f"<{delivery_id}@{self._domain}>" if channel == "email" else f"msg_{delivery_id.hex}"

    def compose(
        self,
        tell: Mapping[Told, Sequence[Alert]],
        situation: Situation,
        *,
        channel: Channel,
        now: datetime,
    ) -> list[Delivery]:
        """One delivery for each thing a destination is told."""
        return [self._delivery(told, alerts, situation, channel=channel, now=now) for told, alerts in tell.items()]

    def _delivery(
        self, told: Told, alerts: Sequence[Alert], situation: Situation, *, channel: Channel, now: datetime
    ) -> Delivery:
        destination, posting_id, episode, kind, _ = told
        posting = situation.postings[posting_id]
        reasons = because(alerts, dict(situation.subscriptions), posting.content)
        delivery_id = uuid5(NAMESPACE, ":".join(map(str, told)))
        if channel == "email":
            content = mail_content(
                posting.content,
                reasons,
                self._tokens(alerts),
                kind=kind,
                published_at=posting.published_at,
                now=now,
                in_reply_to=situation.told.get((destination, posting_id, episode, "opened", 0), ""),
            )
        else:
            content = webhook_content(posting.content, reasons, kind=kind, published_at=posting.published_at, now=now)
        return Delivery(
            id=delivery_id,
            channel=channel,
            purpose="alert",
            destination_id=destination,
            subscriber_id=alerts[0].subscriber_id,
            told=told,
            message_id=self.message_id(channel, delivery_id),
            content=content,
            members=tuple(alert.key for alert in alerts),
            alert_ids=tuple(alert.alert_id for alert in alerts),
            correlation_id=posting.correlation_id,
        )

    def _tokens(self, alerts: Sequence[Alert]) -> Tokens:
        first, *others = (alert.key.subscription_id for alert in alerts)
        unsubscribe = Link(
            subscriber_id=alerts[0].subscriber_id,
            subscription_id=first,
            also=tuple(others),
            alert_id=alerts[0].alert_id,
        )
        return Tokens(
            unsubscribe=seal_link(self._sealer, "unsubscribe", unsubscribe),
            manage=seal_link(self._sealer, "manage", Link(subscriber_id=alerts[0].subscriber_id)),
        )
