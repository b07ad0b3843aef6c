"""Reads the records of `subscriptions`: bytes enter, what the matcher needs of them leaves."""

from typing import Final

from msgspec import MsgspecError
from msgspec.json import Decoder

from runtime.decoding import decode
from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
    subscription_event,
)
from services.matcher.domain.subscription import Ended, Subscriber, Subscription

Passed = Subscriber | SubscriberState | SubscriberEnded | EndpointState | EndpointEnded | Heartbeat
"""What it needs nothing of."""
_LIGHT: Final[Decoder[Subscription | Ended | Subscriber]] = Decoder(Subscription | Ended | Subscriber)
_STATE: Final = Decoder(Subscription)


def read(value: bytes) -> Subscription | Ended | Passed:
    """A record. What the light forms do not take its contract judges: it may be right, and else it says what is wrong.

    Raises `BadRecord`. What is wrong with a clause of a filter is found when it is compiled.
    """
    try:
        return _LIGHT.decode(str(value, "utf-8"))  # which msgspec would not check in what it passes over
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        event = decode(subscription_event, value)
        if isinstance(event, SubscriptionState | SubscriptionEnded):
            return _LIGHT.decode(event.model_dump_json().encode())
        return event


def light(state: SubscriptionState) -> Subscription:
    """The same, as it is read here."""
    return _STATE.decode(state.model_dump_json().encode())
