"""States, countries, names that are guessed, and the tables they are read from."""

from itertools import pairwise
from pathlib import Path

import pytest

from schemas.places import AMERICAN, Gazetteer, Spot, fold_name
from schemas.places.files import CITIES, COUNTRIES, STATES, read_rows, split_names
from schemas.places.shapes import distance
from tests.unit.schemas.towns import all_cities

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
