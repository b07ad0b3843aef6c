from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from schemas.filter.tree import Filter, Keywords
from schemas.subscription import Destination
from services.subscriptions.domain.account import Subscription, SubscriptionStatus
from services.subscriptions.domain.change import changed
from services.subscriptions.domain.wanted import SubscriptionChange

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PYTHON = Filter(version=2, keywords=Keywords(all=("python",)))
RUST = {"keywords": {"all": ["rust"]}}
SAME = {"keywords": {"all": ["python"]}}


def subscription(status: SubscriptionStatus) -> Subscription:
    return Subscription(
        id=UUID(int=1),
        subscriber_id=UUID(int=2),
        name="ML",
        filter=PYTHON,
        cadence="instant",
        destination=Destination(kind="email", id=UUID(int=2)),
        status=status,
        effective_from=NOW,
        revision=1,
        created_at=NOW,
        updated_at=NOW,
        last_alert_at=None,
    )


@pytest.mark.parametrize(
    ("status", "wanted", "expected"),
    [
        # status before, what is asked, (name, status, is the filter new, does it restart)
        ("active", {"name": "ML"}, None),
        ("active", {"status": "active"}, None),
        ("paused", {"status": "paused"}, None),
        ("active", {"filter": SAME}, None),
        ("active", {"name": ""}, ("", "active", False, False)),
        ("active", {"name": "AI"}, ("AI", "active", False, False)),
        ("active", {"name": "AI", "filter": SAME}, ("AI", "active", False, False)),
        ("active", {"status": "paused"}, ("ML", "paused", False, False)),
        ("paused", {"status": "active"}, ("ML", "active", False, True)),
        ("active", {"filter": RUST}, ("ML", "active", True, True)),
        ("paused", {"filter": RUST}, ("ML", "paused", True, True)),
        ("paused", {"filter": RUST, "status": "active"}, ("ML", "active", True, True)),
        ("active", {"filter": RUST, "status": "paused", "name": "AI"}, ("AI", "paused", True, True)),
    ],
)
def test_truth_table(status: SubscriptionStatus, wanted: dict[str, Any], expected: tuple[str, str, bool, bool] | None) -> None:
    found = changed(subscription(status), SubscriptionChange.model_validate(wanted))
    assert (found and (found.name, found.status, found.new_filter, found.restarts)) == expected


@pytest.mark.parametrize("wanted", [{}, {"name": None}, {"status": "ended"}, {"status": "pending"}, {"filter": {"x": 1}}])
def test_a_change_without_meaning_is_none(wanted: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SubscriptionChange.model_validate(wanted)
