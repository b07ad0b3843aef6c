"""What no field says is read out of title and text, each value with the sentence that says it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from schemas.posting import Pay, Posting
from schemas.provenance import Origin, Terms
from services.ingest.domain.batch import Item, posting_of
from services.ingest.domain.provenance import Provenance

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TEXT = (
    "<h3>About the role</h3><p>You build models in San Francisco.</p>"
    "<p>The base salary range for this role is $170,000—$216,000 USD.</p><p>This is a full-time, hybrid position.</p>"
)


def posting(provenance: Provenance | None = None, **more: Any) -> Posting:
    item = {"source_id": "42", "title": "Engineer", "company": "Acme", "url": "https://jobs.example/42", "description": TEXT}
    return posting_of(Item("item 0", item | more, provenance=provenance), publisher="board", now=NOW)


def said(found: Posting, field: str) -> str:
    """The words that say a field."""
    [origin] = [origin for origin in found.origins if origin.field == field]
    return (found.title if origin.where == "title" else found.text)[origin.start : origin.end]


def test_text_says_what_no_field_says() -> None:
    found = posting()
    assert found.pay == Pay(minimum=Decimal(170000), maximum=Decimal(216000), currency="USD", period="year")
    assert (found.workplace, found.employment_types) == ("hybrid", ("full_time",))
    assert said(found, "pay") == "The base salary range for this role is $170,000—$216,000 USD."
    assert said(found, "workplace") == said(found, "employment_types") == "This is a full-time, hybrid position."


def test_title_says_it_whole() -> None:
    found = posting(title="Data Engineer (part-time)", description="Build.")
    assert (found.employment_types, said(found, "employment_types")) == (("part_time",), "Data Engineer (part-time)")


def test_where_people_must_live_is_where_they_work_from_if_the_job_is_remote() -> None:
    text = "You must reside in Canada."
    assert posting(description=text).remote_from == posting(description=text, workplace="on_site").remote_from == ()
    assert posting(description=text, workplace="remote").remote_from == ("CA",)
    found = posting(description=f"This role is remote. {text}")
    assert (found.remote_from, said(found, "remote_from")) == (("CA",), text)
    assert posting(description="Open to remote candidates in Canada.", workplace="on_site").remote_from == ("CA",)


def test_a_notice_for_other_jobs_of_the_house_says_nothing_of_this_one() -> None:
    notice = "<p>The below is for staff, and does not apply to this internship.</p><p>Minimum education: Bachelor’s degree</p>"
    assert posting(description=TEXT + notice).degree is None
    assert posting(description=TEXT + notice.replace("not apply", "apply")).degree == "bachelor"


def test_headed_parts_of_the_text_are_found() -> None:
    found = posting()
    [section] = found.sections
    assert (section.kind, section.heading) == ("about", "About the role")
    assert found.text[section.start : section.end] == found.text.removeprefix("About the role").strip()


def test_what_a_publisher_says_stays_and_needs_no_origin() -> None:
    found = posting(workplace="remote", pay={"minimum": 1, "currency": "USD", "period": "hour"}, employment_types=["intern"])
    assert (found.workplace, found.employment_types) == ("remote", ("intern",))
    assert found.pay == Pay(minimum=Decimal(1), currency="USD", period="hour")
    assert {origin.field for origin in found.origins}.isdisjoint({"workplace", "pay", "employment_types"})


def test_what_a_source_says_keeps_its_origin_and_its_terms() -> None:
    origins = (Origin(field="workplace", stated_as="jobLocationType"),)
    provenance = Provenance(terms=Terms(attribution="by Acme"), origins=origins)
    found = posting(provenance, workplace="remote")
    assert found.origins[0] == Origin(field="workplace", stated_as="jobLocationType")
    assert found.terms == Terms(attribution="by Acme")
    assert found.summary().terms == found.terms


def test_each_skill_has_the_words_that_name_it_and_a_language_the_whole_text() -> None:
    found = posting(title="iOS Developer", description="We use Swift and Kubernetes, and you will write for all of our users.")
    assert (found.skills, found.language) == (("iOS", "Swift", "Kubernetes"), "en")
    assert [said(found, f"skills.{skill}") for skill in found.skills] == ["iOS", "Swift", "Kubernetes"]
    assert said(found, "language") == found.text


@pytest.mark.parametrize("description", ["", "Come and work with us.", "<p>We raised $30M and serve 5 cities.</p>"])
def test_what_nobody_says_is_absent(description: str) -> None:
    found = posting(description=description)
    assert (found.pay, found.workplace, found.employment_types, found.places, found.remote_from) == (None, None, (), (), ())
    assert {origin.field for origin in found.origins} <= {"language"}
