"""What the tests of places share."""

from schemas.places import City, fold_name
from schemas.places.files import CITIES, read_rows

Stated = tuple[str | None, str | None, str | None]
"""City, state and country as they are written."""


def all_cities() -> list[City]:
    """Each line of the table."""
    rows = (row.split("\t") for row in read_rows(CITIES))
    return [
        City(name, fold_name(name), state, country, float(latitude), float(longitude), int(population))
        for name, _, state, country, latitude, longitude, population in rows
    ]
