"""Several things that a source says of one matter enter, one leaves; where they cannot be one, none does, and that is noted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from services.ingest.domain.stated import StatedPay
from services.ingest.sources.reading import Cursor


def flagged(item: Cursor, words: Mapping[str, str]) -> str:
    """The word of the one flag that is true (`words` by path). Flags that contradict each other say nothing, and are noted."""
    true = [path for path in words if item.flag(path)]
    if len(true) > 1:
        return item.at(true[0]).note(f"is true, and so is {' and '.join(true[1:])}", "")
    return words[true[0]] if true else ""


def limits(said: Cursor, low: str, high: str) -> tuple[Decimal | None, Decimal | None] | None:
    """Both ends of a range by their paths. None where one is there and is not understood: the range would be another."""
    ends = said.amount(low), said.amount(high)
    return None if any(said.at(path).path in said.unread for path in (low, high)) else ends


def ranged(said: Cursor, low: str, high: str, *, currency: str = "", period: str = "") -> StatedPay | None:
    """A range whose ends are at two paths; none where neither is told, and where one is not understood."""
    ends = limits(said, low, high)
    if ends is None or ends == (None, None):
        return None
    return StatedPay(minimum=ends[0], maximum=ends[1], currency=currency, period=period)


def span(ranges: Cursor, pays: Sequence[StatedPay | None]) -> StatedPay | None:
    """One range over several (zones, levels): open where one is; none, noted, where they differ in currency or period, and none
    where one was not understood, for it may reach beyond the others.
    """
    known = [pay for pay in pays if pay is not None]
    said = [pay for pay in known if pay.minimum is not None or pay.maximum is not None]
    if not said or len(known) < len(pays):
        return None
    if len({(pay.currency, pay.period) for pay in said}) > 1:
        return ranges.note("has several currencies or periods", None)
    lows = [pay.minimum for pay in said if pay.minimum is not None]
    highs = [pay.maximum for pay in said if pay.maximum is not None]
    lowest = min(lows) if len(lows) == len(said) else None
    highest = max(highs) if len(highs) == len(said) else None
    return replace(said[0], minimum=lowest, maximum=highest) if lowest is not None or highest is not None else None
