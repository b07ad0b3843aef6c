"""Places as sources write them, and what is made of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.posting import Place
from services.ingest.domain.places import place_of, places_of
from services.ingest.domain.stated import StatedPlace

WRITTEN = [
    ("San Francisco, CA", ("San Francisco", "CA", "US")),
    ("MOUNTAIN VIEW, CALIFORNIA, UNITED STATES", ("Mountain View", "CA", "US")),
    ("Atlanta, Georgia", ("Atlanta", "GA", "US")),
    ("New York City (HQ)", ("New York City", "NY", "US")),
    ("USA DC Washington", ("Washington", "DC", "US")),
    ("USA NC Fort Bragg", ("Fort Bragg", "NC", "US")),
    ("DEU Wiesbaden - Wiesbaden Army Airfield (APC180)", ("Wiesbaden", None, "DE")),
    ("US-CA-Fremont (1003)", ("Fremont", "CA", "US")),
    ("Hybrid - Seattle", ("Seattle", "WA", "US")),
    ("Austin, TX (Remote)", ("Austin", "TX", "US")),
    ("Remote in USA", (None, None, "US")),
    ("Remote - US", (None, None, "US")),
    ("Toronto, ON, CAN", ("Toronto", "ON", "CA")),
    ("Bengaluru, India", ("Bengaluru", None, "IN")),
    ("London", ("London", None, "GB")),
    ("Springfield", ("Springfield", None, "US")),
    ("California", (None, "CA", "US")),
    ("United States", (None, None, "US")),
    ("US only", (None, None, "US")),
    ("Remote-Friendly, United States", (None, None, "US")),
    ("Remote ok, US", (None, None, "US")),
    ("Remote-first, Germany", (None, None, "DE")),
    ("Remote Eligible, Texas", (None, "TX", "US")),
    ("Remote optional - Boston", ("Boston", "MA", "US")),
    ("Boston - Remote possible", ("Boston", "MA", "US")),
    ("Remote (US only)", (None, None, "US")),
    ("Fully Remote - USA", (None, None, "US")),
    ("Remote - US (EST)", (None, None, "US")),
    ("Anywhere in the U.S. (remote job)", (None, None, "US")),
    ("Remote, Oklahoma", (None, "OK", "US")),
    ("Remote, Ontario", (None, "ON", "CA")),
    ("Hartford, CT", ("Hartford", "CT", "US")),
    ("Tallinn, EST", ("Tallinn", None, "EE")),
    ("Greater Boston, US", ("Boston", "MA", "US")),
    ("Greater Boston", ("Boston", "MA", "US")),
    ("Greater Portland, ME", ("Portland", "ME", "US")),
    ("Portland area", ("Portland", "OR", "US")),
    ("NYC metro", ("New York City", "NY", "US")),
    ("San Francisco Bay Area", ("San Francisco Bay Area", "CA", "US")),
    ("\x00Berlin\ud800\x07, DE", ("Berlin", None, "DE")),
]
SEVERAL = [
    ("New York, NY; San Francisco, CA", ["New York City, NY, US", "San Francisco, CA, US"]),
    ("Austin, TX | Denver, CO", ["Austin, TX, US", "Denver, CO, US"]),
    ("NYC or SF", ["New York City, NY, US", "San Francisco, CA, US"]),
    ("London / Berlin", ["London, GB", "Berlin, DE"]),
    ("Boston/New York", ["Boston, MA, US", "New York City, NY, US"]),
    ("Austin, TX & Denver, CO", ["Austin, TX, US", "Denver, CO, US"]),
    ("Nashville/Franklin, TN", ["Nashville, TN, US", "Franklin, TN, US"]),
    ("US/Canada", ["US", "CA"]),
    ("California; Oregon; Washington", ["CA, US", "OR, US", "WA, US"]),
    ("California or New York", ["CA, US", "NY, US"]),
    ("New York; Washington", ["New York City, NY, US", "Washington, DC, US"]),
    ("Austin, TX or Remote", ["Austin, TX, US"]),
    ("Portland or Remote", ["Portland, US"]),
    ("Germany/Remote", ["DE"]),
    ("Berlin/Germany", ["Berlin, DE"]),
    ("Springfield/Illinois", ["Springfield, IL, US"]),
    ("Trinidad and Tobago", ["TT"]),
    ("St. John's, Newfoundland and Labrador", ["St. John's, NL, CA"]),
    ("Nowhereville or Berlin", []),
    ("Research and Development", []),
    ("Paris, London", []),
]
NOWHERE = [
    "Home",
    "Asia",
    "Remote OK",
    "Remote First",
    "Remote (EST)",
    "Remote - EST",
    "EST",
    "Remote (CT)",
    "Remote, Pacific Time",
    "\ud800",
    "\x00",
    "",
    " ",
    "Remote",
    "Hybrid",
    "Anywhere",
    "Multiple Locations",
    "2 Locations",
    "Headquarters",
    "!!!",
    "x" * 5000,
]


@pytest.mark.parametrize(("text", "place"), WRITTEN)
def test_place_is_read_as_it_is_written(text: str, place: tuple[str | None, ...]) -> None:
    city, state, country = place
    assert place_of(StatedPlace(text=text)) == Place(city=city, state=state, country=country)


@pytest.mark.parametrize("text", NOWHERE)
def test_what_names_no_place_is_left_out(text: str) -> None:
    assert place_of(StatedPlace(text=text)) is None


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        (StatedPlace(city="St. Louis", state="MO", country="us"), Place(city="St. Louis", state="MO", country="US")),
        (StatedPlace(city="København", state="Europe", country="DK"), Place(city="København", country="DK")),
        (StatedPlace(city="Munich", state="Bavaria", country="DEU"), Place(city="Munich", state="Bavaria", country="DE")),
        (StatedPlace(country="Germany"), Place(country="DE")),
        (StatedPlace(city="Stockholm", state="Sweden", country="SE"), Place(city="Stockholm", country="SE")),
        (StatedPlace(city="London", state="England", country="GB"), Place(city="London", state="England", country="GB")),
        (StatedPlace(city="Greater Boston", country="US"), Place(city="Boston", state="MA", country="US")),
        (StatedPlace(city="Atlantis 7\ud800\x00"), Place(city="Atlantis 7\ufffd")),
        (
            StatedPlace(city="Munich", state="Bava\ud800ria", country="DE"),
            Place(city="Munich", state="Bava\ufffdria", country="DE"),
        ),
        (StatedPlace(city="Atlantis Base 7"), Place(city="Atlantis Base 7")),
        (StatedPlace(text="London", country="GB"), Place(city="London", country="GB")),
        (StatedPlace(text="Multiple Locations", country="US"), Place(country="US")),
        (StatedPlace(text="London", country="CA", state="ON"), Place(city="London", state="ON", country="CA")),
        (StatedPlace(city="Seattle", text="Seattle HQ"), Place(city="Seattle", state="WA", country="US")),
    ],
)
def test_parts_are_read_as_they_are_stated(stated: StatedPlace, place: Place) -> None:
    assert place_of(stated) == place


@pytest.mark.parametrize(("text", "places"), SEVERAL)
def test_several_places_in_one_text_are_told_apart_where_that_is_certain(text: str, places: list[str]) -> None:
    assert [place.words() for place in places_of([StatedPlace(text=text)])] == places


def test_a_place_that_names_its_country_is_there_whatever_country_is_stated_beside() -> None:
    assert places_of([StatedPlace(text="London, United Kingdom", country="US")]) == (Place(city="London", country="GB"),)
    assert places_of([StatedPlace(text="Berlin", country="US")])[0].country == "US"


@pytest.mark.parametrize(
    ("text", "city", "found"),
    [
        ("San Francisco, CA", "San Fransisco", "San Francisco, CA, US"),
        ("Mountain View, CA", "Montain View", "Mountain View, CA, US"),
        ("Mountain View, CA", "Mount Quux", "Mount Quux, CA, US"),
        ("Quuxville, CA", "Quuxvile", "Quuxvile, CA, US"),
        ("Springfield, CA", "Hartford", "Hartford, CA, US"),
    ],
)
def test_a_slip_of_the_pen_in_a_city_is_mended_by_the_text_beside_it(text: str, city: str, found: str) -> None:
    assert [place.words() for place in places_of([StatedPlace(text=text, city=city, state="CA", country="US")])] == [found]


def test_a_country_of_several_places_is_that_of_those_that_may_be_in_it() -> None:
    found = places_of([StatedPlace(text="Chicago, IL; London; Moscow, Idaho", country="US")])
    assert [place.words() for place in found] == ["Chicago, IL, US", "London, GB", "Moscow, ID, US"]


def test_nobody_means_the_town_of_earth() -> None:
    assert places_of([StatedPlace(text="Earth")]) == ()


def test_a_continent_is_no_state() -> None:
    assert places_of([StatedPlace(state="EMEA")]) == ()


def test_each_place_is_told_once() -> None:
    stated = [StatedPlace(text=text) for text in ("Seattle, WA", "Remote", "Seattle, Washington", "Boston, MA")]
    assert places_of(stated) == (
        Place(city="Seattle", state="WA", country="US"),
        Place(city="Boston", state="MA", country="US"),
    )


@given(*[st.text(st.characters(exclude_categories=()), max_size=300)] * 4)
def test_anything_is_a_place_or_none(text: str, city: str, state: str, country: str) -> None:
    for place in places_of([StatedPlace(text=text, city=city, state=state, country=country)]):
        assert place.words().encode()


@pytest.mark.parametrize("piece", [" ", "remote ", "remote-", "(", "/ ", " or ", "; ", "greater ", " area", "Berlin / "])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    places_of([StatedPlace(text=text), StatedPlace(city=text, state=text, country=text)])
    assert time.process_time() - started < 1
