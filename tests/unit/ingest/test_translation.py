"""What a source states becomes an item of the push format; what is not understood is named."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.posting import Pay, Place, Posting
from services.ingest.domain.batch import Item, posting_of, sort
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.domain.translation import Translation, translate

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def translated(**more: Any) -> Translation:
    fields = {"source_id": "42", "title": " Machine  Learning Engineer", "company": "Acme\n", "description": "Build."}
    return translate(
        Stated(**(fields | {"url": "https://jobs.example/42?gh_jid=42&utm_source=board"} | more)), today=NOW.date()
    )


def posting(**more: Any) -> Posting:
    return posting_of(Item("posting 1", translated(**more).item), publisher="board", now=NOW)


def origins(**more: Any) -> dict[str, str]:
    """The source's names by ours."""
    return {origin.field: origin.stated_as for origin in translated(**more).origins}


def test_texts_are_on_one_line_and_the_address_is_not_followed_by_where_a_visitor_came_from() -> None:
    found = posting()
    assert (found.title, found.company, found.url) == ("Machine Learning Engineer", "Acme", "https://jobs.example/42?gh_jid=42")


def test_fields_are_understood_and_named() -> None:
    said: dict[str, Any] = {
        "pay": StatedPay(minimum=Decimal(90), currency="usd", period="HOUR"),
        "workplace": "Fully remote",
        "employment": ("CONTRACTOR",),
        "places": (StatedPlace(text="Seattle, WA"), StatedPlace(text="Multiple Locations")),
        "remote_from": ("USA Only",),
        "skills": ("Python",),
        "posted_on": date(2026, 11, 2),
        "fields": {"pay": "baseSalary", "workplace": "jobLocationType", "employment": "employmentType"},
    }
    found = posting(**said)
    assert found.pay == Pay(minimum=Decimal(90), currency="USD", period="hour")
    assert (found.workplace, found.employment_types, found.remote_from) == ("remote", ("contract",), ("US",))
    assert found.places == (Place(city="Seattle", state="WA", country="US"),)
    assert found.posted_on == date(2026, 11, 2)
    names = origins(**said)
    assert (names["pay"], names["workplace"], names["employment_types"]) == ("baseSalary", "jobLocationType", "employmentType")
    assert translated(**said).unread == ["places: 'Multiple Locations' is not understood"]


def test_work_from_anywhere_is_understood_and_excludes_nobody() -> None:
    found = translated(remote_from=("Anywhere in the World",))
    assert (found.unread, "remote_from" in found.item) == ([], False)
    assert translated(remote_from=("Narnia",)).unread == ["remote_from: 'Narnia' is not understood"]


def test_text_of_a_pay_field_is_read() -> None:
    said: dict[str, Any] = {"pay_text": "$135,000 - $198,000 / year", "fields": {"pay_text": "compensation"}}
    assert posting(**said).pay == Pay(minimum=Decimal(135000), maximum=Decimal(198000), currency="USD", period="year")
    assert origins(**said) == {"pay": "compensation"}


def test_place_says_how_the_work_is_done_where_nothing_else_does() -> None:
    said: dict[str, Any] = {"places": (StatedPlace(text="Austin, TX (Remote)"),), "fields": {"places": "location"}}
    assert (posting(**said).workplace, origins(**said)["workplace"]) == ("remote", "location")


@pytest.mark.parametrize(
    ("places", "countries"),
    [
        (["Remote (US)", "San Francisco, CA"], ("US",)),
        (["Remote - Germany", "Remote - Spain"], ("DE", "ES")),
        (["Remote (US)", "Remote - Ontario"], ()),
        (["Remote (US)", "Toronto, ON (Remote)"], ()),
        (["Remote, Georgia"], ()),
        (["Remote-Friendly, United States"], ()),
        (["Remote", "United States"], ()),
    ],
)
def test_remote_place_that_is_a_country_says_from_where(places: list[str], countries: tuple[str, ...]) -> None:
    stated: dict[str, Any] = {"places": tuple(StatedPlace(text=text) for text in places), "fields": {"places": "location"}}
    assert posting(**stated).remote_from == countries
    assert origins(**stated).get("remote_from") == ("location" if countries else None)
    assert posting(**stated, remote_from=("Worldwide",)).remote_from == ()


def test_what_is_one_of_several_is_understood() -> None:
    said = (StatedPlace(text="London or Remote (UK)"), StatedPlace(text="New York / London"), StatedPlace(text="Remote"))
    assert translated(places=said).unread == []
    assert translated(remote_from=("USA", "Canada", "UK timezones")).unread == ["remote_from: 'UK timezones' is not understood"]
    assert posting(pay_text="Up to $150k").pay == Pay(maximum=Decimal(150000), currency="USD", period="year")


def test_what_is_asked_for_may_be_a_field() -> None:
    found = posting(degree="bachelor degree", experience_years=0, seniority="ENTRY_LEVEL", language="en-US")
    assert (found.degree, found.experience_years, found.seniority, found.language) == ("bachelor", 0, "entry", "en")
    assert translated(degree="wizardry").unread == ["degree: 'wizardry' is not understood"]


@pytest.mark.parametrize(
    ("said", "unread"),
    [
        ({"workplace": "it depends"}, "workplace: 'it depends' is not understood"),
        ({"employment": ("Quuxed",)}, "employment: 'Quuxed' is not understood"),
        ({"pay_text": "competitive"}, "pay_text: 'competitive' is not understood"),
        ({"pay": StatedPay(minimum=Decimal(9), maximum=Decimal(1), currency="USD", period="HOUR")}, "pay: '9 1 USD HOUR' is not understood"),
        ({"posted_on": date(2027, 1, 1)}, "posted_on: '2027-01-01' is not understood"),
        ({"workplace": "\x1b[2J"}, "workplace: '[2J' is not understood"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_named_and_left_out(said: dict[str, Any], unread: str) -> None:
    assert translated(**said).unread == [unread]
    assert posting(**said).origins == posting().origins


@given(
    st.fixed_dictionaries(
        {
            name: st.text(max_size=30)
            for name in (
                "source_id",
                "title",
                "company",
                "url",
                "description",
                "workplace",
                "pay_text",
                "seniority",
                "language",
            )
        }
        | {name: st.lists(st.text(max_size=30), max_size=3).map(tuple) for name in ("remote_from", "employment", "skills")}
        | {
            "places": st.lists(
                st.builds(StatedPlace, text=st.text(max_size=30), city=st.text(max_size=30), country=st.text(max_size=3)),
                max_size=3,
            ).map(tuple)
        }
    )
)
def test_whatever_is_stated_becomes_a_posting_or_a_refusal_with_reasons(fields: dict[str, Any]) -> None:
    translation = translate(Stated(**fields), today=NOW.date())
    batch = sort([Item("posting 1", translation.item)], publisher="board", now=NOW)
    assert [bool(refusal.errors) for refusal in batch.refusals] + [True] * len(batch.candidates) == [True]
