"""schema.org `JobPosting`: in JSON-LD and microdata, as pages of our own writing have them."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.ingest.domain.remote_from import remote_from
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.jobposting import SOURCE
from services.ingest.sources.source import NoPage
from tests.support.recorded import lines, read, row

PAGE = "https://jobs.example.com/7"
MICRODATA = b"""<html><body><article itemscope itemtype="https://schema.org/JobPosting">
<h1 itemprop="title">Night <b>Baker</b></h1><meta itemprop="employmentType" content="PART_TIME">
<a itemprop="url" href="/jobs/night-baker">here</a><time itemprop="datePosted" datetime="2026-03-01">yesterday</time>
<div itemprop="hiringOrganization" itemscope itemtype="https://schema.org/Organization"><span itemprop="name">Acme</span></div>
<div itemprop="jobLocation" itemscope itemtype="https://schema.org/Place">
 <div itemprop="address" itemscope><span itemprop="addressLocality">Ghent</span><span itemprop="addressCountry">BE</span></div></div>
<div itemprop="jobLocation" itemscope><div itemprop="address">Oslo, Norway</div></div>
<div itemprop="description"><p>Bread.</p><ul><li>Cake.</li></ul></div></article></body></html>"""


def page(*scripts: Any) -> bytes:
    """A web page with these values in JSON-LD; a text stands as it is."""
    written = (script if isinstance(script, str) else json.dumps(script) for script in scripts)
    return "".join(f'<script type="application/ld+json">{script}</script>' for script in written).encode()


def posting(**more: Any) -> dict[str, Any]:
    return {"@context": "https://schema.org", "@type": "JobPosting", "title": "Baker", **more}


def one(**more: Any) -> Stated:
    (stated,) = read(SOURCE, page(posting(**more)), PAGE).postings
    return stated


@pytest.mark.parametrize(
    "value",
    [
        posting(),
        [{"@type": "WebSite"}, posting()],
        {"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "Acme"}, posting()]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": posting()}]},
        posting(**{"@type": ["JobPosting", "Thing"]}),
        posting(**{"@type": "https://schema.org/JobPosting"}),
    ],
)
def test_posting_is_found_wherever_it_stands(value: Any) -> None:
    for found in (page(value), json.dumps(value).encode(), page("<!-- " + json.dumps(value) + " -->")):
        assert [row(stated) for stated in read(SOURCE, found, PAGE).postings] == [
            {"source_id": PAGE, "title": "Baker", "url": PAGE}
        ]


def test_fields_by_eye() -> None:
    stated = one(
        url="/jobs/baker?x=1",
        identifier={"@type": "PropertyValue", "name": "Acme", "value": 7},
        description="<p>Bread.</p>",
        hiringOrganization={"@type": "Organization", "name": "Acme "},
        jobLocation={
            "@type": "Place",
            "address": {"addressLocality": "Ghent", "addressRegion": "East Flanders", "addressCountry": "BE"},
        },
        jobLocationType="TELECOMMUTE",
        applicantLocationRequirements=[{"@type": "Country", "name": "Belgium"}, {"@type": "State", "name": "Ohio, US"}],
        employmentType=["FULL_TIME", "INTERN"],
        baseSalary={
            "@type": "MonetaryAmount",
            "currency": "EUR",
            "value": {"minValue": 2500, "maxValue": "3100.50", "unitText": "MONTH"},
        },
        skills="baking",
        datePosted="2026-01-31T23:30:00-05:00",
        validThrough="2026-03-01",
        inLanguage="nl",
    )
    assert row(stated) == {
        "source_id": "https://jobs.example.com/jobs/baker?x=1",
        "title": "Baker",
        "company": "Acme",
        "url": "https://jobs.example.com/jobs/baker?x=1",
        "places": (StatedPlace(city="Ghent", state="East Flanders", country="BE"),),
        "workplace": "TELECOMMUTE",
        "remote_from": ("Belgium", "Ohio, US"),
        "employment": ("FULL_TIME", "INTERN"),
        "pay": StatedPay(minimum=Decimal(2500), maximum=Decimal("3100.50"), currency="EUR", period="MONTH"),
        "skills": ("baking",),
        "posted_on": date(2026, 1, 31),
        "valid_through": date(2026, 3, 1),
        "language": "nl",
    }
    assert lines(stated) == ["Bread."]


ORGANIZATION = {"@type": "Organization", "@id": "#org", "name": "Acme"}
PLACE = {"@type": "Place", "@id": "#place", "address": {"addressLocality": "Ghent", "addressCountry": "BE"}}


@pytest.mark.parametrize("location", [{"@id": "#place"}, [{"@id": "#place", "@type": "Place"}]])
def test_what_stands_elsewhere_on_the_page_is_looked_up(location: Any) -> None:
    job = posting(hiringOrganization={"@id": "#org"}, jobLocation=location)
    graph = {"@graph": [job, {"@type": "WebSite", "publisher": ORGANIZATION}, PLACE]}
    for found in (page(graph), page(job, ORGANIZATION, [PLACE]), json.dumps(graph).encode()):
        (stated,) = read(SOURCE, found, PAGE).postings
        assert (stated.company, stated.places) == ("Acme", (StatedPlace(city="Ghent", country="BE"),))
        assert stated.unread == ()


@pytest.mark.parametrize(
    "thing", [None, {"@id": "#org"}, {"@id": "#org", "parentOrganization": {"@id": "#org"}}, {"@id": "#other", "name": "Acme"}]
)
def test_reference_to_nothing_or_to_itself_names_nobody(thing: Any) -> None:
    (stated,) = read(SOURCE, page(posting(hiringOrganization={"@id": "#org"}), thing), PAGE).postings
    assert stated.company == ""
    refers = not (isinstance(thing, dict) and "parentOrganization" in thing)
    assert stated.unread == (("hiringOrganization: refers to nothing on the page",) if refers else ())


@pytest.mark.parametrize(
    ("organization", "company"), [([ORGANIZATION], "Acme"), (["Acme", ORGANIZATION], "Acme"), (["Acme", "Other"], ""), ([], "")]
)
def test_one_company_in_a_list_is_the_company(organization: Any, company: str) -> None:
    stated = one(hiringOrganization=organization)
    assert stated.company == company
    assert stated.unread == (("hiringOrganization: names several",) if "Other" in organization else ())


@pytest.mark.parametrize(
    ("required", "remote"),
    [
        ({"@type": "Country", "name": "DE"}, ("DE",)),
        ({"@type": "Country", "name": "CA"}, ("CA",)),
        ({"@type": "Country", "name": "France"}, ("FR",)),
        ([{"@type": "Country", "name": "DE"}, {"@type": "Country", "name": "BA"}], ("BA", "DE")),
        ({"@type": "State", "name": "DE"}, ()),
        ("DE", ()),
    ],
)
def test_code_of_a_country_is_no_state(required: Any, remote: tuple[str, ...]) -> None:
    assert remote_from(one(applicantLocationRequirements=required).remote_from) == remote


@pytest.mark.parametrize(
    ("said", "skills", "unread"),
    [
        ("Python, Java; SQL", ("Python", "Java", "SQL"), ()),
        ("Node.js, .NET, and C/C++", ("Node.js", ".NET", "C/C++"), ()),
        ([{"@type": "DefinedTerm", "name": "Python"}, "Java, SQL"], ("Python", "Java", "SQL"), ()),
        ("You know Python, Java.", (), ("skills: is a sentence",)),
        ("Some years of baking bread, cakes", (), ("skills: is a sentence",)),
        (["Python", "You know how to bake bread"], ("Python",), ("skills.1: is a sentence",)),
        (" " * 100_000, (), ()),
        ("a " * 3 + " " * 100_000, ("a a a",), ()),
    ],
)
def test_skills_are_names(said: Any, skills: tuple[str, ...], unread: tuple[str, ...]) -> None:
    stated = one(skills=said)
    assert (stated.skills, stated.unread) == (skills, unread)


@pytest.mark.parametrize(
    ("months", "years"), [(36, 3), ("24", 2), (0, 0), (18, None), (-12, None), ("two years", None), (None, None)]
)
def test_experience_is_in_whole_years(months: Any, years: int | None) -> None:
    assert one(experienceRequirements={"monthsOfExperience": months}).experience_years == years


def test_several_experiences_are_none() -> None:
    several = [{"monthsOfExperience": 12}, {"monthsOfExperience": 24}]
    assert one(experienceRequirements=several).experience_years is None


@pytest.mark.parametrize(
    ("more", "degree"),
    [
        ({"educationRequirements": {"credentialCategory": "bachelor degree"}}, "bachelor degree"),
        ({"educationRequirements": [{"credentialCategory": "high school"}]}, "high school"),
        ({"educationRequirements": "no requirements"}, ""),
        ({"educationRequirements": [{"credentialCategory": "high school"}, {"credentialCategory": "bachelor degree"}]}, ""),
        (
            {
                "educationRequirements": {"credentialCategory": "bachelor degree"},
                "experienceInPlaceOfEducation": True,
            },
            "",
        ),
    ],
)
def test_degree_is_the_only_one_that_is_asked_for(more: dict[str, Any], degree: str) -> None:
    assert one(**more).degree == degree


@pytest.mark.parametrize(
    ("salary", "pay"),
    [
        ({"currency": "USD", "value": {"value": 30, "unitText": "HOUR"}}, StatedPay(minimum=Decimal(30), maximum=Decimal(30), currency="USD", period="HOUR")),
        ({"currency": "USD", "value": "90000"}, StatedPay(minimum=Decimal(90000), maximum=Decimal(90000), currency="USD")),
        ({"currency": "USD", "minValue": 1, "maxValue": 2, "unitText": "DAY"}, StatedPay(minimum=Decimal(1), maximum=Decimal(2), currency="USD", period="DAY")),
        ({"currency": "USD", "value": {"minValue": 5}}, StatedPay(minimum=Decimal(5), currency="USD")),
        (45000, StatedPay(minimum=Decimal(45000), maximum=Decimal(45000), currency="CHF")),
        ({"currency": "USD", "value": {"minValue": 120000, "maxValue": "150,000"}}, StatedPay(minimum=Decimal(120000), maximum=Decimal(150000), currency="USD")),
        ({"currency": "USD", "value": {"minValue": 120000, "maxValue": "150.000"}}, None),
        ({"currency": "USD", "value": {"value": "30 or so", "minValue": 30}}, None),
        ([{"currency": "CHF", "value": 90000}, {"currency": "CHF", "value": 95000}], StatedPay(minimum=Decimal(90000), maximum=Decimal(90000), currency="CHF")),
        ([{"currency": "USD", "value": 90000}, {"currency": "EUR", "value": 80000}], None),
        ({"currency": "USD", "value": {}}, None),
        ([], None),
    ],
)  # fmt: skip
def test_pay_in_its_spellings(salary: Any, pay: StatedPay | None) -> None:
    assert one(baseSalary=salary, salaryCurrency="CHF").pay == pay


def test_several_currencies_are_noted() -> None:
    stated = one(baseSalary=[{"currency": "USD", "value": 90000}, {"currency": "EUR", "value": 80000}])
    assert stated.unread == ("baseSalary: has several currencies",)


def test_pay_in_microdata_may_have_a_space_between_its_thousands() -> None:
    pay = (
        b'<div itemprop="baseSalary" itemscope><meta itemprop="currency" content="EUR"><div itemprop="value" itemscope>'
        b'<span itemprop="minValue">2 400</span><span itemprop="maxValue">2&nbsp;900</span></div></div></article>'
    )
    (stated,) = read(SOURCE, MICRODATA.replace(b"</article>", pay), PAGE).postings
    assert stated.pay == StatedPay(minimum=Decimal(2400), maximum=Decimal(2900), currency="EUR")


def test_pay_as_a_text_is_not_taken_for_a_number() -> None:
    stated = one(baseSalary="$20 an hour")
    assert (stated.pay, stated.pay_text) == (None, "$20 an hour")


@pytest.mark.parametrize(
    ("location", "places"),
    [
        ("Ghent, Belgium", [StatedPlace(text="Ghent, Belgium")]),
        ({"address": "Ghent"}, [StatedPlace(text="Ghent")]),
        ({"@type": "Place", "name": "Head office"}, [StatedPlace(text="Head office")]),
        ({"address": {"addressCountry": {"@type": "Country", "name": "BE"}}}, [StatedPlace(country="BE")]),
        ([{"address": {"addressLocality": "Ghent"}}, "Oslo"], [StatedPlace(city="Ghent"), StatedPlace(text="Oslo")]),
        ({"address": {}}, []),
    ],
)
def test_places_in_their_spellings(location: Any, places: list[StatedPlace]) -> None:
    assert list(one(jobLocation=location).places) == places


def test_postings_of_one_page_are_told_apart_by_their_identifiers() -> None:
    found = read(SOURCE, page([posting(identifier="a"), posting(identifier={"value": 2}), posting(url="#c")]), PAGE)
    assert [stated.source_id for stated in found.postings] == [f"{PAGE}#a", f"{PAGE}#2", f"{PAGE}#c"]


def test_broken_script_is_told_and_its_neighbour_read() -> None:
    found = read(SOURCE, page('{"@type": "JobPosting", "title": ', '{"@type": "WebSite", ', posting()), PAGE)
    assert [(bad.place, bad.problem) for bad in found.unreadable] == [
        ("script.0", "not JSON: Expecting value at line 1, column 34")
    ]
    assert [stated.title for stated in found.postings] == ["Baker"]


@pytest.mark.parametrize(
    "wrapped",
    ["<!-- {} -->", " //<![CDATA[\n{}\n//]]> ", "// <!--\n{}\n// -->", "//<!--" + " " * 100_000 + "{}" + " " * 100_000],
)
def test_script_may_be_wrapped(wrapped: str) -> None:
    (stated,) = read(SOURCE, page(wrapped.replace("{}", json.dumps(posting()))), PAGE).postings
    assert stated.title == "Baker"


def test_line_breaks_within_texts_are_spaces() -> None:
    (stated,) = read(SOURCE, page('{"@type": "JobPosting",\n "title": "Night\n\tBaker"}'), PAGE).postings
    assert stated.title == "Night Baker"


def test_microdata() -> None:
    (stated,) = read(SOURCE, MICRODATA, PAGE).postings
    assert row(stated) == {
        "source_id": "https://jobs.example.com/jobs/night-baker",
        "title": "Night Baker",
        "company": "Acme",
        "url": "https://jobs.example.com/jobs/night-baker",
        "places": (StatedPlace(city="Ghent", country="BE"), StatedPlace(text="Oslo, Norway")),
        "employment": ("PART_TIME",),
        "posted_on": date(2026, 3, 1),
    }
    assert lines(stated) == ["Bread.", "- Cake."]


def test_microdata_beside_json_ld_is_the_same_posting() -> None:
    assert len(read(SOURCE, MICRODATA + page(posting()), PAGE).postings) == 1


def test_page_in_latin_1_says_so() -> None:
    text = '<html><head><meta charset="iso-8859-1"></head>' + page('{"@type":"JobPosting","title":"Bäcker"}').decode()
    (stated,) = read(SOURCE, text.encode("latin-1"), PAGE).postings
    assert stated.title == "Bäcker"


@pytest.mark.parametrize(
    "found", [b"", b" ", b"<", b"<p>No jobs today.</p>", b"{}", b"[1]", b"{", b"\0", b"[" * 100_000, page([])]
)
def test_page_without_a_posting_is_none(found: bytes) -> None:
    with pytest.raises(NoPage):
        read(SOURCE, found, PAGE)


def test_file_without_an_address_has_no_posting_without_one() -> None:
    found = read(
        SOURCE, page([posting(), posting(url="https://example.com/7"), {"@type": "JobPosting", "url": "https://example.com/8"}])
    )
    assert [bad.problem for bad in found.unreadable] == ["url: is missing", "name: is missing"]
    assert [stated.url for stated in found.postings] == ["https://example.com/7"]
