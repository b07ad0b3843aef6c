"""The gate every alert passes at the moment of dispatch: told, together with which others, or not, and why not, in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.filter.tree import Filter
from schemas.posting import PostingSummary
from services.notifier.domain.alert import Alert, Key

Told = tuple[UUID, UUID, int, str, int]
"""(destination, posting, episode, kind, revision): what a person is told once."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """As the notifier last heard of it."""

    status: Literal["active", "paused", "ended"]
    name: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class Posting:
    """As the notifier last heard of it."""

    status: Literal["open", "closed"]
    episode: int
    published_at: datetime
    content: PostingSummary
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the gate may know, read in the transaction that freezes what it decides."""

    subscriptions: Mapping[UUID, Subscription]
    postings: Mapping[UUID, Posting]
    reachable: frozenset[UUID]
    """Destinations that exist and are not disabled."""
    told: Mapping[Told, str]
    """Of the alerts' destinations and postings: what a delivery was frozen for already, with its message id."""
    known_until: datetime
    """Everything `subscriptions` answered before this moment is known here."""


@dataclass(slots=True)
class Decision:
    """What becomes of the alerts that were due."""

    tell: dict[Told, list[Alert]] = field(default_factory=dict)
    suppress: list[tuple[Alert, str]] = field(default_factory=list)
    wait: list[Alert] = field(default_factory=list)


def told_as(alert: Alert) -> Told:
    """What telling this alert tells its destination."""
    key = alert.key
    return (alert.destination_id, key.posting_id, key.episode, key.kind, key.revision)


def decide(alerts: Sequence[Alert], situation: Situation) -> Decision:
    """Every alert ends up in exactly one of the three."""
    decision = Decision()
    outdated = {_opening(alert.key) for alert in alerts if alert.key.kind == "no_longer"}
    for alert in alerts:
        subscription = situation.subscriptions.get(alert.key.subscription_id)
        if subscription is None and situation.known_until <= alert.recorded_at:
            decision.wait.append(alert)  # saved a moment ago: its state is still on its way here
        elif reason := _silenced(alert, subscription, situation) or _untrue(alert, outdated, situation):
            decision.suppress.append((alert, reason))
        else:
            decision.tell.setdefault(told_as(alert), []).append(alert)
    return decision


def withdrawn(members: Sequence[Key], destination_id: UUID, situation: Situation) -> str:
    """Why a message that was frozen before must not be sent any more; "" where one of its subscriptions still wants it."""
    if destination_id not in situation.reachable:
        return "the mailbox or endpoint it was for is gone or disabled"
    wanting = (situation.subscriptions.get(key.subscription_id) for key in members)
    if not any(subscription is not None and subscription.status == "active" for subscription in wanting):
        return "the subscription had ended or was paused"
    posting, kind = situation.postings[members[0].posting_id], members[0].kind
    if posting.episode > members[0].episode or (posting.status == "closed" and kind != "no_longer"):
        return "the posting was closed before it was told"
    return ""


def _silenced(alert: Alert, subscription: Subscription | None, situation: Situation) -> str:
    if subscription is None or subscription.status == "ended":
        return "the subscription had ended"
    if subscription.status == "paused":
        return "the subscription was paused"
    if alert.destination_id not in situation.reachable:
        return "the mailbox or endpoint it was for is gone or disabled"
    return ""


def _untrue(alert: Alert, outdated: Iterable[tuple[UUID, UUID, int]], situation: Situation) -> str:
    """Why telling this now would be yesterday's truth, or no news."""
    posting = situation.postings[alert.key.posting_id]
    if posting.episode > alert.key.episode or (posting.status == "closed" and alert.key.kind != "no_longer"):
        return "the posting was closed before it was told"
    if told_as(alert) in situation.told:
        return "told already, through another of the subscriber's subscriptions"
    if alert.key.kind == "opened":
        return "the posting changed and no longer matched before it was told" if _opening(alert.key) in outdated else ""
    opened = (alert.destination_id, alert.key.posting_id, alert.key.episode, "opened", 0)
    if opened not in situation.told:
        return "nothing had been told of this posting, so there was nothing to correct"
    return "a change that leaves the match as it was is no news" if alert.key.kind == "changed" else ""


def _opening(key: Key) -> tuple[UUID, UUID, int]:
    return (key.subscription_id, key.posting_id, key.episode)
