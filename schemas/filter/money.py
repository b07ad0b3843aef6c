"""Pay in one measure: an amount in any currency and period enters, euros a year leave.

The euro is only what the rates are quoted in: two amounts of one currency compare as they would without it. Amounts of a
currency without a rate stay in it, and compare with their own.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.posting import Pay, Period

PERIODS_A_YEAR: Final[Mapping[Period, int]] = {"hour": 2080, "day": 260, "week": 52, "month": 12, "year": 1}
"""A full-time year: 52 weeks of 40 hours, as OFLC's wage tables count it."""


class Rates(NamedTuple):
    """Units of a currency for one euro, on one day."""

    on: date
    per_euro: Mapping[str, Decimal]


@cache
def rates() -> Rates:
    """The European Central Bank's reference rates of `rates.toml`."""
    read = tomllib.loads((Path(__file__).parent / "rates.toml").read_text("utf-8"))
    return Rates(read["date"], {currency: Decimal(rate) for currency, rate in read["per_euro"].items()})


class Yearly(NamedTuple):
    """Pay of a full-time year. Two of them compare where their currencies are the same."""

    currency: str
    amount: float
    """Decimals are counted with up to here; amounts that differ by less than a float's last digit are the same."""


def yearly(amount: Decimal, currency: str, period: Period) -> Yearly:
    """In euros; in its own currency where that has no rate."""
    a_year, rate = amount * PERIODS_A_YEAR[period], rates().per_euro.get(currency)
    return Yearly(currency, float(a_year)) if rate is None else Yearly("EUR", float(a_year / rate))


def converted(amount: Decimal, currency: str, to: str) -> Decimal | None:
    """The amount in another currency, in whole units: never more than it is. None where one of them has no rate."""
    per_euro = rates().per_euro
    return (
        (amount / per_euro[currency] * per_euro[to]).quantize(Decimal(1), ROUND_DOWN)
        if {currency, to} <= per_euro.keys()
        else None
    )


def upper_end(pay: Pay) -> Decimal:
    """What a range is compared by: its upper end, or its lower end where that is all it says."""
    return max(end for end in (pay.minimum, pay.maximum) if end is not None)
