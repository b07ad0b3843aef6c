"""What a preview tells: how many match, how many a week, the newest in pages, and what they have in common."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from runtime.http import Problem
from schemas.filter.warning import Warned
from schemas.posting import Posting, PostingSummary
from services.matcher.domain.corpus import Corpus, Held
from services.matcher.domain.facts import facts
from services.matcher.domain.page import Cursor, cursor, page
from services.matcher.domain.tally import Counted
from services.matcher.http_preview import Preview, PreviewQuestion, make_router
from services.matcher.preview import Previewer
from services.matcher.turns import Turns
from tests.unit.matcher.made import NOW as MOMENT
from tests.unit.matcher.made import posting
from tests.unit.matcher.previewing import DAY, Previews, closed, numbered, opened, previews

SECOND = timedelta(seconds=1)


async def test_it_counts_what_is_open_and_tells_the_newest_first() -> None:
    go = [opened(posting(title=f"Go Engineer {n}"), ago=DAY * n) for n in range(1, 4)]
    gone = opened(posting(title="Go Engineer, gone"))
    there = await previews(*go, gone, closed(gone), opened(posting(title="Rust Engineer")))
    found = there.ask({"keywords": {"all": ["go"]}})
    assert found.matching == 3
    told = [(at, PostingSummary.model_validate_json(summary)) for at, summary in found.newest]
    assert told == [(event.opened_at, event.posting.summary()) for event in go]
    assert found.more is None


async def test_weeks_count_what_opened_in_them_also_what_has_closed() -> None:
    week = DAY * 7
    stay = [opened(posting(), ago=ago) for ago in (SECOND, week, week + SECOND, 4 * week)]
    gone = [opened(posting(), ago=ago) for ago in (SECOND, 3 * week, 4 * week + SECOND)]
    before = opened(posting(), ago=4 * week + SECOND)
    there = await previews(*stay, *gone, *map(closed, gone), before)
    found = there.ask()
    assert [(one.begins_at, one.opened) for one in found.weeks] == [
        (MOMENT - 4 * week, 1),
        (MOMENT - 3 * week, 1),
        (MOMENT - 2 * week, 1),
        (MOMENT - week, 3),
    ]
    assert found.matching == 5


async def test_weeks_take_what_the_filter_takes() -> None:
    there = await previews(opened(posting(title="Go")), opened(posting(title="Rust")))
    assert [one.opened for one in there.ask({"keywords": {"all": ["go"]}}).weeks] == [0, 0, 0, 1]


async def test_an_age_is_counted_to_today_and_for_the_weeks_to_the_opening() -> None:
    """Dated the day it opened, ten days ago: it was told to who asked for a week at most, and is not what they would find now."""
    old = opened(posting(posted_on=(MOMENT - 10 * DAY).date()), ago=10 * DAY)
    late = opened(posting(posted_on=(MOMENT - 10 * DAY).date()), ago=SECOND)
    undated = opened(posting(), ago=20 * DAY)
    there = await previews(old, late, undated)
    found = there.ask({"posted_within": 7})
    assert found.matching == 1
    assert [one.opened for one in found.weeks] == [0, 1, 1, 0]
    found = there.ask({"posted_within": 10})
    assert found.matching == 3
    assert [one.opened for one in found.weeks] == [0, 1, 1, 1]
    assert there.ask({"posted_within": 10}, now=MOMENT + DAY).matching == 1


async def test_facets_count_each_value_of_a_posting_once() -> None:
    sponsored = {"sponsorship": {"value": "offered", "visas": ["H-1B", "TN"]}}
    seattle, kirkland = ({"city": city, "state": "WA", "country": "US"} for city in ("Seattle", "Kirkland"))
    there = await previews(
        opened(
            posting(
                company="Acme, Inc.", places=[seattle, kirkland], verdict=sponsored, employment_types=["full_time", "intern"]
            )
        ),
        opened(
            posting(company="ACME", places=[seattle], workplace="remote", remote_from=["CA"], language="en", seniority="entry")
        ),
        opened(posting(company="Other", source="feed", verdict={"sponsorship": {"value": "not_offered", "visas": ["H-1B"]}})),
    )
    tally = there.ask().tally._asdict()
    assert tally.pop("companies")[0].postings == 2
    assert tally == {
        "workplaces": [("remote", 1)],
        "employment_types": [("full_time", 1), ("intern", 1)],
        "seniorities": [("entry", 1), ("intern", 1)],
        "sponsorship": [("unstated", 1), ("offered", 1), ("not_offered", 1)][::-1],
        "visa_types": [("H-1B", 1), ("TN", 1)],
        "countries": [("US", 2), ("CA", 1)],
        "states": [("WA, US", 2)],
        "cities": [("Seattle, WA, US", 2), ("Kirkland, WA, US", 1)],
        "sources": [("board", 2), ("feed", 1)],
        "languages": [("en", 1)],
    }


async def test_facets_tell_the_ten_most_frequent_of_what_matches() -> None:
    there = await previews(*(opened(posting(title=f"Go {n}", company=f"Firm {n % 15:02}")) for n in range(40)))
    companies = there.ask().tally.companies
    assert companies == [Counted(f"Firm {n:02}", 3) for n in range(10)]
    assert there.ask({"companies": {"include": ["Firm 14"]}}).tally.companies == [Counted("Firm 14", 2)]


async def test_pages_neither_repeat_nor_skip_what_stays_while_others_come_and_go() -> None:
    events = [opened(posting(title=f"Posting {n}"), ago=DAY * (n // 7 + 1)) for n in range(100)]  # some at the same moment
    there = await previews(*events)
    titles: list[str] = []
    after: Cursor | None = None
    for turn in range(10):
        found = there.ask(after=after)
        titles += [PostingSummary.model_validate_json(summary).title for _, summary in found.newest]
        after = cursor(found.more.text()) if found.more else None
        if after is None:
            break
        last = events[int(titles[-1].split()[-1])]
        await there.take(closed(last), opened(posting(title=f"New {turn}"), ago=SECOND))
    assert len(titles) == len(set(titles))
    assert set(titles) == {event.posting.title for event in events}


async def test_nothing_is_told_before_all_postings_are_read() -> None:
    there = await previews(opened(posting()))
    [route] = make_router(there.previewer, lambda: False).routes
    assert isinstance(route, APIRoute)
    with pytest.raises(Problem, match="still being read") as told:
        route.endpoint(PreviewQuestion.model_validate({"filter": "go"}))
    assert told.value.status == 503


async def test_question_that_finds_too_many_waiting_is_told_when_to_ask_again() -> None:
    there = await previews(opened(posting()))
    previewer = Previewer(there.corpus, Turns(most_waiting=0))
    [route] = make_router(previewer, lambda: True).routes
    assert isinstance(route, APIRoute)
    question = PreviewQuestion.model_validate({"filter": "go"})
    with previewer._turns.asking(), pytest.raises(Problem, match="too many ask") as told:
        route.endpoint(question)
    assert told.value.status == 503
    assert int(told.value.headers["retry-after"]) > 0
    assert route.endpoint(question).matching == 0


async def test_what_was_counted_is_not_contradicted_by_a_guess() -> None:
    broad = {"keywords": {"none": ["nurse"]}}
    others = [opened(posting(title=f"Engineer {n}")) for n in range(2)]
    there = await previews(*others, *(opened(posting(title=f"Nurse {n}")) for n in range(2)))
    [warned] = _told(there, broad)
    assert warned.problem.startswith("takes nearly every posting")
    await there.take(opened(posting(title="Nurse")))
    assert _told(there, broad) == []


async def test_warning_that_an_age_leaves_little_out_stays_where_most_were_young_when_they_opened() -> None:
    there = await previews(*(opened(posting(posted_on=(MOMENT - 10 * DAY).date()), ago=10 * DAY) for _ in range(3)))
    asked = {"posted_within": 7}
    assert there.ask(asked).matching == 0
    assert [one.clause for one in _told(there, asked)] == ["filter", "posted_within"]


@pytest.mark.parametrize(
    ("filter", "clause", "problem"),
    [
        ({"sources": ["elsewhere"], "keywords": {"all": ["go"]}}, "sources", "takes none of the 3 open postings"),
        (
            {"sources": ["feed"], "keywords": {"all": ["rust"]}},
            "keywords",
            "takes none of the 1 open postings that are left by clauses looked at before",
        ),
    ],
)
async def test_where_nothing_is_left_the_clause_is_named(filter: dict[str, Any], clause: str, problem: str) -> None:
    gone = opened(posting(title="Rust", source="feed"))
    there = await previews(
        opened(posting(title="Go", source="feed")),
        opened(posting(title="Go")),
        opened(posting(title="Rust")),
        gone,
        closed(gone),
    )
    assert [(one.clause, one.problem) for one in _told(there, filter)] == [(clause, problem)]


async def test_of_a_filter_that_never_matches_only_that_is_said() -> None:
    there = await previews(opened(posting()))
    [warned] = _told(there, {"keywords": {"all": ["!!!"]}})
    assert warned.problem.startswith("never matches")


def _told(there: Previews, filter: dict[str, Any]) -> list[Warned]:
    [route] = make_router(there.previewer, lambda: True).routes
    assert isinstance(route, APIRoute)
    answer = route.endpoint(PreviewQuestion.model_validate({"filter": filter}))
    assert isinstance(answer, Preview)
    return answer.warnings


@pytest.mark.parametrize("after", [7, [0, 1], [0, "1"], {"opened_at": 0, "id": 1}, "nonsense"])
def test_where_to_go_on_is_what_was_given_or_nothing(after: Any) -> None:
    with pytest.raises(ValidationError, match="is no cursor that was given here"):
        PreviewQuestion.model_validate({"filter": "go", "after": after})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), unique_by=lambda one: one[1]), st.integers(1, 5))
def test_pages_are_the_order_cut_into_pieces(there: list[tuple[int, int]], most: int) -> None:
    corpus = Corpus()
    for day, number in there:
        content = numbered(number)
        corpus.put(content.id, _entry(content, opened_days_ago=day))
    told: list[UUID] = []
    after: Cursor | None = None
    while True:
        slots, more = page(corpus, corpus.open, after=after, most=most)
        told += [corpus.ids[slot] for slot in slots]
        if more is None:
            break
        assert len(slots) == most
        after = more
    assert told == [UUID(int=number) for _, number in sorted(((-day, number) for day, number in there), reverse=True)]


def _entry(content: Posting, *, opened_days_ago: int) -> Held:
    return Held(facts(content, MOMENT), content.company, None, MOMENT - DAY * opened_days_ago, True, b"")


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", "A" * 31, "A" * 36, "+" * 32, "A" * 31 + "=", "A" * 32 + "\n"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- what exactly is wrong with it is nobody's business
        cursor(text)


def test_a_cursor_comes_back_as_it_was() -> None:
    for one in (Cursor(0, 0), Cursor(-1, 2**128 - 1), Cursor(2**62, 7)):
        assert cursor(one.text()) == one
        assert len(one.text()) == 32
