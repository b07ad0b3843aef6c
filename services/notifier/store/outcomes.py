"""Outcomes leave through the outbox, in the transaction that makes them true."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runtime.broker import Message
from runtime.outbox import insert_messages
from schemas.outcome import Outcome
from schemas.topics import OUTCOMES

if TYPE_CHECKING:
    from runtime.postgres import Connection


async def insert_outcomes(connection: "Connection", outcomes: Iterable[Outcome]) -> None:
    """Keyed by subscription, so that what became of its alerts stays in order."""
    messages = [
        Message(OUTCOMES.name, key=str(outcome.subscription_id), value=outcome.model_dump_json().encode())
        for outcome in outcomes
    ]
    if messages:
        await insert_messages(connection, messages)
