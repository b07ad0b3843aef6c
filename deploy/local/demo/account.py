"""Accounts for every alert of a crowd: what should have matched, what the ledger has, what arrived, and how long it took.

Others may use the system too: only the crowd's subscriptions and what was pushed in front of them are looked at.
"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from deploy.local.demo.feed import Fed
from deploy.local.demo.mails import fetch_all, fetch_mails
from deploy.local.demo.people import Crowd
from deploy.local.running import Running
from schemas.posting import Posting
from services.matcher.domain.facts import facts
from services.matcher.domain.oracle import held
from services.matcher.domain.wanted import wanted

Pair = tuple[UUID, UUID]
"""(subscription, posting)"""


@dataclass
class Account:
    """The summary of a demo."""

    postings: dict[str, int] = field(default_factory=dict)
    matches_expected: int = 0
    ledger: dict[str, int] = field(default_factory=dict)
    """Rows by state."""
    reasons: dict[str, int] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
    webhooks: dict[str, int] = field(default_factory=dict)
    post_to_inbox: dict[str, float] = field(default_factory=dict)
    """Seconds from the push's start to the mail's arrival: p50, p99, and how many were measured."""
    unaccounted: list[str] = field(default_factory=list)
    """What does not add up; empty is well."""

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


@dataclass(frozen=True)
class Books:
    """What the databases say at one moment."""

    pairs: frozenset[Pair]
    states: dict[str, int]
    reasons: dict[str, int]
    told: dict[str, int]
    """Deliveries of alerts that were sent, by channel."""
    outboxes: int

    @property
    def settled(self) -> bool:
        """Nothing is on its way any more."""
        return not self.outboxes and not self.states.get("waiting") and not self.states.get("frozen")


async def read_books(connection: "asyncpg.Connection[Any]", crowd: Crowd) -> Books:
    """One consistent look, as an operator with access to every schema."""
    ids = [one.id for one in crowd.subscribed]
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        pairs = await connection.fetch(
            "SELECT subscription_id, posting_id FROM notifier.alerts WHERE subscription_id = ANY($1) AND kind = 'opened'", ids
        )
        states = await connection.fetch(
            "SELECT state, count(*) FROM notifier.alerts WHERE subscription_id = ANY($1) GROUP BY state ORDER BY state", ids
        )
        reasons = await connection.fetch(
            """SELECT reason, count(*) FROM notifier.alerts WHERE subscription_id = ANY($1) AND reason <> ''
               GROUP BY reason ORDER BY 2 DESC""",
            ids,
        )
        told = await connection.fetch(
            """SELECT channel, count(*) FROM notifier.deliveries
               WHERE state = 'sent' AND purpose = 'alert'
                 AND subscriber_id IN (SELECT subscriber_id FROM notifier.subscriptions WHERE id = ANY($1))
               GROUP BY channel""",
            ids,
        )
        outboxes = await connection.fetchval(
            """SELECT (SELECT count(*) FROM ingest.outbox) + (SELECT count(*) FROM notifier.outbox)
                    + (SELECT count(*) FROM subscriptions.outbox)"""
        )
    return Books(
        pairs=frozenset((row["subscription_id"], row["posting_id"]) for row in pairs),
        states=_counted(states),
        reasons=_counted(reasons),
        told=_counted(told),
        outboxes=outboxes,
    )


async def expected_pairs(connection: "asyncpg.Connection[Any]", crowd: Crowd, fed: Fed) -> frozenset[Pair]:
    """Who should have met what: the oracle, over what was fed, as ingest keeps it, and the crowd's active subscriptions."""
    rows = await connection.fetch("SELECT content FROM ingest.postings WHERE id = ANY($1::uuid[])", list(fed.ids))
    postings = [Posting.model_validate_json(row["content"]) for row in rows]
    active = [(one.id, wanted(one.filter)) for one in crowd.subscribed if not one.paused]
    pairs = set()
    for posting in postings:
        seen = facts(posting, datetime.now(UTC))  # none of the filters asks for its age
        pairs |= {(subscription, posting.id) for subscription, asked in active if held(asked, seen) is not None}
    return frozenset(pairs)


async def account(
    system: Running, crowd: Crowd, fed: Fed, expected: frozenset[Pair], books: Books, *, may_repeat: bool = False
) -> Account:
    """Compare what should be with what is, and with what arrived."""
    async with aiohttp.ClientSession() as session:
        mails = [mail for mail in await fetch_mails(session, system) if not crowd.addresses.isdisjoint(mail["to"])]
        hooks = [
            hook
            for hook in await fetch_all(session, f"{system.receiver_url}/api/deliveries", {})
            if hook["name"] in crowd.hooks and hook["type"] != "endpoint.test"
        ]
    alerts = [mail for mail in mails if any(link in fed.left_at for link in mail["links"])]
    result = Account(
        postings=dict(fed.results),
        matches_expected=len(expected),
        ledger=books.states,
        reasons=books.reasons,
        mails={
            "confirmations": len(mails) - len(alerts),
            "alerts": len(alerts),
            "repeated": len(alerts) - len({mail["message_id"] for mail in alerts}),
        },
        webhooks={
            "verified": sum(hook["verified"] for hook in hooks),
            "refused": sum(not hook["verified"] for hook in hooks),
            "repeated": len(hooks) - len({hook["webhook_id"] for hook in hooks}),
        },
        post_to_inbox=latencies(alerts, fed),
    )
    result.unaccounted = list(_faults(result, expected, books, may_repeat=may_repeat))
    return result


def latencies(alerts: Sequence[dict[str, Any]], fed: Fed) -> dict[str, float]:
    """p50 and p99 in seconds, from the push to the mail."""
    taken = sorted(
        (datetime.fromisoformat(mail["received_at"]) - fed.left_at[link]).total_seconds()
        for mail in alerts
        for link in mail["links"]
        if link in fed.left_at and mail["received_at"]
    )
    if len(taken) < 2:  # noqa: PLR2004 -- quantiles want two
        return {}
    p = statistics.quantiles(taken, n=100, method="inclusive")
    return {"p50": round(p[49], 4), "p99": round(p[98], 4), "measured": len(taken)}


def _faults(result: Account, expected: frozenset[Pair], books: Books, *, may_repeat: bool) -> list[str]:
    mails = result.mails["alerts"] - result.mails["repeated"]
    hooks = result.webhooks["verified"] - result.webhooks["repeated"]
    checks = (
        (len(expected - books.pairs), "matches were expected and are not in the ledger"),
        (len(books.pairs - expected), "rows of the ledger were not expected"),
        (books.states.get("waiting", 0) + books.states.get("frozen", 0), "alerts have no outcome"),
        (books.states.get("failed", 0), "alerts failed"),
        (books.outboxes, "messages are in an outbox"),
        (abs(books.told.get("email", 0) - mails), "mails differ from the ledger"),
        (0 if may_repeat else result.mails["repeated"], "mails came twice"),
        (abs(books.told.get("webhook", 0) - hooks), "webhooks differ from the ledger"),
        (result.webhooks["refused"], "webhooks were not signed as they should be"),
    )  # fmt: skip
    return [f"{count} {what}" for count, what in checks if count]


def _counted(rows: Sequence[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}
