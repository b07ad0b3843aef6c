import pytest

from services.subscriptions.web.form import EMPTY, Fields, read

GOOD: Fields = {"email": ["jane@example.com"], "keywords": ["python"]}


def test_a_full_form_becomes_a_filter_of_all_clauses() -> None:
    sent = read(
        {
            "email": ["Jane@Example.com"],
            "name": [" ML "],
            "keywords": ['"machine learning" C++ (jax or pytorch) -manager'],
            "city": ["San Francisco"],
            "state": ["CA"],
            "country": ["us"],
            "within": ["1,25.5"],
            "within_unit": ["km"],
            "metro": ["bay area"],
            "workplaces": ["remote", "hybrid"],
            "visa_types": ["H-1B"],
            "hide": ["citizenship", "clearance"],
            "pay_amount": ["$120,000.50"],
            "pay_currency": ["usd"],
            "pay_period": ["year"],
            "pay_unstated": ["keep"],
            "employment_types": ["full_time"],
            "seniorities": ["entry", "mid"],
            "companies_include": ["Acme, Initech"],
            "companies_exclude": ["Globex"],
            "added_by_an_extension": ["x"],
        }
    )
    assert sent.errors is None
    assert sent.wanted
    assert (sent.wanted.email, sent.wanted.name) == ("Jane@example.com", "ML")
    assert sent.wanted.filter.model_dump(mode="json", exclude_defaults=True) == {
        "version": 2,
        "keywords": {"all": ["machine learning", "C++"], "any": ["jax", "pytorch"], "none": ["manager"]},
        "places": [
            {"city": "San Francisco", "state": "CA", "country": "US", "within": {"distance": "125.5", "unit": "km"}},
            {"metro": "bay area"},
        ],
        "workplaces": ["remote", "hybrid"],
        "visa_types": ["H-1B"],
        "hide": ["citizenship", "clearance"],
        "minimum_pay": {"amount": "120000.50"},
        "employment_types": ["full_time"],
        "seniorities": ["entry", "mid"],
        "companies": {"include": ["Acme", "Initech"], "exclude": ["Globex"]},
    }


def test_empty_fields_are_no_clauses() -> None:
    sent = read({name: [""] for name in ("name", "city", "state", "country", "pay_amount", "companies_include")} | dict(GOOD))
    assert sent.wanted
    assert sent.wanted.filter.model_dump(exclude_defaults=True) == {"version": 2, "keywords": {"all": ("python",)}}


@pytest.mark.parametrize(("unstated", "expected"), [(["keep"], "keep"), ([], "drop")])
def test_the_box_decides_about_unstated_pay(unstated: list[str], expected: str) -> None:
    sent = read({**GOOD, "pay_amount": ["100000"], "pay_unstated": unstated})
    assert sent.wanted
    assert sent.wanted.filter.minimum_pay
    assert sent.wanted.filter.minimum_pay.unstated == expected


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "", "@-sign"),
        ("email", "jane", "@-sign"),
        ("email", "jane@example", "period"),
        ("email", "jane\0@example.com", "control character"),
        ("name", "x" * 201, "at most 200 characters"),
        ("name", "a\rb", "control character"),
        ("keywords", "a\0b", "control character"),
        ("keywords", "x" * 101, "100"),
        ("keywords", " or ".join(f"w{number}" for number in range(51)), "50"),
        ("keywords", "python (jax or", "At character"),
        ("metro", "Atlantis", "not known; there are"),
        ("within", "near", "number above 0"),
        ("within", "25", "the city that it is counted from"),
        ("hide", "everything", "citizenship"),
        ("seniorities", "wizard", "entry"),
        ("city", "x" * 101, "at most 100 characters"),
        ("state", "\N{RIGHT-TO-LEFT OVERRIDE}AC", "direction mark"),
        ("country", "Germany", "two letters"),
        ("country", "1", "two letters"),
        ("workplaces", "moon", "remote"),
        ("visa_types", "H1B", "H-1B"),
        ("pay_amount", "lots", "number above 0"),
        ("pay_amount", "-5", "number above 0"),
        ("pay_amount", "NaN", "number above 0"),
        ("pay_amount", "1e30", "number above 0"),
        ("employment_types", "gig", "full_time"),
        ("companies_include", "a\u2028b", "line separator"),
        ("companies_exclude", "x" * 101, "at most 100 characters"),
    ],
)
def test_an_error_stands_beside_its_field_and_the_input_is_kept(field: str, value: str, words: str) -> None:
    sent = read({**GOOD, field: [value]})
    assert sent.wanted is None
    assert list(sent.errors or {}) == [field]
    assert words in sent.error(field)
    assert sent.value(field) == value
    if field != "email":
        assert sent.value("email") == "jane@example.com"


@pytest.mark.parametrize(("field", "value"), [("pay_currency", "dollars"), ("pay_period", "decade")])
def test_errors_of_the_pay_stand_beside_their_part(field: str, value: str) -> None:
    sent = read({**GOOD, "pay_amount": ["1"], field: [value]})
    assert list(sent.errors or {}) == [field]


def test_several_errors_are_all_shown() -> None:
    sent = read({"email": ["x"], "country": ["Germany"], "pay_amount": ["lots"], "keywords": ["("], "metro": ["Atlantis"]})
    assert set(sent.errors or {}) == {"email", "keywords", "country", "metro", "pay_amount"}


def test_the_form_as_first_shown_asks_for_nothing() -> None:
    sent = read({**EMPTY, "email": ["jane@example.com"]})
    assert sent.wanted is None
    assert "at least one thing" in sent.error("form")
