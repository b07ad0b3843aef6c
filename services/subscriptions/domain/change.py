"""What a change makes of a subscription."""

from dataclasses import dataclass

from schemas.filter.tree import Filter
from services.subscriptions.domain.account import Subscription, SubscriptionStatus
from services.subscriptions.domain.wanted import SubscriptionChange


@dataclass(frozen=True, slots=True)
class Changed:
    """The subscription's new content. `restarts`: it applies to what is published from now on, and to nothing before."""

    name: str
    filter: Filter
    status: SubscriptionStatus
    new_filter: bool
    restarts: bool


def changed(before: Subscription, wanted: SubscriptionChange) -> Changed | None:
    """The new content, or nothing where all is as it was."""
    name = before.name if wanted.name is None else wanted.name
    tree = before.filter if wanted.filter is None else wanted.filter
    status = wanted.status or before.status
    if (name, tree, status) == (before.name, before.filter, before.status):
        return None
    new_filter = tree != before.filter
    resumed = (before.status, status) == ("paused", "active")
    return Changed(name, tree, status, new_filter=new_filter, restarts=new_filter or resumed)
