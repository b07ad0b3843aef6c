"""Where a posting is, and where a filter wants it: names become places that fit each other, or none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.places import Area, Circle, Gazetteer, Spot, fold_name, gazetteer
from schemas.places.shapes import distance
from tests.unit.schemas.towns import Stated, all_cities

# Folding


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("São Paulo", "sao paulo"),
        ("ZÜRICH", "zurich"),
        ("Łódź", "lodz"),
        ("Gießen", "giessen"),
        ("København", "kobenhavn"),
        ("St. Louis", "saint louis"),
        ("St Louis", "saint louis"),
        ("Port St. Lucie", "port saint lucie"),
        ("Sault Ste. Marie", "sault sainte marie"),
        ("Ft. Worth", "fort worth"),
        ("Mt. Vernon", "mount vernon"),
        ("Winston-Salem", "winston salem"),
        ("  Coeur d’Alene ", "coeur d alene"),
        ("Washington, D.C.", "washington dc"),
        ("U.S.A.", "usa"),
        ("MT", "mt"),
        ("Main St", "main st"),
        ("東京", "東京"),
        ("...", ""),
        ("", ""),
    ],
)
def test_name_is_compared_without_case_accents_and_punctuation(written: str, folded: str) -> None:
    assert fold_name(written) == folded


@given(st.text())
def test_folding_a_folded_name_changes_nothing(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


# Postings


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (("Portland", "OR", "US"), ("portland", "OR", "US")),
        (("Portland", "Maine", None), ("portland", "ME", "US")),
        (("Springfield", "IL", None), ("springfield", "IL", "US")),
        (("Paris", "TX", "US"), ("paris", "TX", "US")),
        (("Paris", None, "FR"), ("paris", "", "FR")),
        (("Paris", None, None), ("paris", "", "FR")),
        (("Cambridge", "Massachusetts", "US"), ("cambridge", "MA", "US")),
        (("Cambridge", "MA", None), ("cambridge", "MA", "US")),
        (("Cambridge", None, "GB"), ("cambridge", "", "GB")),
        (("London", "Ontario", None), ("london", "ON", "CA")),
        (("London", "ON", "CA"), ("london", "ON", "CA")),
        (("London", None, "GB"), ("london", "", "GB")),
        (("London", "England", None), ("london", "england", "GB")),
        (("Vancouver", "WA", "US"), ("vancouver", "WA", "US")),
        (("Vancouver", "BC", None), ("vancouver", "BC", "CA")),
        (("New York", "NY", "US"), ("new york city", "NY", "US")),
        (("New York", "New York", None), ("new york city", "NY", "US")),
        (("New York", None, None), ("new york city", "NY", "US")),
        (("Washington", "DC", None), ("washington", "DC", "US")),
        (("Washington", None, None), ("washington", "DC", "US")),
        (("Seattle", None, None), ("seattle", "WA", "US")),
        (("Bengaluru", "Karnataka", "IN"), ("bengaluru", "karnataka", "IN")),
        (("München", "Bayern", "DE"), ("munich", "bayern", "DE")),
        (("Perth", "WA", "AU"), ("perth", "wa", "AU")),
        (("Roma", "TX", "US"), ("rome", "TX", "US")),
        (("Montréal", "Québec", "CA"), ("montreal", "QC", "CA")),
        (("Bonn", None, "Germany"), ("bonn", "", "DE")),
        (("Leeds", None, "uk"), ("leeds", "", "GB")),
    ],
)
def test_one_city_is_meant_and_found(places: Gazetteer, stated: Stated, meant: tuple[str, str, str]) -> None:
    spot = places.locate(*stated)
    assert (spot.city, spot.state, spot.country) == meant
    assert spot.latitude is not None


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        (("Portland", None, None), ("portland", "", "US")),
        (("Portland", None, "US"), ("portland", "", "US")),
        (("Springfield", None, "US"), ("springfield", "", "US")),
        (("Paris", None, "US"), ("paris", "", "US")),
        (("Saint Louis", None, None), ("saint louis", "", "")),
        (("Cambridge", None, None), ("cambridge", "", "")),
        (("San Jose", None, None), ("san jose", "", "")),
        (("Nowhereville", "WA", "US"), ("nowhereville", "WA", "US")),
        (("Nowhereville", "California", None), ("nowhereville", "CA", "US")),
        (("Nowhereville", None, None), ("nowhereville", "", "")),
        (("Seattle", "OR", None), ("seattle", "OR", "US")),
        (("Greater Portland", "ME", None), ("greater portland", "ME", "US")),
        (("Greater Portland", "ME", "US"), ("greater portland", "ME", "US")),
        (("Perth", "WA", None), ("perth", "wa", "")),
        (("Seattle", None, "DE"), ("seattle", "", "DE")),
        ((None, "WA", None), ("", "WA", "US")),
        ((None, "washington", "US"), ("", "WA", "US")),
        ((None, "WA", "AU"), ("", "wa", "AU")),
        ((None, "MT", "US"), ("", "MT", "US")),
        ((None, "Bavaria", "DE"), ("", "bavaria", "DE")),
        ((None, None, "DE"), ("", "", "DE")),
        ((None, None, "Freedonia"), ("", "", "FREEDONIA")),
        ((None, None, None), ("", "", "")),
        (("", "", ""), ("", "", "")),
        (("!!!", " ", "?"), ("", "", "")),
    ],
)
def test_what_is_stated_is_kept_where_no_one_city_is_meant(
    places: Gazetteer, stated: Stated, kept: tuple[str, str, str]
) -> None:
    assert places.locate(*stated) == Spot(*kept)


@pytest.mark.parametrize(
    ("written", "city"),
    [
        ("NYC", "New York City, NY, US"),
        ("N.Y.C.", "New York City, NY, US"),
        ("SF", "San Francisco, CA, US"),
        ("San Fran", "San Francisco, CA, US"),
        ("LA", "Los Angeles, CA, US"),
        ("L.A.", "Los Angeles, CA, US"),
        ("DC", "Washington, DC, US"),
        ("Washington DC", "Washington, DC, US"),
        ("Washington, D.C.", "Washington, DC, US"),
        ("Philly", "Philadelphia, PA, US"),
        ("Vegas", "Las Vegas, NV, US"),
        ("Ft Lauderdale", "Fort Lauderdale, FL, US"),
        ("Lees Summit", "Lee's Summit, MO, US"),
        ("RTP", "Research Triangle Park, NC, US"),
        ("Montreal", "Montréal, QC, CA"),
        ("Quebec City", "Québec, QC, CA"),
        ("Bombay", "Mumbai, IN"),
        ("Bangalore", "Bengaluru, IN"),
        ("Gurgaon", "Gurugram, IN"),
        ("Munich", "Munich, DE"),
        ("Muenchen", "Munich, DE"),
        ("Cologne", "Köln, DE"),
        ("Frankfurt", "Frankfurt am Main, DE"),
        ("Zurich", "Zürich, CH"),
        ("Genève", "Geneva, CH"),
        ("Wien", "Vienna, AT"),
        ("Praha", "Prague, CZ"),
        ("Roma", "Rome, IT"),
        ("Milano", "Milan, IT"),
        ("Lisboa", "Lisbon, PT"),
        ("Seville", "Sevilla, ES"),
        ("Den Haag", "The Hague, NL"),
        ("Krakow", "Kraków, PL"),
        ("Kiev", "Kyiv, UA"),
        ("Saigon", "Ho Chi Minh City, VN"),
        ("CDMX", "Mexico City, MX"),
        ("Xian", "Xi’an, CN"),
    ],
)
def test_usual_names_mean_the_city(places: Gazetteer, written: str, city: str) -> None:
    largest = places.cities(written)[0]
    assert largest.words() == city
    spot = places.locate(written, None, None)
    assert (spot.city, spot.country, spot.latitude) == (largest.key, largest.country, largest.latitude)


def test_nickname_means_no_town_elsewhere(places: Gazetteer) -> None:
    assert [city.words() for city in places.cities("SF")] == ["San Francisco, CA, US"]
    assert places.cities("SF", country="PH") == ()
    assert len(places.cities("San Francisco", country="PH")) >= 1


@pytest.mark.parametrize("stated", [("San Juan", None, "PR"), ("San Juan", "PR", "US"), ("San Juan", "Puerto Rico", None)])
def test_puerto_rico_is_a_state_of_the_us_however_it_is_stated(places: Gazetteer, stated: Stated) -> None:
    spot = places.locate(*stated)
    assert (spot.state, spot.country) == ("PR", "US")
    assert spot.latitude == pytest.approx(18.47, abs=0.01)
    assert places.area(None, None, "PR").holds(spot)
    assert places.area(None, None, "US").holds(spot)


def test_cities_of_one_name_come_the_largest_first(places: Gazetteer) -> None:
    assert [city.words() for city in places.cities("Portland")[:2]] == ["Portland, OR, US", "Portland, ME, US"]
    assert [city.words() for city in places.cities("portland", "Maine")] == ["Portland, ME, US"]
    assert [city.country for city in places.cities("Paris", country="FR")] == ["FR"]
    assert places.cities("Nowhereville") == ()
    people = [city.population for city in places.cities("Springfield")]
    assert len(people) > 10
    assert people == sorted(people, reverse=True)


SPLIT: list[tuple[Stated, Stated]] = [
    (("Remote in USA", None, None), (None, None, "US")),
    (("US, CA, Santa Clara", None, None), ("Santa Clara", "CA", "US")),
    (("United States, Washington, Redmond", None, None), ("Redmond", "WA", "US")),
    (("US-CA-Fremont (1003)", None, None), ("Fremont", "CA", "US")),
    (("Bengaluru, Karnataka, India", None, None), ("Bengaluru", None, "IN")),
    (("La Jolla, San Diego, CA", None, None), ("La Jolla", "CA", None)),
    (("North York, Toronto, ON, Canada", None, None), ("North York", "ON", "CA")),
    (("Austin, TX (Hybrid)", None, None), ("Austin", "TX", None)),
    (("Wayne, PA Hybrid", None, None), ("Wayne", "PA", None)),
    (("Chicago, United States; New York, United States", None, None), ("Chicago", None, "US")),
    (("Seattle, WA", None, None), ("Seattle", "WA", "US")),
    (("Seattle WA", None, None), ("Seattle", "WA", "US")),
    (("seattle,wa", None, None), ("Seattle", "WA", "US")),
    (("Seattle, Washington", None, None), ("Seattle", "WA", "US")),
    (("Seattle (WA)", None, None), ("Seattle", "WA", "US")),
    (("Seattle-WA", None, None), ("Seattle", "WA", "US")),
    (("O'Fallon IL", None, None), ("O'Fallon", "IL", "US")),
    (("Seattle - WA - USA", None, None), ("Seattle", "WA", "US")),
    (("New York, NY", None, None), ("New York", "NY", "US")),
    (("New York New York", None, None), ("New York", "NY", "US")),
    (("Cambridge MA", None, None), ("Cambridge", "MA", "US")),
    (("Cambridge, MA, USA", None, None), ("Cambridge", "MA", "US")),
    (("Cambridge MA, USA", None, None), ("Cambridge", "MA", "US")),
    (("Cambridge, UK", None, None), ("Cambridge", None, "GB")),
    (("Billings MT USA", None, None), ("Billings", "MT", "US")),
    (("St. Louis, MO", None, None), ("St. Louis", "MO", "US")),
    (("Washington, D.C., USA", None, None), ("Washington", "DC", "US")),
    (("Kansas City Missouri", None, None), ("Kansas City", "MO", "US")),
    (("Santa Fe New Mexico", None, None), ("Santa Fe", "NM", "US")),
    (("San Francisco, California, United States", None, None), ("San Francisco", "CA", "US")),
    (("Toronto, ON, Canada", None, None), ("Toronto", "ON", "CA")),
    (("St. John's, Newfoundland and Labrador", None, None), ("St. John's", "NL", "CA")),
    (("Munich, Germany", None, None), ("Munich", None, "DE")),
    (("München, Deutschland", None, None), ("Munich", None, "DE")),
    (("Amsterdam, the Netherlands", None, None), ("Amsterdam", None, "NL")),
    (("Bafatá, Guinea-Bissau", None, None), ("Bafatá", None, "GW")),
    (("Edinburgh, Scotland", None, None), ("Edinburgh", "Scotland", "GB")),
    (("London, England, United Kingdom", None, None), ("London", "England", "GB")),
    (("San Juan, PR", None, None), ("San Juan", "PR", "US")),
    (("Remote, US", None, None), ("Remote", None, "US")),
    (("Nowhereville, WA", None, None), ("Nowhereville", "WA", "US")),
    # A code of a state and of a country is the state's, unless the city is in the country only.
    (("Ontario, CA", None, None), ("Ontario", "CA", "US")),
    (("Vancouver, CA", None, None), ("Vancouver", "BC", "CA")),
    (("Munich, DE", None, None), ("Munich", None, "DE")),
    (("Atlanta, Georgia", None, None), ("Atlanta", "GA", "US")),
    (("Tbilisi, Georgia", None, None), ("Tbilisi", None, "GE")),
    (("Perth, WA", None, None), ("Perth", "WA", None)),
    # What is stated besides agrees.
    (("Seattle, WA", "Washington", "US"), ("Seattle", "WA", "US")),
    (("Seattle, WA", None, "US"), ("Seattle", "WA", "US")),
    (("Toronto, ON, Canada", None, "CA"), ("Toronto", "ON", "CA")),
    (("Munich, Germany", "Bavaria", None), ("Munich", "Bavaria", "DE")),
    (("Perth, Australia", "WA", None), ("Perth", "WA", "AU")),
    # A state or country alone, or with its country.
    (("California", None, None), (None, "CA", "US")),
    (("Texas", None, None), (None, "TX", "US")),
    (("California, USA", None, None), (None, "CA", "US")),
    (("California", None, "US"), (None, "CA", "US")),
    (("California", "CA", "US"), (None, "CA", "US")),
    (("Ontario, Canada", None, None), (None, "ON", "CA")),
    (("Virginia", None, None), (None, "VA", "US")),
    (("Georgia", None, None), (None, "GA", "US")),
    (("Puerto Rico", None, None), (None, "PR", "US")),
    (("WA", None, None), (None, "WA", "US")),
    (("United States", None, None), (None, None, "US")),
    (("USA", None, None), (None, None, "US")),
    (("U.S.", None, None), (None, None, "US")),
    (("Germany", None, None), (None, None, "DE")),
    (("Germany", None, "DE"), (None, None, "DE")),
    (("Scotland", None, None), (None, "Scotland", "GB")),
    # Unless a large city has the name, or the state that is stated does not agree.
    (("Washington", None, None), ("Washington", "DC", "US")),
    (("New York", None, None), ("New York", "NY", "US")),
    (("New York, USA", None, None), ("New York", "NY", "US")),
    (("Ontario", None, None), ("Ontario", "CA", "US")),
    (("Hong Kong", None, None), ("Hong Kong", None, "HK")),
    (("Singapore, Singapore", None, None), ("Singapore", None, "SG")),
    (("California", "MD", None), ("California", "MD", "US")),
    (("California, MD", None, None), ("California", "MD", "US")),
    (("Delaware Ohio", None, None), ("Delaware", "OH", "US")),
    (("Bra", None, None), ("Bra", None, "IT")),
]


@pytest.mark.parametrize(("written", "meant"), SPLIT)
def test_state_and_country_behind_or_instead_of_a_city_are_read(places: Gazetteer, written: Stated, meant: Stated) -> None:
    spot = places.locate(*written)
    assert spot == places.locate(*meant)
    assert places.area(*written).holds(spot)
    assert places.area(*meant).holds(spot)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (("Seattle, WA", "OR", None), ("seattle wa", "OR", "US")),
        (("Seattle, WA", None, "DE"), ("seattle wa", "", "DE")),
        (("Mumbai, MH", None, None), ("mumbai mh", "", "")),
        (("Chicago, New York", None, None), ("chicago new york", "", "")),
        (("Villanova", "PA", None), ("villanova", "PA", "US")),
        (("Vienna", "MD", None), ("vienna", "MD", "US")),
        (("Baja California", None, None), ("baja california", "", "")),
        (("New England", None, None), ("new england", "", "")),
        (("New South Wales", None, "AU"), ("new south wales", "", "AU")),
        (("Noord Holland", None, None), ("noord holland", "", "")),
        (("USA, Canada", None, None), ("usa canada", "", "")),
        (("Texas, California", None, None), ("texas california", "", "")),
        (("Nowhereville WA", None, None), ("nowhereville wa", "", "")),
        (("Seattle, WA or Portland, OR", None, None), ("seattle wa or portland or", "", "")),
        (("Seattle, WA 98101", None, None), ("seattle wa 98101", "", "")),
    ],
)
def test_other_words_stay_one_name(places: Gazetteer, written: Stated, kept: tuple[str, str, str]) -> None:
    assert places.locate(*written) == Spot(*kept)


def test_every_city_is_found_with_its_state_and_country_behind_it(places: Gazetteer) -> None:
    for city in all_cities()[::29]:
        land = f"{city.state} {places.country_name(city.country)}".strip()
        for written in (f"{city.name}, {land}", f"{city.name} {land}"):
            assert places.locate(written, None, None) == places.locate(city.name, city.state, city.country), written


@pytest.mark.parametrize(
    ("name", "state", "country"),
    [
        ("Kansas City", "", "US"),
        ("Bellevue", "", "US"),
        ("Springfield", "", "US"),
        ("Portland", "", "US"),
        ("Newport, Wales", "wales", "GB"),
        ("Cambridge", "", ""),
        ("San Jose", "", ""),
        ("Alta Sierra", "CA", "US"),
    ],
)
def test_what_all_cities_of_a_name_have_in_common_is_filled_in(places: Gazetteer, name: str, state: str, country: str) -> None:
    spot = places.locate(name, None, None)
    assert (spot.state, spot.country, spot.latitude) == (state, country, None)
    assert len(places.cities(name)) > 1


@pytest.mark.parametrize(
    ("city", "country"), [("Singapore", "SG"), ("Hong Kong", "HK"), ("Luxembourg", "LU"), ("Gibraltar", "GI")]
)
def test_city_that_is_a_country_is_in_it(places: Gazetteer, city: str, country: str) -> None:
    spot = places.locate(city, None, None)
    assert places.area(None, None, country).holds(spot)
    assert places.area(city, None, None, km=5).holds(spot)
    assert spot == places.locate(city, None, country)
    assert spot.latitude is not None


# Filters


@pytest.mark.parametrize(
    ("asked", "stated", "holds"),
    [
        (("Portland", None, None), ("Portland", "OR", "US"), True),
        (("Portland", None, None), ("Portland", "ME", "US"), True),
        (("Portland", "OR", None), ("Portland", "Oregon", "US"), True),
        (("Portland", "OR", None), ("Portland", "ME", "US"), False),
        (("Portland", "OR", None), ("Portland", None, None), False),
        (("Portland", None, None), ("Portland", None, None), True),
        (("NYC", None, None), ("New York", "NY", "US"), True),
        (("New York City", "New York", "US"), ("NYC", None, None), True),
        (("Bangalore", None, "IN"), ("Bengaluru", "Karnataka", "IN"), True),
        (("Washington", None, None), ("Washington, DC", None, "US"), True),
        (("Washington", "DC", None), ("Washington", "PA", "US"), False),
        ((None, "California", None), ("San Jose", "CA", "US"), True),
        ((None, "WA", None), ("Seattle", None, None), True),
        ((None, "WA", None), ("Perth", "WA", "AU"), False),
        ((None, "Washington", None), ("Washington", "DC", "US"), False),
        (("Perth", "WA", None), ("Perth", "WA", "AU"), True),
        (("Paris", None, "FR"), ("Paris", "TX", "US"), False),
        ((None, None, "US"), ("Paris", "TX", None), True),
        ((None, None, "US"), ("Paris", None, None), False),
        ((None, None, "GB"), ("Leeds", None, None), True),
        ((None, "Bavaria", "DE"), ("Munich", "bavaria", "DE"), True),
        (("Nowhereville", None, None), ("nowhereville", "OR", "US"), True),
        (("Nowhereville", None, None), (None, "OR", "US"), False),
        (("San José", None, None), ("San Jose", "CA", "US"), True),
        ((None, None, None), ("Seattle", "WA", "US"), True),
        ((None, None, None), (None, None, None), True),
    ],
)
def test_area_holds_what_fits_all_of_its_names(places: Gazetteer, asked: Stated, stated: Stated, holds: bool) -> None:
    assert places.area(*asked).holds(places.locate(*stated)) is holds


@pytest.mark.parametrize(
    "asked", [("!!!", None, None), ("   ", None, None), (None, "?", None), ("Seattle", "-", None), ("!!!", None, "US")]
)
def test_name_without_a_letter_or_digit_holds_nowhere(places: Gazetteer, asked: Stated) -> None:
    area = places.area(*asked, km=50)
    assert not area.holds(places.locate("Seattle", "WA", "US"))
    assert not area.holds(places.locate(*asked))


def test_area_is_not_narrowed_to_the_largest_city(places: Gazetteer) -> None:
    assert places.area("Seattle", None, None) == Area("seattle", "", "")
    assert places.area("Seattle", "wa", None) == Area("seattle", "WA", "US")
    assert places.area("Seattle", "OR", None) == Area("seattle", "OR", "US")


@pytest.mark.parametrize(
    ("asked", "km", "stated", "holds"),
    [
        (("Seattle", "WA", None), 30, ("Bellevue", "WA", "US"), True),
        (("Seattle", "WA", None), 30, ("Portland", "OR", "US"), False),
        (("Seattle", "WA", None), 240, ("Portland", "OR", "US"), True),
        (("San Francisco", "CA", "US"), 60, ("San Jose", "CA", "US"), False),
        (("San Francisco", "CA", "US"), 70, ("San Jose", "CA", "US"), True),
        (("Portland", None, None), 30, ("Beaverton", "OR", "US"), True),
        (("Portland", None, None), 30, ("South Portland", "ME", "US"), True),
        (("Portland", "OR", None), 30, ("South Portland", "ME", "US"), False),
        (("Seattle", "WA", None), 30, (None, "WA", "US"), False),
        (("Nowhereville", None, None), 30, ("Nowhereville", "OR", "US"), True),
        (("Nowhereville", None, None), 30, ("Portland", "OR", "US"), False),
        (("Portland", None, None), 30, ("Portland", None, "US"), True),
    ],
)
def test_distance_is_counted_from_every_city_that_fits(
    places: Gazetteer, asked: Stated, km: float, stated: Stated, holds: bool
) -> None:
    assert places.area(*asked, km=km).holds(places.locate(*stated)) is holds


def test_circles_alone_ask_for_no_name() -> None:
    circle = Circle(47.6, -122.3, 10)
    assert Area("", "", "", (circle,)).holds(Spot("x", "", "", 47.6, -122.3))
    assert not Area("", "", "", (circle,)).holds(Spot("x", "", "", 45.5, -122.7))
    assert not Area("", "", "", (circle,)).holds(Spot("x", "", ""))
    assert Area("x", "", "", (circle,)).holds(Spot("x", "", ""))


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(0.1, 20_100))
def test_circle_holds_what_is_near_enough_wherever_on_the_globe(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float, km: float
) -> None:
    apart = distance((latitude, longitude), (other_latitude, other_longitude))
    spot = Spot("x", "", "", other_latitude, other_longitude)
    assert Circle(latitude, longitude, km).holds(spot) is (apart <= km)
    assert Circle(latitude, longitude, apart + 0.000_001).holds(spot)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (("Seattle", "WA"), ("Portland", "OR"), 233),
        (("San Francisco", "CA"), ("San Jose", "CA"), 67.5),
        (("New York", "NY"), ("Los Angeles", "CA"), 3_936),
    ],
)
def test_distance_is_that_of_the_globe(places: Gazetteer, one: tuple[str, str], other: tuple[str, str], km: float) -> None:
    first, second = places.cities(*one)[0], places.cities(*other)[0]
    measured = distance((first.latitude, first.longitude), (second.latitude, second.longitude))
    assert measured == pytest.approx(km, rel=0.01)


def test_distance_reaches_across_the_date_line_and_around_the_globe() -> None:
    assert distance((0, 179.5), (0, -179.5)) == pytest.approx(111.19, rel=0.001)
    assert distance((90, 0), (-90, 0)) == pytest.approx(20_015, rel=0.001)
    assert distance((12.3, 45.6), (12.3, 45.6)) == 0


# Properties

PIECES = [
    "Seattle",
    "Ontario",
    "WA",
    "CA",
    "California",
    "Canada",
    "US",
    "Georgia",
    "PR",
    "Perth",
    "Luxembourg",
    "Wales",
    "x",
    "!",
]
NAMES = st.one_of(
    st.none(),
    st.text(),
    st.sampled_from([city.name for city in all_cities()[::97]]),
    st.sampled_from(["Portland", "Perth", "SF", "Roma", "Rome", "St. Louis", "Bay Area", "Washington", "Wien", "San Juan"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(" ".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(", ".join),
)
STATES_WRITTEN = st.one_of(
    st.none(), st.text(), st.sampled_from(["WA", "wa", "TX", "ON", "Quebec", "Washington", "PR", "Bavaria"])
)
COUNTRIES_WRITTEN = st.one_of(st.none(), st.text(), st.sampled_from(["US", "CA", "GB", "AU", "DE", "PR", "IT", "USA", "ZZ"]))


@given(NAMES, STATES_WRITTEN, COUNTRIES_WRITTEN)
def test_spot_is_in_the_area_of_its_own_names_and_of_what_was_stated(
    city: str | None, state: str | None, country: str | None
) -> None:
    spot = gazetteer().locate(city, state, country)
    assert gazetteer().area(spot.city, spot.state, spot.country).holds(spot)
    blank = any(text and not fold_name(text) for text in (city, state, country))
    assert gazetteer().area(city, state, country).holds(spot) is not blank
    assert (spot.latitude is None) == (spot.longitude is None)


@given(NAMES, STATES_WRITTEN, COUNTRIES_WRITTEN)
def test_what_was_stated_is_in_the_spot(city: str | None, state: str | None, country: str | None) -> None:
    spot = gazetteer().locate(city, state, country)
    said = re.sub(r"\s*\([^()]*\)?\s*\Z", "", city or "")  # what is all a note in brackets says no place: "(Remote)"
    assert bool(spot.city or spot.state or spot.country) >= bool(fold_name(said))
    assert not fold_name(state or "") or spot.state
    if country in ("US", "CA", "GB", "AU", "DE", "IT", "ZZ"):
        assert spot.country == country


@given(NAMES, st.floats(0.1, 20_000))
def test_every_city_that_may_be_meant_is_within_any_distance_of_itself(city: str | None, km: float) -> None:
    area = gazetteer().area(city, None, None, km=km)
    cities = gazetteer().cities(city or "")
    assert len(area.circles) == len(cities)
    assert all(area.holds(Spot("", "", "", one.latitude, one.longitude)) for one in cities)
