"""Metropolitan areas: by which names they are known, and which towns they hold."""

import pytest

from schemas.places import Area, Gazetteer, Spot, fold_name


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
