"""Places as sources write them, and what is made of them."""

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
]
NOWHERE = ["", " ", "Remote", "Hybrid", "Anywhere", "Multiple Locations", "2 Locations", "Headquarters", "!!!", "x" * 5000]


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
        (StatedPlace(city="Atlantis Base 7"), Place(city="Atlantis Base 7")),
        (StatedPlace(text="London", country="GB"), Place(city="London", country="GB")),
        (StatedPlace(text="Multiple Locations", country="US"), Place(country="US")),
        (StatedPlace(text="London", country="CA", state="ON"), Place(city="London", state="ON", country="CA")),
        (StatedPlace(city="Seattle", text="Seattle HQ"), Place(city="Seattle", state="WA", country="US")),
    ],
)
def test_parts_are_read_as_they_are_stated(stated: StatedPlace, place: Place) -> None:
    assert place_of(stated) == place


def test_each_place_is_told_once() -> None:
    stated = [StatedPlace(text=text) for text in ("Seattle, WA", "Remote", "Seattle, Washington", "Boston, MA")]
    assert places_of(stated) == (
        Place(city="Seattle", state="WA", country="US"),
        Place(city="Boston", state="MA", country="US"),
    )


@given(*[st.text(max_size=300)] * 4)
def test_anything_is_a_place_or_none(text: str, city: str, state: str, country: str) -> None:
    place_of(StatedPlace(text=text, city=city, state=state, country=country))
