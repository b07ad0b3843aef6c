"""Where places are: what a name means, which of its bearers, how far apart, and what the tables promise."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.places import AMERICAN, Area, Circle, City, Gazetteer, Spot, fold_name, gazetteer
from schemas.places.files import CITIES, COUNTRIES, STATES, read_rows, split_names
from schemas.places.shapes import distance

Stated = tuple[str | None, str | None, str | None]


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return gazetteer()


def all_cities() -> list[City]:
    rows = (row.split("\t") for row in read_rows(CITIES))
    return [
        City(name, fold_name(name), state, country, float(latitude), float(longitude), int(population))
        for name, _, state, country, latitude, longitude, population in rows
    ]


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


# Metros


def metro_holds(places: Gazetteer, name: str, spot: Spot) -> bool:
    metro = places.metro(name)
    assert metro is not None, name
    return Area("", "", "", metro.circles).holds(spot)


# fmt: off
METROS: list[tuple[str, str, str, str]] = [
    ("San Francisco Bay Area", "CA", "San Francisco|Oakland|San Jose|Palo Alto|Mountain View|Fremont|Berkeley|Redwood City|San Mateo|Sunnyvale|Cupertino|Menlo Park|South San Francisco|Pleasanton|Livermore|Walnut Creek|San Rafael|Emeryville|Half Moon Bay",
     "Sacramento|Modesto|Santa Cruz|Stockton|Monterey|Santa Rosa|Fresno|Los Angeles"),
    ("Silicon Valley", "CA", "Palo Alto|San Jose|Mountain View|Sunnyvale|Cupertino|Santa Clara|Menlo Park|Redwood City|Milpitas|Los Altos|Los Gatos|Campbell|Fremont",
     "San Francisco|Oakland|San Mateo|Hayward|Pleasanton|Berkeley|Half Moon Bay|Santa Cruz|Gilroy"),
    ("New York metropolitan area", "NY", "New York|Brooklyn|Manhattan|Queens|White Plains|Yonkers|Melville", "Albany|Poughkeepsie|Buffalo"),
    ("New York metropolitan area", "NJ", "Jersey City|Newark|Hoboken|Edison|New Brunswick|Parsippany", "Trenton|Camden|Cherry Hill|Atlantic City"),
    ("New York metropolitan area", "CT", "Stamford|Greenwich", "New Haven|Hartford"),
    ("Greater Boston", "MA", "Boston|Cambridge|Somerville|Waltham|Quincy|Burlington|Framingham|Marlborough|Lowell", "Worcester|Springfield|Plymouth"),
    ("Greater Seattle", "WA", "Seattle|Bellevue|Redmond|Kirkland|Tacoma|Everett|Bothell|Renton", "Spokane|Olympia|Vancouver|Bellingham"),
    ("Greater Los Angeles", "CA", "Los Angeles|Santa Monica|Pasadena|Burbank|Long Beach|Irvine|Culver City|El Segundo", "San Diego|Santa Barbara|Bakersfield|Riverside"),
    ("Orange County", "CA", "Irvine|Anaheim|Santa Ana|Costa Mesa|Newport Beach", "Los Angeles|Riverside|Long Beach|San Diego"),
    ("Washington metropolitan area", "DC", "Washington", ""),
    ("Washington metropolitan area", "VA", "Arlington|Reston|Tysons|Herndon|Alexandria|Fairfax|Ashburn|McLean", "Richmond|Charlottesville|Norfolk"),
    ("Washington metropolitan area", "MD", "Bethesda|Rockville|Silver Spring|College Park", "Baltimore|Annapolis"),
    ("Greater Chicago", "IL", "Chicago|Evanston|Naperville|Schaumburg", "Rockford|Springfield|Peoria"),
    ("Greater Austin", "TX", "Austin|Round Rock|Cedar Park|Pflugerville", "San Antonio|Waco|Dallas"),
    ("Dallas-Fort Worth", "TX", "Dallas|Fort Worth|Plano|Irving|Frisco|Arlington|Richardson|Denton", "Waco|Austin|Tyler"),
    ("Greater Houston", "TX", "Houston|Sugar Land|The Woodlands|Katy", "Galveston|Beaumont|College Station"),
    ("Denver-Boulder", "CO", "Denver|Boulder|Aurora|Broomfield|Longmont|Golden", "Colorado Springs|Fort Collins"),
    ("Metro Atlanta", "GA", "Atlanta|Alpharetta|Marietta|Sandy Springs|Duluth", "Athens|Macon|Augusta"),
    ("Research Triangle", "NC", "Raleigh|Durham|Chapel Hill|Cary|Morrisville|Research Triangle Park", "Greensboro|Charlotte|Fayetteville"),
    ("Greater Philadelphia", "PA", "Philadelphia|King of Prussia|Malvern|West Chester", "Allentown|Lancaster"),
    ("Greater Philadelphia", "NJ", "Camden|Cherry Hill", "Princeton|Atlantic City"),
    ("San Diego area", "CA", "San Diego|Carlsbad|La Jolla|Escondido|Oceanside", "Irvine|Temecula"),
    ("Phoenix area", "AZ", "Phoenix|Scottsdale|Tempe|Chandler|Mesa", "Tucson|Flagstaff"),
    ("Portland area", "OR", "Portland|Beaverton|Hillsboro", "Salem|Eugene"),
    ("Portland area", "WA", "Vancouver", "Seattle"),
    ("Wasatch Front", "UT", "Salt Lake City|Lehi|Provo|Draper", "Logan|Saint George"),
    ("Twin Cities", "MN", "Minneapolis|St. Paul|Bloomington|Eden Prairie", "Rochester|Saint Cloud|Duluth"),
    ("South Florida", "FL", "Miami|Fort Lauderdale|Boca Raton|West Palm Beach", "Orlando|Tampa|Naples"),
    ("Metro Detroit", "MI", "Detroit|Dearborn|Troy|Ann Arbor", "Lansing|Flint"),
    ("Greater Pittsburgh", "PA", "Pittsburgh|Cranberry Township", "Erie|Johnstown"),
    ("Greater Charlotte", "NC", "Charlotte|Concord|Huntersville", "Greensboro|Asheville"),
    ("Greater Baltimore", "MD", "Baltimore|Towson|Columbia", "Bethesda|Rockville|Frederick"),
    ("Tampa Bay", "FL", "Tampa|St. Petersburg|Clearwater", "Orlando|Sarasota"),
    ("Greater Orlando", "FL", "Orlando|Winter Park|Kissimmee", "Tampa|Daytona Beach"),
    ("Greater Nashville", "TN", "Nashville|Franklin|Murfreesboro", "Memphis|Knoxville"),
    ("Greater St. Louis", "MO", "St. Louis|Chesterfield|Clayton", "Columbia|Kansas City"),
    ("Kansas City area", "MO", "Kansas City|Lee's Summit", "Saint Joseph|Columbia"),
    ("Kansas City area", "KS", "Overland Park|Olathe|Lenexa", "Topeka|Lawrence"),
    ("Greater Columbus", "OH", "Columbus|Dublin|New Albany", "Cleveland|Dayton|Cincinnati"),
    ("Sacramento area", "CA", "Sacramento|Roseville|Folsom|Davis", "Stockton|San Francisco"),
    ("Greater Toronto Area", "ON", "Toronto|Mississauga|Brampton|Markham|Oakville|Oshawa|Burlington", "Kitchener|Waterloo|London|Ottawa|Barrie"),
    ("Kitchener-Waterloo", "ON", "Kitchener|Waterloo|Cambridge", "Toronto|Guelph|Hamilton"),
    ("Metro Vancouver", "BC", "Vancouver|Burnaby|Richmond|Surrey|Langley", "Victoria|Kelowna|Abbotsford"),
    ("Greater Montreal", "QC", "Montreal|Laval|Longueuil|Brossard", "Quebec|Sherbrooke"),
    ("Greater London", "GB", "London|Croydon|Wembley|Canary Wharf", "Reading|Cambridge|Oxford|Luton|Brighton"),
]
# fmt: on


@pytest.mark.parametrize(("name", "state", "members", "outsiders"), METROS)
def test_metro_holds_its_towns_and_not_the_next_metro(
    places: Gazetteer, name: str, state: str, members: str, outsiders: str
) -> None:
    def spots(names: str) -> dict[str, Spot]:
        where = (None, "GB") if state == "GB" else (state, None)
        return {town: places.locate(town, *where) for town in names.split("|") if town}

    assert [town for town, spot in spots(members + "|" + outsiders).items() if spot.latitude is None] == []
    assert [town for town, spot in spots(members).items() if not metro_holds(places, name, spot)] == []
    assert [town for town, spot in spots(outsiders).items() if metro_holds(places, name, spot)] == []


def test_every_metro_has_its_towns_tested(places: Gazetteer) -> None:
    assert {metro.name for metro in places.metros()} == {name for name, *_ in METROS}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("bay area", "San Francisco Bay Area"),
        ("SF Bay Area", "San Francisco Bay Area"),
        ("Silicon Valley", "Silicon Valley"),
        ("Silicon Valley, CA", "Silicon Valley"),
        ("Bay Area, California", "San Francisco Bay Area"),
        ("boston-area", "Greater Boston"),
        ("Tri-State Area", "New York metropolitan area"),
        ("NYC metro", "New York metropolitan area"),
        ("DMV", "Washington metropolitan area"),
        ("Washington, D.C. area", "Washington metropolitan area"),
        ("Puget Sound", "Greater Seattle"),
        ("RTP", "Research Triangle"),
        ("DFW", "Dallas-Fort Worth"),
        ("Dallas/Fort Worth", "Dallas-Fort Worth"),
        ("Minneapolis-St. Paul", "Twin Cities"),
        ("Saint Louis area", "Greater St. Louis"),
        ("GTA", "Greater Toronto Area"),
    ],
)
def test_metro_is_known_by_its_usual_names(places: Gazetteer, written: str, name: str) -> None:
    metro = places.metro(written)
    assert metro is not None
    assert metro.name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Seattle", "Greater Seattle"),
        ("seattle, wa", "Greater Seattle"),
        ("Boston", "Greater Boston"),
        ("SF", "San Francisco Bay Area"),
        ("San Francisco", "San Francisco Bay Area"),
        ("NYC", "New York metropolitan area"),
        ("New York", "New York metropolitan area"),
        ("Los Angeles", "Greater Los Angeles"),
        ("LA", "Greater Los Angeles"),
        ("London", "Greater London"),
        ("London, UK", "Greater London"),
        ("London, England", "Greater London"),
        ("Dallas", "Dallas-Fort Worth"),
        ("Washington DC", "Washington metropolitan area"),
        ("Washington", "Washington metropolitan area"),
        ("Philly", "Greater Philadelphia"),
        ("St. Paul", "Twin Cities"),
        ("Portland", "Portland area"),
        ("Montreal", "Greater Montreal"),
    ],
)
def test_metro_is_known_by_the_city_it_is_named_for(places: Gazetteer, written: str, name: str) -> None:
    metro = places.metro(written)
    assert metro is not None
    assert metro.name == name


def test_city_that_a_metro_is_named_for_stays_a_city_in_postings(places: Gazetteer) -> None:
    seattle = places.cities("Seattle", "WA")[0]
    assert places.locate("Seattle", None, None) == Spot("seattle", "WA", "US", seattle.latitude, seattle.longitude)
    assert not places.area("Seattle", None, None).holds(places.locate("Bellevue", "WA", None))


@pytest.mark.parametrize(
    "written", ["Nowhere area", "", "!!!", "Portland, ME", "London, Ontario", "Vancouver, WA", "California", "Munich"]
)
def test_metro_that_is_none_is_not_known(places: Gazetteer, written: str) -> None:
    assert places.metro(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Seatle", "Greater Seattle"),
        ("Seatle area", "Greater Seattle"),
        ("Bay Aera", "San Francisco Bay Area"),
        ("Silicon Vally", "Silicon Valley"),
        ("Grater London", "Greater London"),
        ("Chicago land", "Greater Chicago"),
    ],
)
def test_misspelt_metro_is_guessed(places: Gazetteer, written: str, meant: str) -> None:
    similar = places.similar_metros(written)
    assert similar[0] == meant
    assert len(similar) <= 3


@pytest.mark.parametrize("written", ["Bay Area", "Seattle", "Berlin", "Zurich area", "Qxqxqx", "", "!!!"])
def test_no_metro_is_guessed_where_none_is_alike_or_it_is_known(places: Gazetteer, written: str) -> None:
    assert places.similar_metros(written) == ()


def test_no_two_metros_share_a_name(places: Gazetteer) -> None:
    names = [fold_name(name) for metro in places.metros() for name in (metro.name, *metro.names, *metro.cities)]
    assert sorted(names) == sorted(set(names))


# States and countries


@pytest.mark.parametrize(
    ("name", "country", "code"),
    [
        ("Washington", None, ("WA", "US")),
        ("wa", None, ("WA", "US")),
        ("WA", "US", ("WA", "US")),
        ("WA", "AU", None),
        ("WA", "CA", None),
        ("N.Y.", None, ("NY", "US")),
        ("MT", None, ("MT", "US")),
        ("D.C.", "US", ("DC", "US")),
        ("Puerto Rico", None, ("PR", "US")),
        ("Québec", "CA", ("QC", "CA")),
        ("ON", "US", None),
        ("British Columbia", None, ("BC", "CA")),
        ("Bavaria", "DE", None),
        ("", None, None),
    ],
)
def test_state_is_known_by_code_or_name_in_its_country(
    places: Gazetteer, name: str, country: str | None, code: tuple[str, str] | None
) -> None:
    assert places.state_code(name, country) == code


def test_country_is_known_by_its_code(places: Gazetteer) -> None:
    assert places.country_name("US") == "United States"
    assert places.country_name("GB") == "United Kingdom"
    assert places.country_name("ZZ") == "ZZ"
    assert places.is_country("DE")
    assert not places.is_country("UK")
    assert not places.is_country("")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("US", "US"),
        ("us", "US"),
        ("USA", "US"),
        ("U.S.", "US"),
        ("U.S.A.", "US"),
        ("U. S. A.", "US"),
        ("United States of America", "US"),
        ("the United States", "US"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Great Britain", "GB"),
        ("England", "GB"),
        ("Scotland", "GB"),
        ("Wales", "GB"),
        ("Northern Ireland", "GB"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("Holland", "NL"),
        ("The Netherlands", "NL"),
        ("Korea", "KR"),
        ("Republic of Korea", "KR"),
        ("Russia", "RU"),
        ("Czech Republic", "CZ"),
        ("UAE", "AE"),
        ("P.R. China", "CN"),
        ("Côte d'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Georgia", "GE"),
        ("CA", "CA"),
        ("Puerto Rico", "PR"),
        ("Guam", "GU"),
        ("U.S. Virgin Islands", "VI"),
        ("ZZ", None),
        ("Freedonia", None),
        ("California", None),
        ("!!", None),
        ("", None),
    ],
)
def test_country_is_known_by_code_or_by_what_people_write(places: Gazetteer, written: str, code: str | None) -> None:
    assert places.country_code(written) == code


def test_state_is_named_by_its_code_and_country(places: Gazetteer) -> None:
    assert places.state_name("CA", "US") == "California"
    assert places.state_name("ON", "CA") == "Ontario"
    assert places.state_name("PR", "US") == "Puerto Rico"
    assert places.state_name("CA", "CA") == "CA"
    assert places.state_name("bavaria", "DE") == "bavaria"


@pytest.mark.parametrize("nation", ["England", "Scotland", "Wales", "Northern Ireland"])
def test_nations_of_the_united_kingdom_are_states_of_it(places: Gazetteer, nation: str) -> None:
    spot = places.locate("Nowhereville", nation, None)
    assert spot == Spot("nowhereville", fold_name(nation), "GB")
    assert places.area(None, nation, None).holds(spot)
    assert places.area(None, None, "GB").holds(spot)
    assert not places.area(None, nation, None).holds(places.locate("Edinburgh", None, "GB"))


def test_territories_of_the_united_states_are_known_countries(places: Gazetteer) -> None:
    assert sorted(AMERICAN) == ["GU", "MP", "PR", "US", "VI"]
    assert all(map(places.is_country, AMERICAN))


# Spelling


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Seatle", "Seattle"),
        ("Pheonix", "Phoenix"),
        ("San Fransisco", "San Francisco"),
        ("Pitsburgh", "Pittsburgh"),
        ("Cincinatti", "Cincinnati"),
        ("New Yrok", "New York City"),
        ("Munchn", "Munich"),
        ("Seatle WA", "Seattle"),
        ("Seatle, WA", "Seattle"),
        ("Portlnd ME", "Portland"),
        ("Munchn, Germany", "Munich"),
    ],
)
def test_misspelt_city_is_guessed(places: Gazetteer, written: str, meant: str) -> None:
    similar = places.similar(written)
    assert similar[0] == meant
    assert len(similar) <= 3


@pytest.mark.parametrize(
    "written",
    ["Seattle", "Qxqxqx", "", "!?", "S", "USA", "Germany", "California", "Cambridge MA", "Seattle, WA", "Bay Area"],
)
def test_nothing_is_guessed_where_nothing_is_alike_or_the_name_is_known(places: Gazetteer, written: str) -> None:
    assert places.similar(written) == ()


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
    assert bool(spot.city or spot.state or spot.country) >= bool(fold_name(city or ""))
    assert not fold_name(state or "") or spot.state
    if country in ("US", "CA", "GB", "AU", "DE", "IT", "ZZ"):
        assert spot.country == country


@given(NAMES, st.floats(0.1, 20_000))
def test_every_city_that_may_be_meant_is_within_any_distance_of_itself(city: str | None, km: float) -> None:
    area = gazetteer().area(city, None, None, km=km)
    cities = gazetteer().cities(city or "")
    assert len(area.circles) == len(cities)
    assert all(area.holds(Spot("", "", "", one.latitude, one.longitude)) for one in cities)


# The tables


@pytest.mark.parametrize("table", [CITIES, STATES, COUNTRIES])
def test_table_says_where_it_is_from(table: Path) -> None:
    header, columns, *_ = table.read_text("utf-8").split("\n", 3)
    assert header.startswith("# GeoNames (geonames.org), CC BY 4.0;")
    assert header.split("read on ")[1][:2] == "20"
    assert "name" in columns


def test_cities_are_on_the_globe_and_sorted() -> None:
    cities = all_cities()
    assert len(cities) > 40_000
    assert all(-90 <= city.latitude <= 90 and -180 <= city.longitude <= 180 and city.population >= 0 for city in cities)
    assert all(city.key for city in cities)
    order = [(city.key, city.country, city.state, -city.population, city.name) for city in cities]
    assert order == sorted(order)


def test_only_the_us_and_canada_have_states_and_all_theirs_are_known(places: Gazetteer) -> None:
    for city in all_cities():
        assert bool(city.state) == (city.country in ("US", "CA"))
        if city.state:
            assert places.state_code(city.state) == (city.state, city.country)


def test_cities_of_one_name_in_one_state_or_country_are_different_towns() -> None:
    for one, next_one in pairwise(all_cities()):
        if (one.key, one.state, one.country) == (next_one.key, next_one.state, next_one.country):
            assert distance((one.latitude, one.longitude), (next_one.latitude, next_one.longitude)) > 20, one.words()


def test_other_name_of_a_city_is_folded_and_leads_to_one_name_only() -> None:
    keys: dict[str, str] = {}
    for row in read_rows(CITIES):
        name, others, *_ = row.split("\t")
        for other in split_names(others):
            assert fold_name(other) == other != fold_name(name)
            assert keys.setdefault(other, fold_name(name)) == fold_name(name)
    assert not set(keys) & set(keys.values())


@pytest.mark.parametrize("table", [STATES, COUNTRIES])
def test_states_and_countries_are_sorted_and_no_two_share_a_name(table: Path) -> None:
    rows = [row.split("\t") for row in read_rows(table)]
    assert rows == sorted(rows)
    names = [name for code, name, *more in rows for name in {fold_name(code), fold_name(name), *split_names(more[-1])}]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("stated", "metro", "inside"),
    [
        (("San Francisco Bay Area", None, None), "Bay Area", True),
        (("Greater Seattle Area", "WA", "US"), "Puget Sound", True),
        (("Greater Portland", "ME", None), "Portland area", False),
        (("Greater Portland", None, "AU"), "Portland area", False),
    ],
)
def test_a_posting_may_name_a_metro_where_its_city_belongs(
    places: Gazetteer, stated: tuple[str, str | None, str | None], metro: str, inside: bool
) -> None:
    found = places.metro(metro)
    assert found
    assert any(circle.holds(places.locate(*stated)) for circle in found.circles) is inside
