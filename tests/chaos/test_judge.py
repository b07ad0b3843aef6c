"""The judge sees what it is there to see: each broken promise, put into books that are otherwise in order."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from schemas.topics import GROUPS
from tests.chaos.account import judge
from tests.chaos.books import Books, Copy, Disturbed
from tests.chaos.expect import expected
from tests.chaos.traffic import Promised, Silence

POSTING, SUBSCRIPTION, DESTINATION, OTHER = (str(UUID(int=number)) for number in (1, 2, 3, 4))
SAVED, PUBLISHED = 1_790_000_000.0, 1_790_000_100.0
URL = "https://jobs.example/1?push=1"
MEMBER = f'[{{"subscription_id": "{SUBSCRIPTION}"}}]'
BOTH = f'[{{"subscription_id": "{SUBSCRIPTION}"}}, {{"subscription_id": "{OTHER}"}}]'


def event(kind: str = "posting_opened", *, at: float = PUBLISHED, title: str = "Rust Engineer", **more: Any) -> dict[str, Any]:
    posting: dict[str, Any] = {
        "id": POSTING, "title": title, "url": URL, "company": "C", "skills": [], "text": "", "places": [], "workplace": None,
        "remote_from": [], "pay": None, "employment_types": [], "verdict": {"sponsorship": {"value": "unstated", "visas": []}},
    }  # fmt: skip
    stamped = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
    return {"type": kind, "revision": int(at * 1e6), "episode": 1, "published_at": stamped, "posting": posting, **more}


def state(
    *, at: float = SAVED, status: str = "active", word: str = "rust", kind: str = "subscription_state", id: str = SUBSCRIPTION
) -> dict[str, Any]:
    since = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
    return {
        "type": kind, "subscription_id": id, "revision": int(at * 1e6), "status": status, "effective_from": since,
        "filter": {"keywords": {"all": [word]}}, "destination": {"kind": "email", "id": DESTINATION},
    }  # fmt: skip


def alert(kind: str = "opened", revision: int = 0, state: str = "sent", id: str = SUBSCRIPTION) -> dict[str, Any]:
    return {
        "subscription_id": id, "posting_id": POSTING, "episode": 1, "kind": kind, "revision": revision, "state": state,
        "alert_id": f"{id} {kind} {revision}", "delivery_id": "n" if kind == "no_longer" else "d",
    }  # fmt: skip


def delivery(kind: str = "opened", state: str = "sent", id: str = "d") -> dict[str, Any]:
    return {
        "id": id, "channel": "email", "state": state, "members": MEMBER, "destination_id": DESTINATION, "posting_id": POSTING,
        "episode": 1, "kind": kind, "purpose": "alert",
    }  # fmt: skip


def outcome(kind: str = "opened", revision: int = 0, outcome: str = "sent") -> dict[str, Any]:
    return {"alert_id": alert(kind, revision)["alert_id"], "outcome": outcome}


BOOKS = Books(
    events=[event()],
    states=[state()],
    alerts=[alert()],
    deliveries={"<m>": delivery()},
    attempts={"d": Counter(sent=1)},
    requests=[],
    outcomes=[outcome(), outcome(outcome="suppressed")],
    letters={group: set() for group in GROUPS},
    good_letters=[],
    received={"<m>": [Copy(PUBLISHED + 1, "bytes")]},
)
PROMISED = Promised(
    pushes=[(UUID(int=1), URL)],
    postings={UUID(int=1): URL},
    subscriptions={UUID(int=2): {"keywords": {"all": ["rust"]}}},
)
CLOSED = replace(PROMISED, postings={UUID(int=1): ""})
TWICE = {"<m>": [Copy(PUBLISHED + 1, "bytes"), Copy(PUBLISHED + 3, "bytes")]}
TWO = {"<m>": [Copy(PUBLISHED + 1, "bytes")], "<n>": [Copy(PUBLISHED + 3, "other bytes")]}
KILLED = Disturbed("notifier was killed", PUBLISHED + 1.5, PUBLISHED + 2)
TESTED = {"type": "test_event_requested", "request_id": "r", "endpoint_id": OTHER}
FIRST, OTHER_REPLICA, NEXT_LIFE = "notifier-0/7", "notifier-1/3", "notifier-0/8"


def test_books_in_order_are_in_order() -> None:
    assert judge(BOOKS, PROMISED, []).is_kept


@pytest.mark.parametrize(
    ("books", "promised", "fault"),
    [
        (replace(BOOKS, events=[]), PROMISED, "lost"),
        (BOOKS, CLOSED, "lost"),
        (BOOKS, replace(PROMISED, pushes=[*PROMISED.pushes, (UUID(int=1), f"{URL}2")]), "lost"),
        (BOOKS, replace(PROMISED, postings={UUID(int=1): f"{URL}2"}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=9): {}}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=2): None}), "lost"),
        (BOOKS, replace(PROMISED, subscriptions={UUID(int=2): {"keywords": {"all": ["go"]}}}), "lost"),
        (replace(BOOKS, good_letters=[("notifier-matches", ("matches", 0, 1))]), PROMISED, "lost"),
        (replace(BOOKS, requests=[TESTED]), PROMISED, "lost"),
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
        (replace(BOOKS, received={**BOOKS.received, "<other>": [Copy(PUBLISHED, "bytes")]}), PROMISED, "doubled"),
        (replace(BOOKS, received=TWICE), PROMISED, "repeated"),
        (replace(BOOKS, received={"<m>": [Copy(PUBLISHED, "bytes"), Copy(PUBLISHED, "others")]}), PROMISED, "repeated"),
        (replace(BOOKS, deliveries={"<m>": delivery(state="suppressed")}), PROMISED, "lost"),
        (replace(BOOKS, deliveries={}, received={}), PROMISED, "lost"),
        (replace(BOOKS, outcomes=[]), PROMISED, "lost"),
        (replace(BOOKS, requests=[TESTED]), replace(PROMISED, tests=Counter({OTHER: 2})), "lost"),
        (BOOKS, replace(PROMISED, silent={UUID(int=2): [Silence(PUBLISHED - 5)]}), "late"),
        (BOOKS, replace(PROMISED, silent={UUID(int=2): [Silence(PUBLISHED - 5, PUBLISHED + 9), Silence(PUBLISHED + 20)]}), "late"),
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


def _again(second: str, *, first: str = FIRST) -> Books:
    """Books in which a message came twice, from these lives."""
    return replace(BOOKS, received={"<m>": [Copy(PUBLISHED + 1, "bytes", first), Copy(PUBLISHED + 3, "bytes", second)]})


def _during(what: str, life: str = "") -> list[Disturbed]:
    """What broke between the two copies."""
    return [Disturbed(what, KILLED.began, KILLED.ended, life)]


@pytest.mark.parametrize("second", [OTHER_REPLICA, NEXT_LIFE])
def test_repeat_by_another_life_is_explained_by_what_happened_to_the_sender_of_its_first_copy(second: str) -> None:
    for what in ("notifier was killed", "notifier was paused"):
        assert judge(_again(second), PROMISED, _during(what, FIRST)).is_kept
        assert judge(_again(second), PROMISED, _during(what, second)).repeated
        assert judge(_again(second), PROMISED, _during(what, "notifier-1/2")).repeated
    for what in ("crash postgres", "kill inbox", "cut smtp", "slow smtp"):
        assert judge(_again(second), PROMISED, _during(what)).is_kept
    for what in ("kill receiver", "cut webhooks", "stop kafka"):
        assert judge(_again(second), PROMISED, _during(what)).repeated


def test_repeat_by_the_same_life_is_never_explained_by_a_kill() -> None:
    assert judge(_again(FIRST), PROMISED, _during("notifier was killed", FIRST)).repeated
    assert judge(_again(FIRST), PROMISED, _during("notifier was killed", OTHER_REPLICA)).repeated
    assert judge(_again(FIRST), PROMISED, _during("notifier was paused", OTHER_REPLICA)).repeated
    assert judge(_again(FIRST), PROMISED, _during("notifier was paused", FIRST)).is_kept, "its time ran out meanwhile"
    assert judge(_again(FIRST), PROMISED, _during("kill inbox")).is_kept
    assert judge(_again(FIRST), PROMISED, _during("cut postgres")).is_kept


def test_sender_that_is_not_known_may_have_been_anybody_and_is_counted() -> None:
    verdict = judge(_again(OTHER_REPLICA, first=""), PROMISED, _during("notifier was killed", NEXT_LIFE))
    assert verdict.is_kept
    assert verdict.counts["messages whose sender is not known"] == 1


def test_only_the_pause_of_its_own_sender_excuses_what_comes_after_an_end() -> None:
    def late(paused: tuple[float, float], ended: float, *, at: float = 1.0, sender: str = FIRST) -> list[str]:
        books = replace(BOOKS, received={"<m>": [Copy(PUBLISHED + at, "bytes", sender)]})
        promised = replace(PROMISED, silent={UUID(int=2): [Silence(PUBLISHED + ended)]})
        began, woke = paused
        return judge(books, promised, [Disturbed("notifier was paused", PUBLISHED + began, PUBLISHED + woke, FIRST)]).late

    assert not late((-5, 1), -4)
    assert late((-5, 1), -4, sender=OTHER_REPLICA)
    assert late((-5, 0), -20), "it fell asleep long after the end"
    assert late((-5, 0), -4, at=60), "it woke up long before"


def test_what_is_told_between_two_pauses_is_not_late() -> None:
    silent = [Silence(PUBLISHED - 9, PUBLISHED), Silence(PUBLISHED + 20)]
    assert judge(BOOKS, replace(PROMISED, silent={UUID(int=2): silent}), []).is_kept


def test_test_event_that_was_answered_for_is_told() -> None:
    books = replace(BOOKS, requests=[TESTED], deliveries={**BOOKS.deliveries, "<t>": {**delivery(id="r"), "posting_id": None}})
    received = {**BOOKS.received, "<t>": [Copy(PUBLISHED, "bytes")]}
    assert judge(replace(books, received=received), replace(PROMISED, tests=Counter({OTHER: 1})), []).is_kept


def test_correction_that_is_held_back_is_an_end() -> None:
    held = judge(replace(BOOKS, alerts=[alert(state="held")]), PROMISED, [])
    assert held.is_kept
    assert (held.counts["rows held"], judge(BOOKS, PROMISED, []).counts["rows held"]) == (1, 0)


def test_correction_makes_the_last_word_true_and_nobody_corrects_to_whom_is_silent() -> None:
    closed = [event(), event("posting_closed", at=PUBLISHED + 9)]
    corrected = replace(
        BOOKS,
        events=closed,
        alerts=[alert(), alert("no_longer", closed[1]["revision"])],
        deliveries={**BOOKS.deliveries, "<n>": delivery("no_longer", id="n")},
        received={**BOOKS.received, "<n>": [Copy(PUBLISHED + 10, "bytes")]},
        outcomes=[*BOOKS.outcomes, outcome("no_longer", closed[1]["revision"])],
    )
    assert judge(corrected, CLOSED, []).is_kept
    ended = [state(), state(at=PUBLISHED + 5, kind="subscription_ended", status="")]
    promised = replace(CLOSED, subscriptions={UUID(int=2): None})
    assert judge(replace(BOOKS, events=closed, states=ended), promised, []).is_kept


def test_correction_of_what_is_still_wanted_is_found() -> None:
    told = {"<m>": delivery(), "<n>": delivery("no_longer", id="n")}
    both = {"<m>": [Copy(PUBLISHED + 1, "bytes")], "<n>": [Copy(PUBLISHED + 2, "other bytes")]}
    verdict = judge(replace(BOOKS, deliveries=told, received=both), PROMISED, [])
    assert verdict.untrue == [f"{DESTINATION} wants {POSTING}, which is open, and was told last that it is not for them"]


CHANGED_AT = PUBLISHED + 9
GO = event(
    "posting_changed",
    at=CHANGED_AT,
    title="Go Engineer",
    changes=[{"field": "title", "old": "Rust Engineer", "new": "Go Engineer"}],
)
SHUT = event("posting_closed", at=PUBLISHED + 20, title="Go Engineer")
NOT_OVER = f"{DESTINATION} was told of {POSTING}, episode 1, and not that it is over"
ENGINEER = state(word="engineer", id=OTHER)
END = state(at=PUBLISHED + 60, kind="subscription_ended", status="", id=OTHER)
PAUSED = state(at=PUBLISHED + 60, word="engineer", status="paused", id=OTHER)
RESUMED = state(at=PUBLISHED + 70, word="engineer", id=OTHER)


def _told_of_rust(members: str, others: list[dict[str, Any]], *later: dict[str, Any]) -> list[str]:
    """What is untrue where a mailbox was told of a posting that then changed so that its steady subscription for Rust is off.

    `others` are the states of its other subscription.
    """
    books = replace(
        BOOKS, events=[event(), *later], states=[state(), *others], deliveries={"<m>": {**delivery(), "members": members}}
    )
    return judge(books, PROMISED, []).untrue


@pytest.mark.parametrize("members", [MEMBER, BOTH], ids=["alone", "together"])
def test_who_was_told_is_corrected_unless_another_subscription_of_the_mailbox_still_matches(members: str) -> None:
    assert _told_of_rust(members, [], GO) == [NOT_OVER]
    assert _told_of_rust(members, [ENGINEER], GO) == [], "held back"
    assert _told_of_rust(members, [ENGINEER, END], GO) == [NOT_OVER], "what held it back has ended"
    assert _told_of_rust(members, [ENGINEER, PAUSED], GO) == [NOT_OVER], "or is paused"
    assert _told_of_rust(members, [ENGINEER, PAUSED, RESUMED], GO) == [], "the notifier may have told it in between, or not"
    changed = state(at=PUBLISHED + 60, word="java", id=OTHER)
    assert _told_of_rust(members, [ENGINEER, changed], GO) == [NOT_OVER], "or asks for something else"
    assert _told_of_rust(members, [state(word="java", id=OTHER)], GO) == [NOT_OVER], "never matched"
    elsewhere = {**ENGINEER, "destination": {"kind": "email", "id": OTHER}}
    assert NOT_OVER in _told_of_rust(members, [elsewhere], GO), "for another mailbox"
    assert _told_of_rust(members, [state(at=CHANGED_AT + 5, word="go", id=OTHER)], GO) == [NOT_OVER], "saved after all of it"


def test_who_was_told_of_what_closed_is_corrected_whoever_else_matched() -> None:
    assert _told_of_rust(BOTH, [ENGINEER], GO, SHUT) == [NOT_OVER]
    assert _told_of_rust(BOTH, [ENGINEER, END], GO, SHUT) == [NOT_OVER]


def test_who_was_not_steady_need_not_be_corrected() -> None:
    assert _told_of_rust(BOTH.replace(SUBSCRIPTION, OTHER), [ENGINEER, END], GO) == []
    assert _told_of_rust(BOTH.replace(SUBSCRIPTION, OTHER), [ENGINEER, PAUSED, RESUMED], SHUT) == []


def test_mailbox_that_still_wants_it_for_one_of_its_subscriptions_is_not_told_last_that_it_is_over() -> None:
    told = {"<m>": {**delivery(), "members": BOTH}, "<n>": delivery("no_longer", id="n")}
    books = replace(BOOKS, events=[event(), GO], states=[state(), ENGINEER], deliveries=told, received=TWO)
    wants = f"{DESTINATION} wants {POSTING}, which is open, and was told last that it is not for them"
    assert judge(books, PROMISED, []).untrue == [wants]
    assert judge(replace(books, states=[state(), ENGINEER, END]), PROMISED, []).untrue == []
    assert judge(replace(books, states=[state(), ENGINEER, PAUSED, RESUMED]), PROMISED, []).untrue == []


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
