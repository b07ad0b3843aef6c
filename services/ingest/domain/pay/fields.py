"""Pay as a source's fields state it."""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from schemas.posting import Pay, Period
from services.ingest.domain.pay.currencies import of_field, of_places
from services.ingest.domain.pay.periods import can_be, period_by_size, period_of
from services.ingest.domain.pay.ranges import Range, ranges, to_the_cent
from services.ingest.domain.stated import StatedPay

_MOST: Final = Decimal(10**12)
"""As `schemas.posting.Amount` has it."""


def pay_of(stated: StatedPay, text: str, countries: Collection[str] = ()) -> Pay | None:
    """What the fields say, where nothing has to be guessed. `countries` (alpha-2) are those of the posting's places.

    A currency that is not stated is that of the text's range with an end in common, else the one that all places pay in. A
    period that is not stated follows from that range, else from the size where no other can be (`period_by_size`); one that is
    stated and not understood ("fee basis") leaves nothing. Nobody is paid 0: boards write it for an end that is open.
    """
    minimum, maximum = _amount(stated.minimum), _amount(stated.maximum)
    amounts = [one for one in (minimum, maximum) if one is not None]
    if not amounts or amounts[0] > amounts[-1]:
        return None
    same = _same(amounts, text, countries) if not (stated.currency.strip() and stated.period.strip()) else None
    currency = _currency(stated.currency, same, countries)
    period = currency and _period(stated.period, same, amounts, currency)
    if not currency or not period or not all(can_be(one, currency, period) for one in amounts):
        return None
    return Pay(minimum=minimum, maximum=maximum, currency=currency, period=period)


def _amount(amount: Decimal | None) -> Decimal | None:
    if amount is None or not amount.is_finite() or not 0 < amount <= _MOST:
        return None
    return to_the_cent(amount) or None


def _same(amounts: Collection[Decimal], text: str, countries: Collection[str]) -> Range | None:
    return next((one for one in ranges(text, countries) if one.minimum in amounts or one.maximum in amounts), None)


def _currency(stated: str, same: Range | None, countries: Collection[str]) -> str | None:
    if stated.strip():
        return of_field(stated, countries)
    return same.currency if same else of_places(countries)


def _period(stated: str, same: Range | None, amounts: list[Decimal], currency: str) -> Period | None:
    if stated.strip():
        return period_of(stated)
    return same.period if same and same.currency == currency else period_by_size(amounts[0], amounts[-1], currency)
