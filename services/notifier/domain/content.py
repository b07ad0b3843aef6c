"""What a message's bytes are made of, as it is frozen before the first attempt. Rendering it twice gives the same bytes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from schemas.filter.codes import UNSTATED
from schemas.filter.reasons import words
from schemas.posting import PostingSummary
from services.notifier.domain.alert import Alert
from services.notifier.domain.situation import Subscription

About = Literal["opened", "no_longer", "closed"]
"""What a message says of a posting: it matches; it changed and no longer does; it closed. The latter two correct the first."""

VERSION = 1
"""Of the content's layout. Templates keep rendering older versions until no message of theirs waits any more."""
NAMED: Final = 10
"""Most subscriptions that an unsubscribe link names; a mail that speaks for more offers to end all of the mailbox's.

A line of a mail has 998 characters at the most (RFC 5322, 2.1.1), and a URL in it cannot be folded.
"""
WEBHOOK_LIMIT: Final = 20_000
"""Bytes of a webhook's body (Standard Webhooks asks for less than 20 kB); a longer one is shortened and says where."""
_REASON: Final = 300
"""Characters of one reason in words: a filter may list fifty keywords."""
SENTENCE: Final = 300
"""Characters of a sentence that proves a verdict."""
_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Tokens:
    """Sealed links of a mail."""

    unsubscribe: str
    manage: str


def because(alerts: Sequence[Alert], subscriptions: dict[UUID, Subscription], posting: PostingSummary) -> list[dict[str, Any]]:
    """For each subscription told: its name, and in words the clauses that held, those last on which the posting is silent."""
    return [_told(alert, subscriptions[alert.key.subscription_id], posting) for alert in alerts]


def _told(alert: Alert, subscription: Subscription, posting: PostingSummary) -> dict[str, Any]:
    codes = sorted(alert.clauses, key=lambda code: code.endswith(UNSTATED))
    return {
        "subscription_id": str(alert.key.subscription_id),
        "alert_id": str(alert.alert_id),
        "name": subscription.name,
        "codes": codes,
        "reasons": [cut(reason, _REASON) for reason in words(codes, subscription.filter, posting)],
    }


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, with an ellipsis where something is missing."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def mail_content(
    posting: PostingSummary,
    told: list[dict[str, Any]],
    tokens: Tokens,
    *,
    about: About,
    published_at: datetime,
    now: datetime,
    in_reply_to: str = "",
) -> dict[str, Any]:
    """Of an alert's mail. `in_reply_to` is the Message-ID of the mail that it corrects."""
    return {
        "version": VERSION,
        "template": "alert" if about == "opened" else about,
        "date": now.isoformat(),
        "posting": posting.model_dump(mode="json"),
        "because": told,
        "unsubscribe": tokens.unsubscribe,
        "manage": tokens.manage,
        "in_reply_to": in_reply_to,
        "published_at": published_at.isoformat(),
    }


def webhook_content(
    posting: PostingSummary, told: list[dict[str, Any]], *, about: About, published_at: datetime, now: datetime
) -> dict[str, Any]:
    """Of an alert's webhook: Standard Webhooks' `type`, `timestamp`, `data`; `data.shortened` names what was cut to fit.

    A closing has the type of any correction: who knows only that one takes the posting off their list all the same.
    """
    content: dict[str, Any] = {
        "type": "posting.opened" if about == "opened" else "posting.no_longer_matches",
        "timestamp": now.isoformat(),
        "data": {
            "posting": posting.model_dump(mode="json"),
            "matches": told,
            "published_at": published_at.isoformat(),
        },
    }
    if about != "opened":
        content["data"]["reason"] = "closed" if about == "closed" else "changed"
    for name, shorten in _SHORTENINGS.items():
        if len(webhook_body(content)) < WEBHOOK_LIMIT:
            break
        shorten(content["data"])
        content["data"].setdefault("shortened", []).append(name)
    return content


def webhook_body(content: dict[str, Any]) -> bytes:
    """Compact JSON, keys in a fixed order: exactly these bytes are signed and sent, at every attempt."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _without_reasons(data: dict[str, Any]) -> None:
    data["matches"] = [{key: value for key, value in match.items() if key != "reasons"} for match in data["matches"]]


def _shorter_evidence(data: dict[str, Any]) -> None:
    for axis in data["posting"]["verdict"].values():
        if axis["evidence"]:
            axis["evidence"]["sentence"] = cut(axis["evidence"]["sentence"], SENTENCE)


def _few_of_each(data: dict[str, Any]) -> None:
    posting = data["posting"]
    for name in ("skills", "places", "remote_from"):
        posting[name] = posting[name][:_FEW]
    posting["excerpt"] = cut(posting["excerpt"], SENTENCE)


def _few_matches(data: dict[str, Any]) -> None:
    data["matches_in_all"] = len(data["matches"])
    data["matches"] = [match | {"name": cut(match["name"], 50)} for match in data["matches"][:_FEW]]


def _bare_posting(data: dict[str, Any]) -> None:
    data["posting"] = {name: data["posting"][name] for name in ("id", "title", "company", "url", "terms")}


_SHORTENINGS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "matches.reasons": _without_reasons,
    "posting.verdict": _shorter_evidence,
    "posting.lists": _few_of_each,
    "matches": _few_matches,
    "posting": _bare_posting,
}
"""In this order, until the body fits; the codes of the clauses that held stay, and the posting's id, address and terms."""
