"""The circles that filters draw around cities, and which of them a posting's spot lies in."""

from typing import Final

import numpy as np

from schemas.places import Spot
from schemas.places.shapes import DEGREE, Circle
from services.matcher.domain.growing import grown

_MOST_SPOTS: Final = 50_000
"""Remembered: more than boards name."""


class Circles:
    """A spot is compared with each circle once; when it comes again, only with those that came since."""

    def __init__(self) -> None:
        self._ids: dict[Circle, int] = {}
        self._circles: list[Circle] = []
        self._latitudes, self._reaches = np.zeros(64), np.zeros(64)
        self._around: dict[tuple[float, float], tuple[int, list[int]]] = {}
        """To how many circles a spot was compared with, and the ids of those it is in."""

    def get(self, circle: Circle) -> int:
        """Its id; 0 where it is not known."""
        return self._ids.get(circle, 0)

    def add(self, circle: Circle, id: int) -> int:
        count = len(self._circles)
        self._latitudes, self._reaches = grown(self._latitudes, count + 1), grown(self._reaches, count + 1)
        self._latitudes[count], self._reaches[count] = circle.latitude, circle.km / DEGREE + 1e-9
        self._circles.append(circle)
        self._ids[circle] = id
        return id

    def around(self, spot: Spot) -> list[int]:
        """The ids of the circles that hold it."""
        if not self._circles or spot.latitude is None or spot.longitude is None:
            return []
        where = spot.latitude, spot.longitude
        compared, found = self._around.get(where) or (0, [])
        if compared < len(self._circles):
            if len(self._around) >= _MOST_SPOTS:
                self._around.clear()
            found = found + self._holding(spot, spot.latitude, compared)
            self._around[where] = len(self._circles), found
        return found

    def _holding(self, spot: Spot, latitude: float, since: int) -> list[int]:
        until = len(self._circles)
        near = np.flatnonzero(np.abs(self._latitudes[since:until] - latitude) <= self._reaches[since:until]) + since
        return [self._ids[circle] for circle in map(self._circles.__getitem__, near.tolist()) if circle.holds(spot)]
