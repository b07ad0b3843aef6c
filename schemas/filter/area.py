"""Where a filter wants the work to be: an alternative of its places enters, an area of the gazetteer leaves."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from schemas.filter.tree import Distance, PlaceWanted
from schemas.places import Area, gazetteer

_KM: Final = {"km": Decimal(1), "mi": Decimal("1.609344")}
_NOWHERE: Final = Area("?", "?", "?")


def area(place: PlaceWanted) -> Area:
    """One that holds nowhere for a metro that is not known: doors refuse it, but a list may lose a name."""
    if place.metro:
        metro = gazetteer().metro(place.metro)
        return Area("", "", "", metro.circles) if metro else _NOWHERE
    return _area(place.city, place.state, place.country, _km(place.within) if place.within else None)


@lru_cache(maxsize=10_000)
def _area(city: str | None, state: str | None, country: str | None, km: float | None) -> Area:
    return gazetteer().area(city, state, country, km=km)


def _km(within: Distance) -> float:
    return float(within.distance * _KM[within.unit])
