"""JAW-1's numbers in the product's own words: a row enters; a filter made ready, or the facts of a posting, leaves.

Filters go through the filter model and `wanted`, places on both sides through the gazetteer, pay through its conversion,
companies through their keys. The names are invented, and no table knows them (a test sees to it).
"""

from decimal import Decimal
from functools import cache
from typing import Final, get_args

from benchmarks.matching.rows import NONE, FilterRow, PostingRow
from schemas.filter.money import yearly
from schemas.filter.tree import VERSION, Companies, Filter, Keywords, MinimumPay, PlaceWanted
from schemas.places import Spot, gazetteer
from schemas.posting import EmploymentType, Place, VisaType
from schemas.words.company import company_key
from services.matcher.domain.facts import Facts
from services.matcher.domain.wanted import Wanted, wanted

VISAS: Final[tuple[VisaType, ...]] = get_args(VisaType)[:8]
EMPLOYMENT_TYPES: Final[tuple[EmploymentType, ...]] = get_args(EmploymentType)[:5]
FIRST_STATE, FIRST_CITY = 10, 100
"""Countries are numbered from 0, states and cities from here."""


def asked(row: FilterRow) -> Wanted:
    """A filter as the index takes it."""
    return wanted(as_filter(row))


def as_filter(row: FilterRow) -> Filter:
    """A filter as it is stored."""
    return Filter(
        version=VERSION,
        keywords=Keywords(all=row.keywords, none=(row.excluded,) if row.excluded else ()),
        places=() if row.place == NONE else (_place(row.place),),
        workplaces=("remote",) if row.remote else (),
        visa_types=() if row.visa == NONE else (VISAS[row.visa],),
        minimum_pay=_pay(row.pay) if row.pay else None,
        employment_types=() if row.employment == NONE else (EMPLOYMENT_TYPES[row.employment],),
        companies=None if row.company == NONE else _only(row.company),
    )


def known(row: PostingRow) -> Facts:
    """A posting as matching sees it. All that it says is a text of one line: JAW-1 has no titles."""
    pay = None if row.pay == NONE else yearly(Decimal(row.pay * 1000), "USD", "year")
    return Facts(
        text=f" \n \n \n {' '.join(row.tokens)} ",
        words=frozenset(row.tokens),
        said_from=1,
        title=" ",
        company=" ",
        skills=" ",
        location="",
        spots=(_spot(row.places),),
        workplace="remote" if row.remote else "on_site",
        sponsorship="offered" if row.visas else "unstated",
        sponsors=bool(row.visas),
        visas=frozenset(VISAS[visa] for visa in row.visas),
        citizens_only=False,
        needs_clearance=False,
        pay_currency="USD" if pay else "",
        pay=pay,
        employment_types=frozenset((EMPLOYMENT_TYPES[row.employment],)),
        company_key=company_key(company(row.company)),
        occupation="",
        seniority="",
        degree=None,
        experience=None,
        history=None,
        wage_level=None,
        source="jaw1",
        language="",
        age=None,
    )


def country(number: int) -> str:
    """ISO 3166 gives XA to XZ to whoever wants them, so no country has one."""
    return f"X{'ABCDEFGHIJ'[number]}"


def state(number: int) -> str:
    return f"Jawstate{number}"


def city(number: int) -> str:
    return f"Jawcity{number}"


def company(number: int) -> str:
    return f"Employer {number}"


@cache
def _place(number: int) -> PlaceWanted:
    if number >= FIRST_CITY:
        return PlaceWanted(city=city(number))
    return PlaceWanted(state=state(number)) if number >= FIRST_STATE else PlaceWanted(country=country(number))


@cache
def _spot(places: tuple[int, ...]) -> Spot:
    found = place_stated(places)
    return gazetteer().locate(found.city, found.state, found.country)


@cache
def place_stated(places: tuple[int, ...]) -> Place:
    """The one place that has all the numbers; a ValueError where two of them are cities, states or countries."""
    cities = [city(one) for one in places if one >= FIRST_CITY]
    states = [state(one) for one in places if FIRST_STATE <= one < FIRST_CITY]
    countries = [country(one) for one in places if one < FIRST_STATE]
    if max(map(len, (cities, states, countries))) > 1:
        raise ValueError(f"a posting of JAW-1 is in one city, state and country, not in {places}")
    found = (some[0] if some else None for some in (cities, states, countries))
    return Place(**dict(zip(("city", "state", "country"), found, strict=True)))


@cache
def _pay(thousands: int) -> MinimumPay:
    return MinimumPay(amount=Decimal(thousands * 1000), unstated="drop")


@cache
def _only(number: int) -> Companies:
    return Companies(include=(company(number),))
