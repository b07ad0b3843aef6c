"""The gazetteer's files: tables and metros leave as they are written; what they mean is the gazetteer's business.

The tables come from `refresh.py`, the metros from a person. Lines that begin with # say where they are from.
"""

import tomllib
from pathlib import Path
from typing import Final

from schemas.places.shapes import Circle, Metro

HERE: Final = Path(__file__).parent
CITIES: Final = HERE / "cities.tsv"
"""Name, other names, state, country, latitude, longitude, population."""
STATES: Final = HERE / "states.tsv"
"""Code, name, country, other names."""
COUNTRIES: Final = HERE / "countries.tsv"
"""Code, name, other names."""
METROS: Final = HERE / "metros.toml"
NAMES: Final = HERE / "names.toml"
"""What `refresh.py` adds; nobody reads it later."""


def read_rows(table: Path) -> list[str]:
    """Its lines, columns still together: most cities are never asked for."""
    return [line for line in table.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]


def split_names(column: str) -> list[str]:
    """Other names, which are folded already."""
    return column.split("|") if column else []


def read_metros() -> tuple[Metro, ...]:
    """In the order of the file."""
    return tuple(
        Metro(
            metro["name"],
            metro["country"],
            tuple(metro["states"]),
            tuple(metro["names"]),
            tuple(Circle(*circle) for circle in metro["circles"]),
            tuple(metro.get("cities", ())),
        )
        for metro in tomllib.loads(METROS.read_text(encoding="utf-8"))["metro"]
    )
