"""Sends one frozen message, once: renders it, and hands it to SMTP or to the endpoint. What was answered leaves.

Right before it is handed over the sender asks whether it still is to be: connecting may have taken as long as the other side
liked. Where it is not any more, that was no attempt, and None leaves.
"""

import asyncio
import time
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from runtime.failpoint import failpoint
from runtime.sealing import Sealer
from services.notifier import metrics
from services.notifier.domain.content import webhook_body
from services.notifier.domain.delivery import Contact, Delivery
from services.notifier.domain.pace import USUAL, Pace
from services.notifier.domain.retry import Attempt, Handover
from services.notifier.mailer import Mailer
from services.notifier.poster import Poster
from services.notifier.render import BadAddress, Renderer


class MailSender:
    """Sends mails, as many at a time as there are connections."""

    def __init__(
        self, mailer: Mailer, renderer: Renderer, sealer: Sealer, *, bounces: str, at_a_time: int, pace: Pace = USUAL
    ) -> None:
        self._mailer = mailer
        self._longest = pace.attempt.total_seconds()
        self._renderer = renderer
        self._sealer = sealer
        self._bounces = bounces
        self.slots = asyncio.Semaphore(at_a_time)
        self.each = 1  # so that a correction comes after what it corrects

    async def is_away(self) -> bool:
        """Whether the mail server cannot be reached."""
        return await self._mailer.is_away()

    async def send(self, delivery: Delivery, contact: Contact, *, handover: Handover) -> Attempt | None:
        """One attempt to mail."""
        sealed = delivery.content.get("to") or contact.address
        address = self._sealer.open(sealed, purpose="address").decode()
        try:
            message = self._renderer.mail(delivery.content, delivery_id=delivery.id, message_id=delivery.message_id, to=address)
        except BadAddress as error:
            return Attempt("failed", str(error), timedelta(0))
        mailing = self._mailer.send(message, sender=self._bounces, recipient=address, is_fresh=handover)
        return await _within(self._longest, mailing, "email", handover)


class WebhookSender:
    """Posts webhooks."""

    def __init__(self, poster: Poster, sealer: Sealer, *, at_a_time: int = 128, pace: Pace = USUAL) -> None:
        self._poster = poster
        self._longest = pace.attempt.total_seconds()
        self._sealer = sealer
        self.slots = asyncio.Semaphore(at_a_time)
        self.each = 4  # so that an endpoint that does not answer leaves room for others

    async def is_away(self) -> bool:
        """Never: one endpoint's silence is its own."""
        return False

    async def send(self, delivery: Delivery, contact: Contact, *, handover: Handover) -> Attempt | None:
        """One attempt to post."""
        secrets = [self._sealer.open(sealed, purpose="webhook-secret").decode() for sealed in contact.secrets]
        if not contact.url:
            return Attempt("failed", "the endpoint is gone or disabled", timedelta(0))
        posting = self._poster.post(
            contact.url, webhook_body(delivery.content), message_id=delivery.message_id, secrets=secrets, is_fresh=handover
        )
        return await _within(self._longest, posting, "webhook", handover)


async def _within(
    longest: float, attempt: Coroutine[Any, Any, Attempt | None], channel: str, handover: Handover
) -> Attempt | None:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(longest):
            result = await attempt
    except TimeoutError:
        taken = timedelta(seconds=time.perf_counter() - started)
        result = Attempt(handover.unanswered, f"no answer within {longest:.0f} seconds", taken)
    if result is None:
        return None
    failpoint("notifier.sent")
    metrics.attempts.labels(channel, result.result).inc()
    metrics.attempt_seconds.labels(channel).observe(time.perf_counter() - started)
    return result
