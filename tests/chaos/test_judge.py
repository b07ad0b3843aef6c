"""The judge sees what it is there to see: each broken promise, put into books that are otherwise in order."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from schemas.topics import GROUPS
from tests.chaos.account import Books, Disturbed, judge
from tests.chaos.expect import expected
from tests.chaos.traffic import Promised

POSTING, SUBSCRIPTION, DESTINATION = (str(UUID(int=number)) for number in (1, 2, 3))
SAVED, PUBLISHED = 1_790_000_000.0, 1_790_000_100.0
MEMBER = f'[{{"subscription_id": "{SUBSCRIPTION}"}}]'


def event(kind: str = "posting_opened", *, at: float = PUBLISHED, title: str = "Rust Engineer", **more: Any) -> dict[str, Any]:
    posting: dict[str, Any] = {
        "id": POSTING, "title": title, "company": "C", "skills": [], "text": "", "places": [], "workplace": None,
        "remote_from": [], "pay": None, "employment_types": [], "verdict": {"sponsorship": {"value": "unstated", "visas": []}},
    }  # fmt: skip
    stamped = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
    return {"type": kind, "revision": int(at * 1e6), "episode": 1, "published_at": stamped, "posting": posting, **more}


def state(*, at: float = SAVED, status: str = "active", word: str = "rust", kind: str = "subscription_state") -> dict[str, Any]:
    since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
    return {
        "type": kind, "subscription_id": SUBSCRIPTION, "revision": int(at * 1e6), "status": status, "effective_from": since,
        "filter": {"keywords": {"all": [word]}}, "destination": {"kind": "email", "id": DESTINATION},
    }  # fmt: skip


def alert(kind: str = "opened", revision: int = 0, state: str = "sent") -> dict[str, Any]:
    return {
        "subscription_id": SUBSCRIPTION, "posting_id": POSTING, "episode": 1, "kind": kind, "revision": revision, "state": state,
    }  # fmt: skip


def delivery(kind: str = "opened", state: str = "sent", id: str = "d") -> dict[str, Any]:
    return {
        "id": id, "channel": "email", "state": state, "members": MEMBER, "destination_id": DESTINATION, "posting_id": POSTING,
        "episode": 1, "kind": kind, "purpose": "alert",
    }  # fmt: skip


BOOKS = Books(
    events=[event()],
    states=[state()],
    alerts=[alert()],
    deliveries={"<m>": delivery()},
    attempts={"d": Counter(sent=1)},
    requests=[],
    letters={group: set() for group in GROUPS},
    good_letters=[],
    received={"<m>": [(PUBLISHED + 1, "bytes")]},
)
PROMISED = Promised(
    pushes=[(UUID(int=1), "Rust Engineer")],
    postings={UUID(int=1): "Rust Engineer"},
    subscriptions={UUID(int=2): {"keywords": {"all": ["rust"]}}},
)
CLOSED = replace(PROMISED, postings={UUID(int=1): ""})
TWICE = {"<m>": [(PUBLISHED + 1, "bytes"), (PUBLISHED + 3, "bytes")]}
TWO = {"<m>": [(PUBLISHED + 1, "bytes")], "<n>": [(PUBLISHED + 3, "other bytes")]}
KILLED = Disturbed("notifier was killed", PUBLISHED + 1.5, PUBLISHED + 2)


def test_books_in_order_are_in_order() -> None:
    assert judge(BOOKS, PROMISED, []).is_kept


@pytest.mark.parametrize(
    ("books", "promised", "fault"),
    [
        (replace(BOOKS, events=[]), PROMISED, "lost"),
        (BOOKS, CLOSED, "lost"),
        (BOOKS, replace(PROMISED, pushes=[*PROMISED.pushes, (UUID(int=1), "Go Engineer")]), "lost"),
        (BOOKS, replace(PROMISED, postings={UUID(int=1): "Go Engineer"}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=9): {}}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=2): None}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=2): {"keywords": {"all": ["go"]}}}), "lost"),
        (replace(BOOKS, good_letters=[("notifier-matches", ("matches", 0, 1))]), PROMISED, "lost"),
        (replace(BOOKS, requests=[{"type": "test_event_requested", "request_id": "r"}]), PROMISED, "lost"),
        (replace(BOOKS, alerts=[alert(state="suppressed")], deliveries={}, received={}), PROMISED, "untrue"),
        (replace(BOOKS, deliveries={**BOOKS.deliveries, "<n>": delivery(id="n")}, received=TWO), PROMISED, "doubled"),
        (replace(BOOKS, alerts=[]), PROMISED, "lost"),
        (BOOKS, replace(PROMISED, bad={("matches", 3, 7)}), "lost"),
        (replace(BOOKS, alerts=[alert(state="waiting")]), PROMISED, "lost"),
        (replace(BOOKS, alerts=[alert(state="frozen")]), PROMISED, "lost"),
        (replace(BOOKS, alerts=[alert(state="failed")]), PROMISED, "lost"),
        (replace(BOOKS, received={}), PROMISED, "lost"),
        (replace(BOOKS, alerts=[alert(), alert()]), PROMISED, "doubled"),
        (replace(BOOKS, alerts=[alert(), alert("no_longer", 7)]), PROMISED, "doubled"),
        (replace(BOOKS, received={**BOOKS.received, "<other>": [(PUBLISHED, "bytes")]}), PROMISED, "doubled"),
        (replace(BOOKS, received=TWICE), PROMISED, "repeated"),
        (replace(BOOKS, received={"<m>": [(PUBLISHED, "bytes"), (PUBLISHED, "others")]}), PROMISED, "repeated"),
        (BOOKS, replace(PROMISED, silenced={UUID(int=2): PUBLISHED - 5}), "late"),
        (replace(BOOKS, events=[event(), event("posting_closed", at=PUBLISHED + 9)]), CLOSED, "untrue"),
        (replace(BOOKS, events=[event(), event("posting_opened", at=PUBLISHED + 9, episode=2)]), PROMISED, "untrue"),
    ],
)  # fmt: skip
def test_what_breaks_a_promise_is_found(books: Books, promised: Promised, fault: str) -> None:
    verdict = judge(books, promised, [])
    assert getattr(verdict, fault)
    assert not verdict.is_kept


def test_repeat_is_allowed_only_where_something_broke_before_its_first_copy_was_written_down() -> None:
    twice = replace(BOOKS, received=TWICE)
    assert judge(twice, PROMISED, [KILLED]).is_kept
    assert not judge(twice, PROMISED, [Disturbed("notifier was killed", PUBLISHED + 3.5, PUBLISHED + 4)]).is_kept
    assert not judge(twice, PROMISED, [Disturbed("kill kafka", KILLED.began, KILLED.ended)]).is_kept
    assert not judge(twice, PROMISED, [Disturbed("notifier was killed", PUBLISHED - 20, PUBLISHED - 19)]).is_kept
    assert not judge(replace(twice, attempts={"d": Counter(sent=2)}), PROMISED, [KILLED]).is_kept


def test_correction_makes_the_last_word_true_and_nobody_corrects_to_whom_is_silent() -> None:
    closed = [event(), event("posting_closed", at=PUBLISHED + 9)]
    corrected = replace(
        BOOKS,
        events=closed,
        alerts=[alert(), alert("no_longer", closed[1]["revision"])],
        deliveries={**BOOKS.deliveries, "<n>": delivery("no_longer", id="n")},
        received={**BOOKS.received, "<n>": [(PUBLISHED + 10, "bytes")]},
    )
    assert judge(corrected, CLOSED, []).is_kept
    ended = [state(), state(at=PUBLISHED + 5, kind="subscription_ended", status="")]
    promised = replace(CLOSED, subscriptions={UUID(int=2): None})
    assert judge(replace(BOOKS, events=closed, states=ended), promised, []).is_kept


def test_correction_of_what_is_still_wanted_is_found() -> None:
    told = {"<m>": delivery(), "<n>": delivery("no_longer", id="n")}
    both = {"<m>": [(PUBLISHED + 1, "bytes")], "<n>": [(PUBLISHED + 2, "other bytes")]}
    verdict = judge(replace(BOOKS, deliveries=told, received=both), PROMISED, [])
    assert verdict.untrue == [f"{DESTINATION} wants {POSTING}, which is open, and was told last that it is not for them"]


def _rows(events: list[Mapping[str, Any]], states: list[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    wanted = expected(events, states)
    return {row[3] for row in wanted.must}, {row[3] for row in wanted.may}


def test_row_is_expected_by_the_state_in_force_when_the_event_was_committed() -> None:
    changed = event(
        "posting_changed", title="Go Engineer", changes=[{"field": "title", "old": "Rust Engineer", "new": "Go Engineer"}]
    )
    after = PUBLISHED + 5
    assert _rows([event()], [state()]) == ({"opened"}, set())
    assert _rows([event(), event()], [state(), state()]) == ({"opened"}, set())
    assert _rows([event()], [state(at=after)]) == (set(), set()), "saved after it was published"
    assert _rows([event()], [state(), state(at=after, word="go")]) == ({"opened"}, set()), "changed afterwards"
    assert _rows([event()], [state(word="go"), state(at=after)]) == (set(), set()), "matches only since it was changed"
    assert _rows([event()], [state(), state(at=SAVED + 5, status="paused")]) == (set(), set()), "paused long before"
    assert _rows([event()], [state(), state(at=PUBLISHED - 5, status="paused")]) == (set(), {"opened"}), "paused just before"
    assert _rows([event()], [state(), state(at=PUBLISHED - 5, word="go")]) == (set(), {"opened"}), "changed just before"
    assert _rows([event()], [state(word="go"), state(at=PUBLISHED - 5)]) == ({"opened"}, set()), "changed just before to match"
    assert _rows([event()], [state(), state(at=after, status="paused")]) == (set(), {"opened"}), "paused while on its way"
    assert _rows([event()], [state(), state(at=PUBLISHED + 90, status="paused")]) == ({"opened"}, set()), "paused long after"
    assert _rows([changed], [state()]) == ({"no_longer"}, set())
    assert _rows([changed], [state(word="go")]) == ({"opened"}, set())
    assert _rows([changed], [state(word="engineer")]) == ({"changed"}, set())
    assert _rows([event("posting_closed")], [state()]) == (set(), {"no_longer"})
