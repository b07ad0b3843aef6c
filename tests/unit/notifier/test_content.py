"""What messages are made of: verdicts in words, reasons, and webhooks that stay small."""

import json
from typing import Any, Final

import pytest

from schemas.filter.tree import Filter, Keywords
from schemas.posting import Clearance, Place, PostingSummary, Sponsorship, Verdict, WorkStatus
from services.notifier.domain.content import WEBHOOK_LIMIT, because, cut, webhook_body, webhook_content
from tests.unit.notifier.made import NOW, OFFERED, alert, evidence, subscription, summary, uid


@pytest.mark.parametrize(
    ("text", "expected"), [("short", "short"), ("exactly10!", "exactly10!"), ("longer than ten", "longer th…"), ("", "")]
)
def test_cut(text: str, expected: str) -> None:
    assert cut(text, 10) == expected


def told(*names: str, wanted: Filter | None = None) -> list[dict[str, Any]]:
    alerts = [alert(name, clauses=("keywords", "visa")) for name in names]
    return because(alerts, {uid(name): subscription(name=name, wanted=wanted) for name in names}, summary())


def test_because_names_each_subscription_and_the_clauses_that_held() -> None:
    assert told("s") == [
        {
            "subscription_id": str(uid("s")),
            "alert_id": str(alert("s").alert_id),
            "name": "s",
            "codes": ["keywords", "visa"],
            "reasons": ['has "machine learning"', "sponsors a visa (the posting names no type)"],
        }
    ]


def test_a_reason_that_lists_fifty_keywords_is_cut() -> None:
    many = Filter(keywords=Keywords(any=tuple(f"keyword number {number}" for number in range(50))))
    assert [len(reason) <= 300 for reason in told("s", wanted=many)[0]["reasons"]] == [True, True]


def hook(content: PostingSummary, matches: list[dict[str, Any]]) -> dict[str, Any]:
    return webhook_content(content, matches, about="opened", published_at=NOW, now=NOW)


def test_a_webhook_has_type_timestamp_and_data() -> None:
    content = hook(summary(), told("s"))
    assert content["type"] == "posting.opened"
    assert content["timestamp"] == "2026-11-24T09:30:00+00:00"
    assert content["data"]["posting"]["id"] == str(uid("p"))
    assert content["data"]["posting"]["verdict"]["sponsorship"]["value"] == "offered"
    assert content["data"]["matches"] == told("s")
    assert "shortened" not in content["data"]
    correction = webhook_content(summary(), told("s"), about="no_longer", published_at=NOW, now=NOW)
    assert (correction["type"], correction["data"]["reason"]) == ("posting.no_longer_matches", "changed")
    closing = webhook_content(summary(), told("s"), about="closed", published_at=NOW, now=NOW)
    assert (closing["type"], closing["data"]["reason"]) == ("posting.no_longer_matches", "closed")
    assert closing["data"] | {"reason": "changed"} == correction["data"]


def test_the_body_is_the_same_after_a_round_trip_through_the_database() -> None:
    content = hook(summary(title="Ingénieur 🚀 «ML»"), told("s", "t"))
    stored = json.loads(json.dumps(dict(reversed(content.items()))))
    assert webhook_body(stored) == webhook_body(content)


WORDY = Verdict(
    sponsorship=Sponsorship(value="offered", evidence=evidence("We sponsor. " * 400)),
    work_status=WorkStatus(value="export_license_possible", evidence=evidence("Export control. " * 400)),
    clearance=Clearance(value="preferred", evidence=evidence("Clearance is a plus. " * 400)),
)
# fmt: off
LARGE: Final[list[tuple[str, dict[str, Any], int, list[str]]]] = [
    ("sixty subscriptions",         {},                                           60, ["matches.reasons"]),
    ("long sentences",              {"verdict": WORDY},                            1, ["matches.reasons", "posting.verdict"]),
    ("a thousand skills",           {"skills": ("a skill of some length",) * 1000}, 1, ["matches.reasons", "posting.verdict", "posting.lists"]),
    ("a thousand places",           {"places": (Place(city="Mountain View", country="US"),) * 1000}, 1,
                                                                                      ["matches.reasons", "posting.verdict", "posting.lists"]),
    ("a hundred and fifty",         {},                                          150, ["matches.reasons", "posting.verdict", "posting.lists", "matches"]),
    ("one endless skill",           {"skills": ("x" * 30_000,)},                   1, ["matches.reasons", "posting.verdict", "posting.lists", "matches", "posting"]),
    ("all at once, in four bytes",  {"title": "🚀" * 300, "company": "🚀" * 200, "url": "https://kestrel.example/" + "x" * 1970,
                                     "skills": ("🚀" * 9000,), "excerpt": "🚀" * 9000, "verdict": WORDY}, 150,
                                                                                      ["matches.reasons", "posting.verdict", "posting.lists", "matches", "posting"]),
]
# fmt: on


@pytest.mark.parametrize(("values", "matches", "shortened"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE])
def test_a_webhook_that_would_be_too_large_is_shortened_and_says_where(
    values: dict[str, Any], matches: int, shortened: list[str]
) -> None:
    content = hook(summary(**values), told(*(f"subscription {number:_>100}" for number in range(matches))))
    data = content["data"]
    assert data["shortened"] == shortened
    assert len(webhook_body(content)) < WEBHOOK_LIMIT
    assert data["posting"]["id"] == str(uid("p"))
    assert data["posting"]["title"] == values.get("title", "Machine Learning Engineer")
    assert [match["codes"] for match in data["matches"]] == [["keywords", "visa"]] * len(data["matches"])
    assert data.get("matches_in_all", len(data["matches"])) == matches


def test_shortening_one_body_leaves_what_it_was_made_of_alone() -> None:
    matches = told(*map(str, range(40)))
    hook(summary(verdict=OFFERED), matches)
    assert all(match["reasons"] for match in matches)
