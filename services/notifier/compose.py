"""Makes deliveries of what the gate decided: alerts enter, messages ready to be frozen leave. Links are sealed here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from runtime.sealing import Sealer
from schemas.link import Link, Purpose
from services.notifier.domain.alert import NAMESPACE, Alert
from services.notifier.domain.content import NAMED, About, Tokens, because, mail_content, webhook_content
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.gate import last_opened
from services.notifier.domain.retry import Channel
from services.notifier.domain.situation import Situation, Told

_MANAGED: Final = timedelta(days=30)
"""How long the link to the account in a mail works: mails are forwarded, and it needs no password."""


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
        is_over = posting.status == "closed" or posting.episode > episode  # that opening is, whatever came after it
        about: About = "opened" if kind == "opened" else "closed" if is_over else "no_longer"
        # Not of `told` alone: what a message that surely never arrived was to tell, another one may tell.
        delivery_id = uuid5(NAMESPACE, ":".join(map(str, (*told, alerts[0].alert_id))))
        if channel == "email":
            opened = last_opened(situation, (destination, posting_id, episode))
            content = mail_content(
                posting.content,
                reasons,
                self._tokens(alerts, now),
                about=about,
                published_at=posting.published_at,
                now=now,
                in_reply_to=opened[1].message_id if opened and about != "opened" else "",
            )
        else:
            content = webhook_content(posting.content, reasons, about=about, published_at=posting.published_at, now=now)
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
            frozen_at=now,
        )

    def _tokens(self, alerts: Sequence[Alert], now: datetime) -> Tokens:
        first, *others = (alert.key.subscription_id for alert in alerts)
        few, subscriber_id = len(alerts) <= NAMED, alerts[0].subscriber_id
        unsubscribe = Link(
            subscriber_id=subscriber_id,
            subscription_id=first if few else None,
            also=tuple(others) if few else (),
            alert_id=alerts[0].alert_id,
        )
        manage = Link(subscriber_id=subscriber_id, expires_at=now + _MANAGED)
        return Tokens(
            unsubscribe=seal_link(self._sealer, "unsubscribe", unsubscribe),
            manage=seal_link(self._sealer, "manage", manage),
        )
