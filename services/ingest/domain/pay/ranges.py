"""The range of pay that a text states, of all those that stand in it."""

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from schemas.posting import Pay, Period
from services.ingest.domain.derived import Derived
from services.ingest.domain.pay.amounts import Stretch, stretches
from services.ingest.domain.pay.cues import clause_before, told_as
from services.ingest.domain.pay.currencies import names_another_dollar, of_marks
from services.ingest.domain.pay.periods import AHEAD, can_be, period_by_size, period_of

_CENT: Final = Decimal("0.01")
_AHEAD: Final = re.compile(rf"(?i)\b(?:{AHEAD})\b")
_NEXT: Final = 80
"""Characters between two ranges of one list: "90,000 USD - 120,000 USD in Zone 1, and 80,000 USD - 105,000 USD in Zone 2"."""

_TO: Final = re.compile(r"\s{0,2}(?:to|[-–—])\s{0,2}")
"""Between the ends of a range that has a period at each: "$60,000 per year to $80,000 per year"."""


class Range(NamedTuple):
    """What one stretch of text says, where it is pay. An open end is absent."""

    start: int
    end: int
    minimum: Decimal | None
    maximum: Decimal | None
    currency: str
    period: Period


def pay_in(text: str, countries: Collection[str] = ()) -> Derived[Pay] | None:
    """What the text states. `countries` (alpha-2) are those of the posting's places, which say whose dollar "$" is.

    Of several ranges by place, level or role it is the widest, from the lowest minimum to the highest maximum: each of them is
    within it, and nobody can tell which is the reader's. An end that one of them leaves open is open. Ranges of several
    currencies or periods have no widest one: then there is none.
    """
    found = ranges(text, countries)
    kinds = {(one.currency, one.period) for one in found}
    if len(kinds) != 1:
        return None
    minimum = min(_known(one.minimum for one in found), default=None)
    maximum = max(_known(one.maximum for one in found), default=None)
    if minimum is None and maximum is None:
        return None
    pay = Pay(minimum=minimum, maximum=maximum, currency=found[0].currency, period=found[0].period)
    return Derived(pay, found[0].start, found[-1].end)


def ranges(text: str, countries: Collection[str] = ()) -> list[Range]:
    """Every range of pay, in the order of the text. What is reached on target counts where no base is told."""
    told = list(_told(text))
    told = [one for one in told if not one.on_target] or told
    sure = bool(countries) or all(_is_plain(one.stretch) for one in told) or not names_another_dollar(text)
    found: list[Range] = []
    for one in told:
        currency = of_marks(one.stretch.marks, countries, sure=sure)
        if currency and (range_ := _range(one, currency, found[-1] if one.goes_on and found else None)):
            found.append(range_)
    return found


def _is_plain(stretch: Stretch) -> bool:
    """Whether its marks mean one currency wherever they stand, so that nobody has to read the whole text for another dollar."""
    return of_marks(stretch.marks, (), sure=False) is not None


def to_the_cent(amount: Decimal) -> Decimal:
    """And one way of writing it: 150000.00 is 150000."""
    return Decimal(f"{amount.quantize(_CENT, ROUND_HALF_UP).normalize():f}")


_ELSEWHERE: Final = re.compile(r"\s?\([^()\n]{2,40}\)\s?(?:[;,/]|and|or)\s?")
"""Between an amount's place and the next amount: "$150,000 (Colorado); $170,000 (New York)"."""


class _Told(NamedTuple):
    """A stretch that is pay. What goes on a list is told in the words of what stands before it."""

    stretch: Stretch
    clause: str
    goes_on: bool
    on_target: bool


def _told(text: str) -> Iterator[_Told]:
    previous: Stretch | None = None
    on_target = False
    for stretch in stretches(text):
        between = text[previous.end : stretch.start] if previous and stretch.start - previous.end <= _NEXT else "\n"
        goes_on = "\n" not in between
        clause = clause_before(text, stretch, previous.end if previous else 0)
        meaning = told_as(text, stretch, clause)
        if meaning is None and goes_on and (stretch.is_range or _TO.fullmatch(between) or _ELSEWHERE.fullmatch(between)):
            meaning = "target" if on_target else "pay"
        if meaning in ("pay", "target"):
            previous, on_target = stretch, meaning == "target"
            yield _Told(stretch, clause, goes_on, on_target)


def _range(told: _Told, currency: str, previous: Range | None) -> Range | None:
    stretch = told.stretch
    period = _period(told, currency, previous)
    if not period or not (can_be(stretch.least, currency, period) and can_be(stretch.most, currency, period)):
        return None
    minimum = None if stretch.ends == "maximum" else to_the_cent(stretch.least)
    maximum = None if stretch.ends == "minimum" else to_the_cent(stretch.most)
    return Range(stretch.start, stretch.end, minimum, maximum, currency, period)


def _period(told: _Told, currency: str, previous: Range | None) -> Period | None:
    stretch = told.stretch
    if stretch.period:
        return period_of(stretch.period)
    if words := _AHEAD.findall(told.clause):
        return period_of(words[-1])
    by_size = period_by_size(stretch.least, stretch.most, currency)
    return by_size or (previous.period if previous and previous.currency == currency else None)


def _known(amounts: Iterable[Decimal | None]) -> list[Decimal]:
    """All of them, or none where one is open."""
    known = list(amounts)
    return [one for one in known if one is not None] if None not in known else []
