"""What the gazetteer speaks of: cities and circles it knows, the spot of a posting, the area of a filter.

All names in them are resolved, so that an area holds a spot by comparing strings and distances, and nothing else.
"""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH: Final = 6371.0088
"""Mean radius in km (IUGG)."""
DEGREE: Final = 111.19
"""Hardly less than the km of a degree of latitude on that globe. No two points are nearer than their latitudes."""


@dataclass(frozen=True, slots=True)
class City:
    """A populated place of GeoNames; `key` is its name folded, `state` a code in the US and Canada and else empty."""

    name: str
    key: str
    state: str
    country: str
    latitude: float
    longitude: float
    population: int

    def words(self) -> str:
        """The city as a person writes it: "Seattle, WA, US"."""
        return ", ".join(part for part in (self.name, self.state, self.country) if part)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a posting, looked up. What is not known is empty."""

    city: str
    """Folded, by the city's own name where another was stated."""
    state: str
    """The code where it is known, else the folded name."""
    country: str
    """Alpha-2."""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything up to `km` from a point, as the crow flies."""

    latitude: float
    longitude: float
    km: float

    def holds(self, spot: Spot) -> bool:
        """False where nobody knows where the spot is."""
        if spot.latitude is None or spot.longitude is None:
            return False
        if abs(self.latitude - spot.latitude) * DEGREE > self.km:
            return False
        return distance((self.latitude, self.longitude), (spot.latitude, spot.longitude)) <= self.km


@dataclass(frozen=True, slots=True)
class Area:
    """One alternative of a filter, looked up: names as in `Spot`, of which an empty one asks nothing, or circles, or both."""

    city: str
    state: str
    country: str
    circles: tuple[Circle, ...] = ()

    def holds(self, spot: Spot) -> bool:
        """By its names, all of them, or by one of the circles. A metro has no names, and holds by its circles alone."""
        named = bool(self.city or self.state or self.country) or not self.circles
        return (named and self._names(spot)) or any(circle.holds(spot) for circle in self.circles)

    def _names(self, spot: Spot) -> bool:
        return self.city in ("", spot.city) and self.state in ("", spot.state) and self.country in ("", spot.country)


NOWHERE: Final = Area("?", "?", "?")
"""Holds no spot: no folded name is a question mark."""


@dataclass(frozen=True, slots=True)
class Metro:
    """A metropolitan area as people name it; its circles are an approximation."""

    name: str
    country: str
    states: tuple[str, ...]
    names: tuple[str, ...]
    circles: tuple[Circle, ...]
    """The first is in its middle."""
    cities: tuple[str, ...] = ()
    """Those that it is named for: as metros they mean it, as cities they mean themselves."""


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance in km between two points of latitude and longitude in degrees (haversine)."""
    latitude, other_latitude = radians(one[0]), radians(other[0])
    across = sin((other_latitude - latitude) / 2) ** 2
    along = cos(latitude) * cos(other_latitude) * sin(radians(other[1] - one[1]) / 2) ** 2
    return 2 * EARTH * asin(min(1.0, sqrt(across + along)))
