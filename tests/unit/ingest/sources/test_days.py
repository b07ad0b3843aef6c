"""Days as people write them."""

from datetime import date

import pytest

from services.ingest.sources.days import day_of

AUGUST_3, AUGUST_31 = date(2026, 8, 3), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("3 August 2026", AUGUST_3),
        ("3rd  of August, 2026", AUGUST_3),
        ("Monday, 3 Aug. 2026", AUGUST_3),
        ("03-Aug-2026", AUGUST_3),
        ("August 31, 2026", AUGUST_31),
        ("AUG 31 2026", AUGUST_31),
        ("Sept 1, 2026", date(2026, 9, 1)),
        ("May 5th, 2026", date(2026, 5, 5)),
        ("08/31/2026", AUGUST_31),
        ("31/08/2026", AUGUST_31),
        ("31.8.2026", AUGUST_31),
        ("08/08/2026", date(2026, 8, 8)),
        ("03/08/2026", None),
        ("8/3/2026", None),
        ("13/13/2026", None),
        ("31/06/2026", None),
        ("08/31.2026", None),
        ("08/31/26", None),
        ("31 June 2026", None),
        ("3 August", None),
        ("August 2026", None),
        ("3 Augustus 2026", None),
        ("by 3 August 2026", None),
        ("August 0, 2026", None),
        ("", None),
        ("1" * 100_000, None),
        ("Monday, " * 20_000, None),
    ],
)
def test_days(written: str, day: date | None) -> None:
    assert day_of(written) == day
