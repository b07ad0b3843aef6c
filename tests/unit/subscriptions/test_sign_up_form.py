from typing import Any

import pytest

from schemas.filter.asked import asked_filter
from services.subscriptions.web import companies, numbers
from services.subscriptions.web.doubts import doubts
from services.subscriptions.web.form import EMPTY, Excerpt, Fields, read
from services.subscriptions.web.labels import in_plain

GOOD: Fields = {"email": ["jane@example.com"], "keywords": ["python"]}


def asked(**fields: str | list[str]) -> dict[str, Any]:
    """The filter of a form that is right but for nothing."""
    sent = read({**GOOD, **{name: [value] if isinstance(value, str) else value for name, value in fields.items()}})
    assert sent.wanted, sent.errors
    return sent.wanted.filter.model_dump(mode="json", exclude_defaults=True, exclude={"version", "keywords"})


def test_a_full_form_becomes_a_filter_of_all_clauses() -> None:
    sent = read(
        {
            "email": ["Jane@Example.com"],
            "name": [" ML "],
            "keywords": ['"machine learning" C++ (jax or pytorch) -manager'],
            "city": ["San Francisco"],
            "state": ["CA"],
            "country": ["us"],
            "within": ["25,5"],
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
            {"city": "San Francisco", "state": "CA", "country": "US", "within": {"distance": "25.5", "unit": "km"}},
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
        ("metro", "Xqzzy", 'No area "Xqzzy" is known. There is San Francisco Bay Area, '),
        ("metro", "Greater Bostn", "Did you mean Greater Boston"),
        ("metro", "a\0b", "control character"),
        ("within", "near", "number above 0"),
        ("within", "25", "the city that the distance is counted from"),
        ("hide", "everything", "one of the boxes"),
        ("seniorities", "wizard", "one of the boxes"),
        ("city", "x" * 101, "at most 100 characters"),
        ("state", "\N{RIGHT-TO-LEFT OVERRIDE}AC", "direction mark"),
        ("country", "Atlantis", "two letters"),
        ("country", "1", "two letters"),
        ("workplaces", "moon", "one of the boxes"),
        ("visa_types", "B-52", "one of the boxes"),
        ("pay_amount", "lots", "number above 0"),
        ("pay_amount", "-5", "number above 0"),
        ("pay_amount", "NaN", "number above 0"),
        ("pay_amount", "1e30", "number above 0"),
        ("pay_amount", "1.5m", "number above 0"),
        ("pay_amount", "150 apples", "number above 0"),
        ("employment_types", "gig", "one of the boxes"),
        ("companies_include", "a\u2028b", "line separator"),
        ("companies_exclude", "x" * 101, "at most 100 characters"),
        ("companies_exclude", "; ".join(map(str, range(51))), "at most 50 of them"),
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
    sent = read({"email": ["x"], "country": ["Atlantis"], "pay_amount": ["lots"], "keywords": ["("], "metro": ["Atlantis"]})
    assert set(sent.errors or {}) == {"email", "keywords", "country", "metro", "pay_amount"}


def test_the_form_as_first_shown_asks_for_nothing() -> None:
    sent = read({**EMPTY, "email": ["jane@example.com"]})
    assert sent.wanted is None
    assert "at least one thing" in sent.error("form")


def test_what_is_hidden_at_first_is_ticked_for_people_who_need_a_visa() -> None:
    assert EMPTY["hide"] == ["citizenship", "clearance"]
    sent = read({**GOOD, **EMPTY})
    assert sent.wanted
    assert sent.wanted.filter.hide == ("citizenship", "clearance")


BAY_AREA = {"metro": "Bay Area"}
REMOTE_US = {"country": "US", "workplaces": ["remote"]}


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"metro": "Bay Area", "country": "US"}, [BAY_AREA]),
        ({"metro": "Bay Area", "state": "California"}, [BAY_AREA]),
        ({"metro": "Bay Area", "state": "CA", "country": "USA"}, [BAY_AREA]),
        ({"metro": "Bay Area", "country": "Germany"}, [{"country": "DE"}, BAY_AREA]),
        ({"metro": "Bay Area", "state": "WA"}, [{"state": "WA"}, BAY_AREA]),
        ({"metro": "Bay Area", "city": "Seattle", "country": "US"}, [{"city": "Seattle", "country": "US"}, BAY_AREA]),
        ({"metro": "Bay Area"}, [BAY_AREA]),
        ({"state": "CA", "country": "us"}, [{"state": "CA", "country": "US"}]),
    ],
)
def test_an_area_says_more_than_the_state_and_country_around_it(fields: dict[str, str], places: list[object]) -> None:
    assert asked(**fields) == {"places": places}


@pytest.mark.parametrize(("country", "is_doubted"), [("US", False), ("", False), ("Germany", True)])
def test_an_area_beside_another_country_is_doubted(country: str, *, is_doubted: bool) -> None:
    sent = read({**GOOD, "metro": ["Bay Area"], "country": [country]})
    assert sent.doubt("metro") == ("San Francisco Bay Area is not in Germany: both are taken." if is_doubted else "")


@pytest.mark.parametrize(
    ("fields", "clauses"),
    [
        ({"city": "Seattle"}, {"places": [{"city": "Seattle"}, REMOTE_US]}),
        ({"city": "Toronto"}, {"places": [{"city": "Toronto"}, REMOTE_US | {"country": "CA"}]}),
        ({"state": "BC"}, {"places": [{"state": "BC"}, REMOTE_US | {"country": "CA"}]}),
        ({"metro": "Bay Area", "country": "US"}, {"places": [BAY_AREA, REMOTE_US]}),
        (
            {"city": "Cork", "country": "Ireland"},
            {"places": [{"city": "Cork", "country": "IE"}, REMOTE_US | {"country": "IE"}]},
        ),
        ({"country": "CA"}, {"places": [{"country": "CA"}]}),
        ({}, {"places": [REMOTE_US]}),
        ({"workplaces": "on_site"}, {"places": [{"country": "US", "workplaces": ["on_site", "remote"]}]}),
        ({"workplaces": "remote", "city": "Seattle"}, {"workplaces": ["remote"], "places": [{"city": "Seattle"}, REMOTE_US]}),
        (
            {"workplaces": ["on_site", "hybrid"], "city": "Seattle"},
            {"places": [{"city": "Seattle", "workplaces": ["on_site", "hybrid"]}, REMOTE_US]},
        ),
        (
            {"workplaces": "on_site", "country": "US"},
            {"places": [{"country": "US", "workplaces": ["on_site"]}, REMOTE_US]},
        ),
    ],
)
def test_remote_within_the_country_is_an_alternative_to_the_place(
    fields: dict[str, str | list[str]], clauses: dict[str, object]
) -> None:
    assert asked(or_remote="yes", **fields) == clauses


@pytest.mark.parametrize("place", [{"city": "Seattle"}, {"state": "WA"}, {"metro": "Greater Seattle"}])
def test_remote_alone_and_a_place_takes_remote_within_the_country(place: dict[str, str]) -> None:
    assert asked(workplaces="remote", **place) == {"workplaces": ["remote"], "places": [place, REMOTE_US]}


@pytest.mark.parametrize("boxes", [["remote", "hybrid"], ["on_site"]])
def test_other_boxes_and_a_place_are_both_demanded(boxes: list[str]) -> None:
    assert asked(workplaces=boxes, city="Seattle") == {"workplaces": boxes, "places": [{"city": "Seattle"}]}


def test_remote_and_a_country_are_both_demanded() -> None:
    assert asked(workplaces="remote", country="US") == {"workplaces": ["remote"], "places": [{"country": "US"}]}


@pytest.mark.parametrize("country", ["DE", "de", "Germany"])
def test_a_country_is_known_by_its_name(country: str) -> None:
    assert asked(country=country) == {"places": [{"country": "DE"}]}


@pytest.mark.parametrize(
    ("text", "number", "currency"),
    [
        ("150000", "150000", ""),
        ("150k", "150000", ""),
        ("150 K", "150000", ""),
        ("62.5k", "62500", ""),
        ("$150,000", "150000", "USD"),
        ("150.000", "150000", ""),
        ("1.500.000", "1500000", ""),
        ("150'000", "150000", ""),
        ("150 000", "150000", ""),
        ("15,00,000", "1500000", ""),
        ("120000.50", "120000.50", ""),
        ("120,000.50", "120000.50", ""),
        ("120.000,50", "120000.50", ""),
        ("61,5", "61.5", ""),
        ("0.500", "0.500", ""),
        ("€ 60k", "60000", "EUR"),
        ("£60,000", "60000", "GBP"),
        ("₹15,00,000", "1500000", "INR"),
        ("¥9,000,000", "9000000", "JPY"),
        ("60.000 €", "60000", "EUR"),
        ("C$90k", "90000", "CAD"),
        ("EUR 60000", "60000", "EUR"),
        ("90000 usd", "90000", "USD"),
        ("1,25.5", "1,25.5", ""),
        ("1,500,50", "1,500,50", ""),
        ("1.5m", "1.5m", ""),
        ("120-150k", "120-150k", ""),
        ("-5", "-5", ""),
        ("", "", ""),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, number: str, currency: str) -> None:
    assert numbers.amount(text) == (number, currency)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("25", "25", ""),
        ("25,5", "25.5", ""),
        ("25.5", "25.5", ""),
        ("1,250", "1250", ""),
        ("25 mi", "25", "mi"),
        ("25 Miles", "25", "mi"),
        ("25mi.", "25", "mi"),
        ("40 km", "40", "km"),
        ("40 kilometres", "40", "km"),
        ("40 leagues", "40 leagues", ""),
        ("near", "near", ""),
    ],
)
def test_a_distance_may_bring_its_unit(text: str, number: str, unit: str) -> None:
    assert numbers.distance(text) == (number, unit)


def test_the_unit_in_the_text_stands_above_the_list() -> None:
    [place] = asked(city="Seattle", within="40 km", within_unit="mi")["places"]
    assert place["within"] == {"distance": "40", "unit": "km"}


@pytest.mark.parametrize(
    ("amount", "field", "currency"),
    [("€60k", "USD", "EUR"), ("₹15,00,000", "", "INR"), ("$90k", "CAD", "CAD"), ("60k", "€", "EUR"), ("60k", "gbp", "GBP")],
)
def test_a_sign_sets_the_currency_that_was_left_as_it_is(amount: str, field: str, currency: str) -> None:
    assert asked(pay_amount=amount, pay_currency=field)["minimum_pay"]["currency"] == currency


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Google, Inc., Meta", ["Google, Inc.", "Meta"]),
        ("Acme, Initech", ["Acme", "Initech"]),
        ("Foo Co., Ltd.; Bar, GmbH\r\nBaz, llc", ["Foo Co., Ltd.", "Bar, GmbH", "Baz, llc"]),
        ("Acme, L.L.C., Initech S.A., Globex, LP", ["Acme, L.L.C.", "Initech S.A.", "Globex, LP"]),
        ("Acme, Coca-Cola, Inca Mining, Sage", ["Acme", "Coca-Cola", "Inca Mining", "Sage"]),
        (" ; ,\n", []),
    ],
)
def test_companies_are_split_but_not_before_a_legal_form(text: str, names: list[str]) -> None:
    assert companies.split(text) == names
    assert companies.split(companies.joined(names)) == names


def test_companies_are_shown_again_as_they_were_understood() -> None:
    sent = read({**GOOD, "companies_include": ["Google, Inc., Meta"], "companies_exclude": ["a\nb"]})
    assert sent.value("companies_include") == "Google, Inc.; Meta"
    assert sent.value("companies_exclude") == "a; b"


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("python salary:100k jax", ("python ", "salary:100k", " jax")),
        ("  (python or jax", ("(python or jax", "\xa0\xa0", "")),
        ("()", ("", "()", "")),
        (f"{'word ' * 20}a:b {'word ' * 20}", ("…" + ("word " * 12), "a:b", " " + "word " * 12 + "…")),
    ],
)
def test_the_place_of_a_mistake_in_the_words_is_marked(text: str, excerpt: Excerpt) -> None:
    assert read({**GOOD, "keywords": [text]}).excerpt() == excerpt


def test_nothing_is_marked_where_the_words_are_right() -> None:
    assert read(GOOD).excerpt() is None
    assert read({**GOOD, "country": ["Atlantis"]}).excerpt() is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("salary:100k", "there is a field for pay below"),
        ("visa:yes", "there is a field for visas below"),
        ("city:Austin", "there is a field for places below, or write location:"),
        ("degree:bachelor", "this form has no field for degrees"),
    ],
)
def test_a_field_in_the_words_is_named_as_the_form_has_it(text: str, words: str) -> None:
    assert words in read({**GOOD, "keywords": [text]}).error("keywords")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("minimum_pay keeps postings that do not say", '"Pay" keeps postings that do not say'),
        (
            "takes all: places takes the whole; hide only leaves out",
            'takes all: "Place" takes the whole; "Leave out postings" only leaves out',
        ),
        ("no place takes what `workplaces` asks for", 'no place takes what "Where the work is done" asks for'),
        ("all that is in `include` is in `exclude` too", 'all that is in "only these" is in "never these" too'),
        ("there are no places; keywords must occur", "there are no places; keywords must occur"),
    ],
)
def test_clauses_are_named_with_the_words_of_the_form(text: str, plain: str) -> None:
    assert in_plain(text) == plain


def test_doubts_stand_beside_what_they_are_about_and_are_no_errors() -> None:
    sent = read({**GOOD, "city": ["Seatle"], "pay_amount": ["150"]})
    assert sent.wanted
    assert sent.errors is None
    assert {doubt.field for doubt in sent.doubts} == {"city", "pay_amount"}
    assert "Seatle" in sent.doubt("city")
    assert "is the period right" in sent.doubt("pay_amount")


@pytest.mark.parametrize(
    ("amount", "period", "is_doubted"),
    [("999", "year", True), ("1000", "year", False), ("60", "hour", False), ("5000000", "month", True)],
)
def test_pay_that_is_hardly_meant_is_doubted_once(amount: str, period: str, *, is_doubted: bool) -> None:
    sent = read({**GOOD, "pay_amount": [amount], "pay_period": [period]})
    assert [doubt.field for doubt in sent.doubts] == ["pay_amount"] * is_doubted


def test_a_filter_that_takes_nearly_everything_is_doubted_as_a_whole() -> None:
    sent = read({**EMPTY, "email": ["jane@example.com"], "pay_amount": ["150k"]})
    [doubt] = sent.doubts
    assert (doubt.field, doubt.label) == ("", "")
    assert doubt.words.startswith("It takes nearly every posting")
    assert "_" not in doubt.words


def test_doubts_of_clauses_that_the_form_has_not_are_told_too() -> None:
    filter = asked_filter.validate_python({"companies": {"include": ["Acme"], "exclude": ["Acme"]}, "occupations": ["99-0000"]})
    found = {doubt.label: doubt.field for doubt in doubts(filter)}
    assert found == {"Companies": "companies_include", "Occupation": ""}
    area = asked_filter.validate_python(
        {"places": [{"metro": "Bay Area", "workplaces": ["remote"]}], "workplaces": ["on_site"]}
    )
    assert [(doubt.label, doubt.field) for doubt in doubts(area)] == [("Place", "city")]


def test_what_was_seen_is_not_asked_again_until_the_filter_changes() -> None:
    fields: Fields = {**GOOD, "pay_amount": ["150"]}
    first = read(fields)
    assert first.is_to_be_asked()
    again: Fields = {**fields, "anyway": [first.digest()]}
    assert not read(again).is_to_be_asked()
    assert not read({**again, "name": ["Mine"]}).is_to_be_asked()
    assert read({**again, "pay_amount": ["151"]}).is_to_be_asked()
    assert not read({**again, "pay_amount": ["150k"]}).is_to_be_asked()
    assert not read(GOOD).is_to_be_asked()


@pytest.mark.parametrize("box", ["workplaces", "visa_types", "hide", "employment_types", "seniorities"])
def test_too_many_boxes_are_told_in_plain_words(box: str) -> None:
    sent = read({**GOOD, box: ["remote"] * 20})
    assert sent.errors == {box: "Choose one of the boxes."}
