"""The gate's truth tables: what is told, what is held back and why, what waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from schemas.match import Kind
from services.notifier.domain.alert import Alert
from services.notifier.domain.gate import (
    AGAIN,
    CLOSED,
    CORRECTED,
    GONE,
    OUTDATED,
    REOPENED,
    SOON,
    SUPERSEDED,
    TOGETHER,
    TOLD,
    UNKNOWN,
    Decision,
    decide,
    is_early,
    letter_withdrawn,
    withdrawn,
)
from services.notifier.domain.situation import Earlier, Told
from tests.unit.notifier.made import NOW, alert, corrected, earlier, key, opened, posting, situation, subscription, uid

ENDED: Final = "the subscription had ended"
PAUSED: Final = "the subscription was paused"
NOTHING: Final = "nothing had been told of this posting, so there was nothing to correct"
NO_NEWS: Final = "a change that leaves the match as it was is no news"
TELL: Final = "tell"
REPEAT: Final = "repeat"
HOLD: Final = "hold"
WAIT: Final = "wait"

JUST_NOW = NOW - timedelta(milliseconds=100)
"""Later than what is known of subscriptions."""
OUTDATED_S = {"outdated": [(uid("s"), uid("p"), 1)]}
CLOSED_P = {"postings": {"p": posting(status="closed")}}
REOPENED_P = {"postings": {"p": posting(episode=2)}}


def verdicts(alerts: Sequence[Alert], **known: Any) -> list[str]:
    """Of each alert `tell`, `repeat`, `hold`, `wait`, or the reason why it is suppressed; fails where one has none or two."""
    return _verdicts(alerts, decide(alerts, situation(**known)))


def _verdicts(alerts: Sequence[Alert], decision: Decision) -> list[str]:
    told = [(one, TELL) for together in decision.tell.values() for one in together]
    waiting = [(one, WAIT) for one, _ in decision.wait]
    repeated = [(one, REPEAT) for together in decision.repeat.values() for one in together]
    found = [*told, *repeated, *waiting, *((one, HOLD) for one in decision.hold), *decision.suppress]
    assert len(found) == len(alerts)
    return [next(verdict for one, verdict in found if one is each) for each in alerts]


# fmt: off
OPENED: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("nothing in the way",                  {},                                                               TELL),
    ("paused",                              {"subscriptions": {"s": subscription("paused")}},                 PAUSED),
    ("ended",                               {"subscriptions": {"s": subscription("ended")}},                  ENDED),
    ("never heard of",                      {"subscriptions": {}},                                            UNKNOWN),
    ("mailbox gone",                        {"reachable": ["endpoint"]},                                      GONE),
    ("posting closed",                      CLOSED_P,                                                         CLOSED),
    ("posting open again since",            REOPENED_P,                                                       CLOSED),
    ("no longer matches",                   OUTDATED_S,                                                       OUTDATED),
    ("another opening no longer matches",   {"outdated": [(uid("s"), uid("p"), 2), (uid("t"), uid("p"), 1)]}, TELL),
    ("told before",                         {"told": {opened(): earlier()}},                                  TOLD),
    ("told to another mailbox",             {"told": {opened(destination="other"): earlier()}},               TELL),
    ("told of another episode",             {"told": {opened(episode=2): earlier()}},                         TELL),
    ("frozen before, not yet sent",         {"told": {opened(): earlier(pending=True)}},                      WAIT),
    ("paused and closed",                   {"subscriptions": {"s": subscription("paused")}, **CLOSED_P},     PAUSED),
    ("closed and frozen before",            {"told": {opened(): earlier(pending=True)}, **CLOSED_P},          CLOSED),
]
LATER: Final[list[tuple[str, Kind, dict[str, Any], str]]] = [
    ("nothing told",            "no_longer", {},                                                               NOTHING),
    ("told",                    "no_longer", {"told": {opened(): earlier()}},                                  TELL),
    ("told and closed",         "no_longer", {"told": {opened(): earlier()}, **CLOSED_P},                      TELL),
    ("told, reopened since",    "no_longer", {"told": {opened(): earlier()}, **REOPENED_P},                    TELL),
    ("told, reopened since, another still matched", "no_longer", {"told": {opened(): earlier()}, "matching": ["mailbox"], **REOPENED_P}, TELL),
    ("told, reopened since and told", "no_longer", {"told": {opened(): earlier(), opened(episode=2): earlier()}, **REOPENED_P}, REOPENED),
    ("told, reopened since and told elsewhere", "no_longer", {"told": {opened(): earlier(), opened(episode=2, destination="other"): earlier()}, **REOPENED_P}, TELL),
    ("told, reopened since, being told", "no_longer", {"told": {opened(): earlier(), opened(episode=2): earlier(pending=True)}, **REOPENED_P}, WAIT),
    ("told, reopened since, waits", "no_longer", {"told": {opened(): earlier()}, "reopened": ["mailbox"], **REOPENED_P}, WAIT),
    ("nothing told, reopened since", "no_longer", REOPENED_P,                                                    NOTHING),
    ("told, paused since",      "no_longer", {"told": {opened(): earlier()}, "subscriptions": {"s": subscription("paused")}}, PAUSED),
    ("about to be told",        "no_longer", {"told": {opened(): earlier(pending=True)}},                      WAIT),
    ("corrected already",       "no_longer", {"told": {opened(): earlier(), corrected(7): earlier()}}, CORRECTED),
    ("correction on its way",   "no_longer", {"told": {opened(): earlier(), corrected(7): earlier(pending=True)}}, WAIT),
    ("an earlier correction",   "no_longer", {"told": {opened(): earlier(), corrected(6): earlier()}},         CORRECTED),
    ("corrected by a change, closed since", "no_longer", {"told": {opened(): earlier(), corrected(6): earlier()}, **CLOSED_P}, CORRECTED),
    ("earlier correction on its way", "no_longer", {"told": {opened(): earlier(), corrected(6): earlier(pending=True)}, **CLOSED_P}, WAIT),
    ("corrected, told again",   "no_longer", {"told": {opened(): earlier(), corrected(5): earlier(), opened(revision=6): earlier()}}, TELL),
    ("corrected, told again, closed", "no_longer", {"told": {opened(): earlier(), corrected(5): earlier(), opened(revision=6): earlier()}, **CLOSED_P}, TELL),
    ("being told again",        "no_longer", {"told": {opened(): earlier(), corrected(5): earlier(), opened(revision=6): earlier(pending=True)}}, WAIT),
    ("told again since",        "no_longer", {"told": {opened(): earlier(), opened(revision=8): earlier()}},   SUPERSEDED),
    ("matches again, which is no news", "no_longer", {"told": {opened(): earlier()}, "again": ["s"], "matching": ["mailbox"]}, AGAIN),
    ("a correction that was given up", "no_longer", {"told": {opened(): earlier(), corrected(6): earlier(given_up=True)}}, REPEAT),
    ("told by what was given up", "no_longer", {"told": {opened(): earlier(given_up=True)}},                    TELL),
    ("being told again since",  "no_longer", {"told": {opened(): earlier(), opened(revision=8): earlier(pending=True)}}, WAIT),
    ("another mailbox was told", "no_longer", {"told": {opened(destination="other"): earlier()}, **CLOSED_P},  NOTHING),
    ("another episode was told", "no_longer", {"told": {opened(episode=2): earlier()}, **CLOSED_P},            NOTHING),
    ("told and closed, ended since", "no_longer", {"told": {opened(): earlier()}, "subscriptions": {"s": subscription("ended")}, **CLOSED_P}, ENDED),
    ("told and closed, mailbox gone", "no_longer", {"told": {opened(): earlier()}, "reachable": [], **CLOSED_P}, GONE),
    ("about to be told and closed", "no_longer", {"told": {opened(): earlier(pending=True)}, **CLOSED_P},      WAIT),
    ("nothing told",            "changed",   {},                                                               NOTHING),
    ("told",                    "changed",   {"told": {opened(): earlier()}},                                  NO_NEWS),
    ("about to be told",        "changed",   {"told": {opened(): earlier(pending=True)}},                      NO_NEWS),
    ("closed",                  "changed",   {"told": {opened(): earlier()}, **CLOSED_P},                      CLOSED),
]
# fmt: on


@pytest.mark.parametrize(("known", "expected"), [row[1:] for row in OPENED], ids=[row[0] for row in OPENED])
def test_opened(known: dict[str, Any], expected: str) -> None:
    assert verdicts([alert()], **known) == [expected]


@pytest.mark.parametrize(
    ("kind", "known", "expected"), [row[1:] for row in LATER], ids=[f"{row[1]}: {row[0]}" for row in LATER]
)
def test_later_kinds(kind: Kind, known: dict[str, Any], expected: str) -> None:
    assert verdicts([alert(kind=kind, revision=7)], **known) == [expected]


def test_a_match_younger_than_what_is_known_waits_for_the_state_that_made_it() -> None:
    young = alert(recorded_at=JUST_NOW)
    silencing: list[dict[str, Any]] = [
        {"subscriptions": {}},
        {"subscriptions": {"s": subscription("paused")}},
        {"reachable": []},
    ]
    for silenced in silencing:
        assert verdicts([young], **silenced) == [WAIT]
    assert verdicts([young]) == [TELL]
    assert decide([young], situation(subscriptions={})).wait == [(young, NOW + SOON)]


def test_the_moment_of_recording_itself_is_not_yet_known() -> None:
    same = NOW - timedelta(milliseconds=200)
    assert verdicts([alert(recorded_at=same)], subscriptions={}, known_until=same) == [WAIT]
    assert verdicts([alert(recorded_at=same)], subscriptions={}, known_until=same + timedelta(microseconds=1)) == [UNKNOWN]


def test_what_is_told_once_is_told_for_all_subscriptions_together() -> None:
    first, second, elsewhere = alert("s"), alert("t"), alert("t", destination="endpoint")
    decision = decide([first, second, elsewhere], situation())
    assert decision.tell == {opened(): [first, second], opened(destination="endpoint"): [elsewhere]}


def test_an_opening_that_matched_at_once_and_another_subscription_after_a_change_is_told_in_one_message() -> None:
    first, second = alert("s"), alert("t", revision=5)
    assert decide([second, first], situation()).tell == {opened(): [first, second]}


def test_only_the_subscriptions_that_still_want_it_are_told_for() -> None:
    first, second = alert("s"), alert("t")
    known = {"subscriptions": {"s": subscription("paused"), "t": subscription()}}
    assert verdicts([first, second], **known) == [PAUSED, TELL]


def test_a_change_before_the_first_word_tells_nothing_at_all() -> None:
    both = [alert(), alert(kind="no_longer", revision=7)]
    assert verdicts(both, **OUTDATED_S) == [OUTDATED, NOTHING]


def test_what_waits_for_a_message_on_its_way_waits_until_just_after_its_next_attempt() -> None:
    for due_at, until in ((NOW + timedelta(hours=2), NOW + timedelta(hours=2) + SOON), (NOW - timedelta(hours=1), NOW + SOON)):
        waiting = decide([alert()], situation(told={opened(): earlier(pending=True, due_at=due_at)})).wait
        assert [moment for _, moment in waiting] == [until]


# fmt: off
WITHDRAWN: Final[list[tuple[str, list[str], Kind, dict[str, Any], str]]] = [
    ("nothing in the way",            ["s"],      "opened",    {},                                               ""),
    ("paused since",                  ["s"],      "opened",    {"subscriptions": {"s": subscription("paused")}}, "the subscription had ended or was paused"),
    ("ended since",                   ["s"],      "opened",    {"subscriptions": {"s": subscription("ended")}},  "the subscription had ended or was paused"),
    ("forgotten",                     ["s"],      "opened",    {"subscriptions": {}},                            "the subscription had ended or was paused"),
    ("one of two ended",              ["s", "t"], "opened",    {"subscriptions": {"s": subscription("ended"), "t": subscription()}}, ""),
    ("mailbox gone",                  ["s"],      "opened",    {"reachable": []},                                GONE),
    ("closed since",                  ["s"],      "opened",    CLOSED_P,                                         CLOSED),
    ("open again since",              ["s"],      "opened",    REOPENED_P,                                       CLOSED),
    ("no longer matches",             ["s"],      "opened",    OUTDATED_S,                                       OUTDATED),
    ("one of two no longer matches",  ["s", "t"], "opened",    OUTDATED_S,                                       ""),
    ("matches only who ended",        ["s", "t"], "opened",    {"subscriptions": {"s": subscription(), "t": subscription("ended")}, **OUTDATED_S}, OUTDATED),
    ("correction, closed since",      ["s"],      "no_longer", CLOSED_P,                                         ""),
    ("correction, outdated of course", ["s"],     "no_longer", OUTDATED_S,                                       ""),
    ("correction, open again since",  ["s"],      "no_longer", REOPENED_P,                                       ""),
    ("correction, told that it is open again", ["s"], "no_longer", {"told": {opened(episode=2): earlier()}, **REOPENED_P}, REOPENED),
    ("correction, soon told that it is open again", ["s"], "no_longer", {"told": {opened(episode=2): earlier(pending=True)}, **REOPENED_P}, ""),
]
# fmt: on


@pytest.mark.parametrize(
    ("members", "kind", "known", "expected"), [row[1:] for row in WITHDRAWN], ids=[row[0] for row in WITHDRAWN]
)
def test_withdrawn(members: list[str], kind: Kind, known: dict[str, Any], expected: str) -> None:
    keys = [key(name, kind=kind, revision=0 if kind == "opened" else 7) for name in members]
    assert withdrawn(keys, uid("mailbox"), situation(**known)) == expected


# fmt: off
LETTERS: Final[list[tuple[str, str, dict[str, Any], str]]] = [
    ("confirmation of one who is not known yet", "confirmation", {"reachable": []},           ""),
    ("sign-in",                                  "sign_in",      {},                          ""),
    ("confirmation, erased since",               "confirmation", {"erased": ["subscriber"]},  "the account was erased before it was sent"),
    ("sign-in, erased since",                    "sign_in",      {"erased": ["subscriber"]},  "the account was erased before it was sent"),
    ("test event",                               "test",         {},                          ""),
    ("test event, endpoint gone",                "test",         {"reachable": []},           GONE),
    ("test event, erased since",                 "test",         {"erased": ["subscriber"]},  "the account was erased before it was sent"),
]
# fmt: on


@pytest.mark.parametrize(("purpose", "known", "expected"), [row[1:] for row in LETTERS], ids=[row[0] for row in LETTERS])
def test_letter_withdrawn(purpose: str, known: dict[str, Any], expected: str) -> None:
    assert (
        letter_withdrawn(purpose, destination_id=uid("endpoint"), subscriber_id=uid("subscriber"), situation=situation(**known))
        == expected
    )


# fmt: off
EARLY: Final[list[tuple[str, str, datetime, list[str], bool]]] = [
    ("asked for just now, endpoint not known yet", "test",         JUST_NOW,                 [],           True),
    ("asked for just now, endpoint known",         "test",         JUST_NOW,                 ["endpoint"], False),
    ("endpoint should be known by now",            "test",         NOW - timedelta(seconds=2), [],         False),
    ("a letter needs no endpoint",                 "confirmation", JUST_NOW,                 [],           False),
]
# fmt: on


@pytest.mark.parametrize(("purpose", "at", "reachable", "expected"), [row[1:] for row in EARLY], ids=[row[0] for row in EARLY])
def test_is_early(purpose: str, at: datetime, reachable: list[str], expected: bool) -> None:
    assert is_early(purpose, destination_id=uid("endpoint"), frozen_at=at, situation=situation(reachable=reachable)) is expected


TOLD_AGAIN: Final[list[tuple[str, dict[Told, Earlier], int, str]]] = [
    ("never told: it matches by a change",          {},                                                             -1, TELL),
    ("told, and nothing since",                     {opened(): earlier()},                                          -1, TOLD),
    ("told, corrected, matches again",              {opened(): earlier(), corrected(5): earlier()},                  5, TELL),
    ("given up, and may have arrived",              {opened(): earlier(given_up=True)},                             -1, REPEAT),
    ("given up, corrected, matches again",          {opened(): earlier(given_up=True), corrected(5): earlier()},     5, TELL),
    ("told again already",                          {corrected(5): earlier(), opened(revision=7): earlier()},        5, TOLD),
    ("told again, and corrected again",             {opened(revision=3): earlier(), corrected(5): earlier()},        5, TELL),
    ("no longer matches since",                     {opened(): earlier(), corrected(5): earlier()},                  9, OUTDATED),
    ("told, correction on its way",                 {opened(): earlier(), corrected(5): earlier(pending=True)},      5, WAIT),
]  # fmt: skip


@pytest.mark.parametrize(("name", "told", "outdated_at", "expected"), TOLD_AGAIN, ids=[row[0] for row in TOLD_AGAIN])
def test_a_posting_that_matches_again_is_told_again(
    name: str, told: dict[Told, Earlier], outdated_at: int, expected: str
) -> None:
    again = alert(revision=7)
    assert verdicts([again], told=told, outdated=[(uid("s"), uid("p"), 1)], outdated_at=outdated_at) == [expected]


def test_what_matches_again_waits_until_the_correction_is_out() -> None:
    gone, again = alert(kind="no_longer", revision=5), alert(revision=7)
    known: dict[str, Any] = {"told": {opened(): earlier()}, "outdated": [(uid("s"), uid("p"), 1)]}
    assert verdicts([again, gone], **known) == [WAIT, TELL]


def test_a_change_that_undid_the_match_and_the_closing_after_it_are_told_in_one_message() -> None:
    told = {opened(): earlier()}
    gone, closed, of_another = (
        alert(name, kind="no_longer", revision=revision) for name, revision in (("s", 5), ("s", 9), ("t", 9))
    )
    decision = decide([closed, of_another, gone], situation(told=told, postings=CLOSED_P["postings"]))
    assert decision.tell == {corrected(5): [gone, of_another]}
    assert decision.suppress == [(closed, TOGETHER)]


def test_a_subscription_that_comes_late_to_what_was_told_and_corrected_is_told_of_it_anew() -> None:
    """In a message of its own: the frozen ones are unique."""
    late, told = alert("t"), {opened(): earlier(), corrected(5): earlier()}
    assert decide([late], situation(told=told)).tell == {opened(revision=5): [late]}
    assert verdicts([late], told=told | {opened(revision=5): earlier()}) == [TOLD]


def test_nobody_is_told_that_a_posting_is_not_for_them_while_another_subscription_matches_it() -> None:
    gone, told = alert(kind="no_longer", revision=7), {opened(): earlier()}
    assert verdicts([gone], told=told, matching=["mailbox"]) == [HOLD]
    assert verdicts([gone], told=told, matching=["endpoint"]) == [TELL]
    assert verdicts([gone], told=told, matching=["mailbox"], **CLOSED_P) == [TELL], "closed is closed for all of them"
