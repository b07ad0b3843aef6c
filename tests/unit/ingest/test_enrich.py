"""What a field says comes before what the text says, and each value tells where it came from."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.posting import Pay, Place
from services.ingest.domain.enrich import Origin, enrich
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace

TEXT = (
    "<h3>About the role</h3><p>You build models in San Francisco.</p>"
    "<p>The base salary range for this role is $170,000—$216,000 USD.</p><p>This is a full-time, hybrid position.</p>"
)


def stated(**more: Any) -> Stated:
    fields = {"source_id": "42", "title": " Machine  Learning Engineer", "company": "Acme\n", "description": TEXT}
    return Stated(**(fields | {"url": "https://jobs.example/42?gh_jid=42&utm_source=board"} | more))


def test_text_says_what_no_field_says() -> None:
    found = enrich(stated())
    assert (found.title, found.company, found.url) == ("Machine Learning Engineer", "Acme", "https://jobs.example/42?gh_jid=42")
    assert found.pay == Pay(minimum=Decimal(170000), maximum=Decimal(216000), currency="USD", period="year")
    assert (found.workplace, found.employment_types) == ("hybrid", ("full_time",))
    assert "$170,000—$216,000 USD" in found.origins["pay"].sentence
    assert found.origins["pay"].field == ""


def test_field_goes_before_the_text_and_is_named() -> None:
    found = enrich(
        stated(
            pay=StatedPay(minimum=Decimal(90), currency="usd", period="HOUR"),
            workplace="Fully remote",
            employment=("CONTRACTOR",),
            places=(StatedPlace(text="Seattle, WA"), StatedPlace(text="Multiple Locations")),
            remote_from=("USA Only",),
            skills=("Python",),
            posted_on=date(2026, 11, 2),
            fields={"pay": "baseSalary", "workplace": "jobLocationType", "employment": "employmentType"},
        )
    )
    assert found.pay == Pay(minimum=Decimal(90), currency="USD", period="hour")
    assert (found.workplace, found.employment_types, found.remote_from) == ("remote", ("contract",), ("US",))
    assert found.places == (Place(city="Seattle", state="WA", country="US"),)
    assert found.origins["pay"] == Origin(field="baseSalary")
    assert found.origins["workplace"] == Origin(field="jobLocationType")
    assert found.origins["employment_types"] == Origin(field="employmentType")


def test_text_of_a_pay_field_is_read() -> None:
    found = enrich(stated(description="", pay_text="$135,000 - $198,000 / year", fields={"pay_text": "compensation"}))
    assert found.pay == Pay(minimum=Decimal(135000), maximum=Decimal(198000), currency="USD", period="year")
    assert found.origins["pay"] == Origin(field="compensation")


@pytest.mark.parametrize("description", ["", "Come and work with us.", "<p>We raised $30M and serve 5 cities.</p>"])
def test_what_nobody_says_is_absent(description: str) -> None:
    found = enrich(stated(description=description))
    assert (found.pay, found.workplace, found.employment_types, found.places, found.remote_from) == (None, None, (), (), ())
    assert found.origins == {}
