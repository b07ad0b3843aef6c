"""Webhook deliveries as they were received, each checked with the reference library over its exact bytes."""

import hashlib
import itertools
import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

from deploy.local.journal import Journal

MOST_DELIVERIES = 50_000


@dataclass(frozen=True)
class Delivery:
    """One POST. `number` counts from 1; `attempt` counts the POSTs with this `webhook_id` at this name, this one included."""

    number: int
    received_at: str
    name: str
    webhook_id: str
    timestamp: str
    """As in the header: seconds of this attempt."""
    verified: bool
    reason: str
    """Why it was refused; '' where it was verified."""
    status: int
    """What was answered."""
    attempt: int
    repeated: bool
    """Whether it came again although it had been answered with 200."""
    sha256: str
    """Of the body as it came."""
    type: str
    data: Any
    """The whole body, parsed; None where it is no JSON."""


class Deliveries:
    """The newest deliveries in memory, and counts of all; the journal has a line for each there ever was."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: deque[Delivery] = deque()
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._accepted: set[tuple[str, str]] = set()
        self._webhooks: dict[str, Webhook] = {}
        self.counts = {"received": 0, "verified": 0, "refused": 0, "repeated": 0}

    def register(self, name: str, secret: str) -> None:
        """Check what comes to `name` with `secret`. Raises ValueError where that is none."""
        if not secret.startswith("whsec_"):
            raise ValueError("a secret begins with whsec_")
        try:
            self._webhooks[name] = Webhook(secret)
        except EmptyWebhookSecretError as error:
            raise ValueError(str(error)) from error

    def record(self, name: str, headers: Mapping[str, str], body: bytes, behaviour: int | None, *, port: int = 0) -> Delivery:
        """Keep one POST; what is answered is `behaviour` where a test wished so, else 200 or 401. `port` is its sender's."""
        reason = self._refusal(name, headers, body)
        status = behaviour or (401 if reason else 200)
        key = (name, headers.get("webhook-id", ""))
        self._attempts[key] += 1
        data = _json(body)
        delivery = Delivery(
            number=self.counts["received"] + 1,
            received_at=datetime.now(UTC).isoformat(timespec="microseconds"),
            name=name,
            webhook_id=key[1],
            timestamp=headers.get("webhook-timestamp", ""),
            verified=not reason,
            reason=reason,
            status=status,
            attempt=self._attempts[key],
            repeated=not reason and key in self._accepted,
            sha256=hashlib.sha256(body).hexdigest(),
            type=str(data.get("type", "")) if isinstance(data, dict) else "",
            data=data,
        )
        entry = asdict(delivery) | {"port": port}
        del entry["data"]
        self._journal.write(entry)
        self._keep(delivery, key)
        return delivery

    def after(self, number: int) -> Iterator[Delivery]:
        """Yield the kept deliveries with a higher number."""
        forgotten = self.counts["received"] - len(self._kept)
        return itertools.islice(self._kept, max(0, number - forgotten), None)

    def _keep(self, delivery: Delivery, key: tuple[str, str]) -> None:
        self.counts["received"] += 1
        self.counts["verified" if delivery.verified else "refused"] += 1
        self.counts["repeated"] += delivery.repeated
        if delivery.verified and delivery.status == 200:  # noqa: PLR2004
            self._accepted.add(key)
        self._kept.append(delivery)
        if len(self._kept) > MOST_DELIVERIES:
            self._kept.popleft()

    def _refusal(self, name: str, headers: Mapping[str, str], body: bytes) -> str:
        if name not in self._webhooks:
            return f"no secret is registered for {name}: PUT it to /secrets/{name}"
        try:
            self._webhooks[name].verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            return str(error)
        except ValueError as error:  # the library lets base64 and UTF-8 errors of what it was given through
            return f"malformed signature or body: {error}"
        return ""


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
