"""The fields of the form that say where: text of people enters, alternatives of `places` leave, and the boxes of `workplaces`.

City, state and country are one alternative, an area another. An area says more than the state and the country around it, which
are no alternative to it. Remote work within the country is a third.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.places import Metro, gazetteer


@dataclass(frozen=True, slots=True)
class Where:
    """What was sent, stripped; `country` as its code where it is known."""

    city: str
    state: str
    country: str
    metro: str
    within: Mapping[str, str] | None
    workplaces: Sequence[str]
    or_remote: bool

    def clauses(self) -> dict[str, Any]:
        """`places` and `workplaces`, empty where nothing is asked."""
        places, workplaces = self._alternatives(), list(self.workplaces)
        if not self._is_remote_too():
            return {"places": places, "workplaces": workplaces}
        country = self._country()
        if not places:
            together = [box for box in workplaces if box != "remote"] + ["remote"]
            return {"places": [{"country": country, "workplaces": together}], "workplaces": []}
        if workplaces and "remote" not in workplaces:  # they are asked of the places alone
            places = [place | {"workplaces": workplaces} for place in places]
            workplaces = []
        if {"country": country} not in places:
            places.append({"country": country, "workplaces": ["remote"]})
        return {"places": places, "workplaces": workplaces}

    def doubt(self) -> str:
        """What to say where an area and the country or state beside it are apart, so that both are taken; empty elsewhere."""
        metro = self._area()
        if not metro or self.city or not (self.state or self.country) or self._is_around(metro):
            return ""
        besides = ", ".join(part for part in (self.state, gazetteer().country_name(self.country)) if part)
        return f"{metro.name} is not in {besides}: both are taken"

    def _alternatives(self) -> list[dict[str, Any]]:
        named = {"city": self.city, "state": self.state, "country": self.country, "within": self.within}
        if (metro := self._area()) and not self.city and not self.within and self._is_around(metro):
            named = {}
        places = [{name: value for name, value in one.items() if value} for one in (named, {"metro": self.metro})]
        return [place for place in places if place]

    def _area(self) -> Metro | None:
        return gazetteer().metro(self.metro) if self.metro else None

    def _is_around(self, metro: Metro) -> bool:
        """Whether the state and the country, where they are given, are those of the area."""
        state = gazetteer().state_code(self.state, metro.country) if self.state else None
        return self.country in ("", metro.country) and (not self.state or (state is not None and state[0] in metro.states))

    def _is_remote_too(self) -> bool:
        """Remote alone, together with a city, is hardly the remote postings of that city."""
        return self.or_remote or (set(self.workplaces) == {"remote"} and bool(self.city or self.state or self.metro))

    def _country(self) -> str:
        """That for the remote alternative: the one given, or that of the place, or the US."""
        metro = self._area()
        there = metro.country if metro else gazetteer().locate(self.city or None, self.state or None, None).country
        return self.country or there or "US"
