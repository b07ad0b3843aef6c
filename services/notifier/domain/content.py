"""What a message's bytes are made of, as it is frozen before the first attempt. Rendering it twice gives the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.filter.reasons import words
from schemas.posting import PostingSummary, Verdict
from services.notifier.domain.alert import Alert
from services.notifier.domain.gate import Subscription

VERSION = 1
"""Of the content's layout. Templates keep rendering older versions until no message of theirs waits any more."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Sealed links of a mail."""

    unsubscribe: str
    manage: str


def because(alerts: Sequence[Alert], subscriptions: dict[UUID, Subscription], posting: PostingSummary) -> list[dict[str, Any]]:
    """For each subscription told: its name, and in words the clauses that held."""
    return [
        {
            "subscription_id": str(alert.key.subscription_id),
            "alert_id": str(alert.alert_id),
            "name": subscriptions[alert.key.subscription_id].name,
            "codes": list(alert.clauses),
            "reasons": words(alert.clauses, subscriptions[alert.key.subscription_id].filter, posting),
        }
        for alert in alerts
    ]


def mail_content(
    posting: PostingSummary,
    told: list[dict[str, Any]],
    tokens: Tokens,
    *,
    kind: str,
    published_at: datetime,
    now: datetime,
    in_reply_to: str = "",
) -> dict[str, Any]:
    """Of an alert's mail. `in_reply_to` is the Message-ID of the mail that it corrects."""
    return {
        "version": VERSION,
        "template": "no_longer" if kind == "no_longer" else "alert",
        "date": now.isoformat(),
        "posting": posting.model_dump(mode="json"),
        "because": told,
        "unsubscribe": tokens.unsubscribe,
        "manage": tokens.manage,
        "in_reply_to": in_reply_to,
        "published_at": published_at.isoformat(),
    }


def webhook_content(
    posting: PostingSummary, told: list[dict[str, Any]], *, kind: str, published_at: datetime, now: datetime
) -> dict[str, Any]:
    """Of an alert's webhook: Standard Webhooks' `type`, `timestamp`, `data`."""
    return {
        "type": {"opened": "posting.opened", "no_longer": "posting.no_longer_matches"}[kind],
        "timestamp": now.isoformat(),
        "data": {
            "posting": posting.model_dump(mode="json"),
            "matches": told,
            "published_at": published_at.isoformat(),
        },
    }


def verdict_words(verdict: Verdict) -> list[tuple[str, str]]:
    """What the posting says about visas, each with the sentence that proves it ("" where it is silent)."""
    sponsorship = {
        "offered": "Sponsors" + (f" {', '.join(verdict.sponsorship.visas)}" if verdict.sponsorship.visas else " visas"),
        "conditional": "Sponsors in some cases",
        "not_offered": "Does not sponsor",
        "contradictory": "Contradicts itself about sponsorship",
        "unstated": "Does not say whether it sponsors",
    }[verdict.sponsorship.value]
    status = {
        "us_citizen": "US citizens only",
        "us_person": "US persons only (citizens, permanent residents, refugees, asylees)",
        "export_license_possible": "An export licence may be needed",
        "none": "",
    }[verdict.work_status.value]
    clearance = {
        "active_required": "Needs an active security clearance",
        "must_obtain": "You must be able to obtain a security clearance",
        "preferred": "Prefers a security clearance",
        "none": "",
    }[verdict.clearance.value]
    said = ((sponsorship, verdict.sponsorship), (status, verdict.work_status), (clearance, verdict.clearance))
    return [(text, axis.evidence.sentence if axis.evidence else "") for text, axis in said if text]
