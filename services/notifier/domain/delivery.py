"""A message on its way: who may send it, to whom, what it tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifier.domain.alert import Key
from services.notifier.domain.retry import Channel
from services.notifier.domain.situation import Told


@dataclass(frozen=True, slots=True)
class Lease:
    """A destination that only the holder may send to, until the database's clock says `until`."""

    destination_id: UUID
    number: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach a destination; `address` and `secrets` are sealed."""

    address: str = ""
    url: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frozen message."""

    id: UUID
    channel: Channel
    purpose: str
    destination_id: UUID
    subscriber_id: UUID
    told: Told | None
    message_id: str
    content: dict[str, Any]
    """What its bytes are made of."""
    members: tuple[Key, ...]
    alert_ids: tuple[UUID, ...]
    correlation_id: str
    frozen_at: datetime
    attempts: int = 0
    begun: bool = False
    """Handed out before, by a process that did not write down what came of it: it may have arrived."""
