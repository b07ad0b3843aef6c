"""What the other services hear: rows as messages, with the key and partition that keep one account's events in order.

Everything of an account goes to one partition of `subscriptions`; a subscriber's state is written before the first of its
subscriptions'. No address, secret or token is in clear.
"""

from datetime import datetime
from uuid import UUID, uuid4

from runtime import logs
from runtime.broker import Message
from schemas.contract import Event, State
from schemas.request import ConfirmationRequested, SignInRequested, TestEventRequested
from schemas.subscription import (
    EndpointEnded,
    EndpointState,
    Heartbeat,
    SubscriberEnded,
    SubscriberState,
    SubscriptionEnded,
    SubscriptionState,
)
from schemas.topics import REQUESTS, SUBSCRIPTIONS, partition_of
from services.subscriptions.domain.account import Endpoint, Subscriber, Subscription


def subscriber_message(subscriber: Subscriber) -> Message:
    """Its state, or that it ended."""
    state: State
    if subscriber.address is None:
        state = SubscriberEnded(
            subscriber_id=subscriber.id, revision=subscriber.revision, correlation_id=logs.correlation_id.get()
        )
    else:
        state = SubscriberState(
            subscriber_id=subscriber.id,
            address=subscriber.address,
            revision=subscriber.revision,
            correlation_id=logs.correlation_id.get(),
        )
    return _state(state, id=subscriber.id, subscriber_id=subscriber.id)


def subscription_message(subscription: Subscription) -> Message:
    """Its state, or that it ended. Of a pending one nobody hears."""
    state: State
    if subscription.status == "ended":
        state = SubscriptionEnded(
            subscription_id=subscription.id,
            subscriber_id=subscription.subscriber_id,
            revision=subscription.revision,
            correlation_id=logs.correlation_id.get(),
        )
    else:
        assert subscription.status != "pending"
        assert subscription.effective_from is not None
        state = SubscriptionState(
            subscription_id=subscription.id,
            subscriber_id=subscription.subscriber_id,
            name=subscription.name,
            filter=subscription.filter,
            cadence=subscription.cadence,
            destination=subscription.destination,
            status=subscription.status,
            effective_from=subscription.effective_from,
            revision=subscription.revision,
            correlation_id=logs.correlation_id.get(),
        )
    return _state(state, id=subscription.id, subscriber_id=subscription.subscriber_id)


def endpoint_message(endpoint: Endpoint) -> Message:
    """Its state, or that it ended."""
    state: State
    if endpoint.status == "ended":
        state = EndpointEnded(
            endpoint_id=endpoint.id,
            subscriber_id=endpoint.subscriber_id,
            revision=endpoint.revision,
            correlation_id=logs.correlation_id.get(),
        )
    else:
        state = EndpointState(
            endpoint_id=endpoint.id,
            subscriber_id=endpoint.subscriber_id,
            url=endpoint.url,
            secrets=endpoint.secrets,
            status=endpoint.status,
            revision=endpoint.revision,
            correlation_id=logs.correlation_id.get(),
        )
    return _state(state, id=endpoint.id, subscriber_id=endpoint.subscriber_id)


def tombstone(id: UUID, subscriber_id: UUID) -> Message:
    """Takes the key out of the compacted topic."""
    return Message(SUBSCRIPTIONS.name, str(id), None, partition_of(subscriber_id, SUBSCRIPTIONS.partitions))


def heartbeats(stamped_at: datetime) -> list[Message]:
    """One for each partition: all that was answered before this moment stands before it."""
    return [
        Message(
            SUBSCRIPTIONS.name,
            f"heartbeat-{partition}",
            Heartbeat(partition=partition, stamped_at=stamped_at).model_dump_json().encode(),
            partition,
        )
        for partition in range(SUBSCRIPTIONS.partitions)
    ]


def confirmation_requested(
    *, subscriber: Subscriber, subscription_id: UUID, name: str, requested_at: datetime, expires_at: datetime
) -> Message:
    """The notifier makes the link and mails it."""
    assert subscriber.address is not None
    event = ConfirmationRequested(
        request_id=uuid4(),
        requested_at=requested_at,
        subscriber_id=subscriber.id,
        subscription_id=subscription_id,
        subscription_name=name,
        address=subscriber.address,
        expires_at=expires_at,
        correlation_id=logs.correlation_id.get(),
    )
    return _request(event, about=subscription_id)


def sign_in_requested(*, subscriber: Subscriber, requested_at: datetime, expires_at: datetime) -> Message:
    """The notifier makes the link and mails it."""
    assert subscriber.address is not None
    event = SignInRequested(
        request_id=uuid4(),
        requested_at=requested_at,
        subscriber_id=subscriber.id,
        address=subscriber.address,
        expires_at=expires_at,
        correlation_id=logs.correlation_id.get(),
    )
    return _request(event, about=subscriber.id)


def test_event_requested(*, endpoint: Endpoint, requested_at: datetime) -> Message:
    """The notifier sends it, signed like any other."""
    event = TestEventRequested(
        request_id=uuid4(),
        requested_at=requested_at,
        endpoint_id=endpoint.id,
        subscriber_id=endpoint.subscriber_id,
        correlation_id=logs.correlation_id.get(),
    )
    return _request(event, about=endpoint.id)


def _state(state: State, *, id: UUID, subscriber_id: UUID) -> Message:
    partition = partition_of(subscriber_id, SUBSCRIPTIONS.partitions)
    return Message(SUBSCRIPTIONS.name, str(id), state.model_dump_json().encode(), partition)


def _request(event: Event, *, about: UUID) -> Message:
    return Message(REQUESTS.name, str(about), event.model_dump_json().encode())
