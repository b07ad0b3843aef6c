"""Why a posting matched: a stable code for each clause that held, and its words.

Codes travel on `matches` and stay in the ledger; words are made where somebody reads them.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from schemas.filter.tree import Filter, Keywords, MinimumPay, PlaceWanted
from schemas.posting import Pay, Place, PostingSummary

KEYWORDS: Final = "keywords"
PLACE: Final = "place"
WORKPLACE: Final = "workplace"
VISA: Final = "visa"
PAY: Final = "pay"
PAY_UNSTATED: Final = "pay.unstated"
EMPLOYMENT: Final = "employment"
COMPANY: Final = "company"
EVERYTHING: Final = "everything"

CODES: Final = (KEYWORDS, PLACE, WORKPLACE, VISA, PAY, PAY_UNSTATED, EMPLOYMENT, COMPANY, EVERYTHING)


def words(codes: Iterable[str], wanted: Filter, posting: PostingSummary) -> list[str]:
    """One sentence fragment for each code, in the order given; an unknown code (from a newer matcher) is shown as it is.

    Filter and posting may be later ones than those that matched: then the words are less exact, never empty.
    """
    return [_WORDS[code](wanted, posting) if code in _WORDS else code for code in codes]


def pay_words(pay: Pay) -> str:
    """ "170,000 to 216,000 USD a year"."""
    ends = [_amount(end) for end in (pay.minimum, pay.maximum) if end is not None]
    amount = ends[0] if len(set(ends)) == 1 else " to ".join(ends)
    if len(ends) == 1:
        amount = f"{'from' if pay.maximum is None else 'up to'} {amount}"
    return f"{amount} {pay.currency} {_PERIODS[pay.period]}"


_PERIODS: Final[Mapping[str, str]] = {
    "hour": "an hour",
    "day": "a day",
    "week": "a week",
    "month": "a month",
    "year": "a year",
}
_TYPES: Final[Mapping[str, str]] = {"per_diem": "per diem", "intern": "internship"}
_PLACES: Final[Mapping[str, str]] = {"on_site": "on site", "hybrid": "hybrid", "remote": "remote"}


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def _keywords(wanted: Filter, _: PostingSummary) -> str:
    keywords = wanted.keywords or Keywords()
    parts = [f'has "{term}"' for term in keywords.all]
    if keywords.any:
        parts.append("has one of " + _listed(f'"{term}"' for term in keywords.any))
    if keywords.none:
        parts.append("has none of " + _listed(f'"{term}"' for term in keywords.none))
    return "; ".join(parts) or "has your keywords"


def _place(wanted: Filter, posting: PostingSummary) -> str:
    """Names the places that were asked for; all of them where only folding (accents) made them equal."""
    remote = posting.workplace == "remote"
    places = [*posting.places, *(Place(country=country) for country in posting.remote_from if remote)]
    asked = [place for place in places if any(_is_named(one, place) for one in wanted.places)]
    where = "; ".join(dict.fromkeys(place.words() for place in asked or places)) or "a place you named"
    return f"is remote, from {where}" if remote else f"is in {where}"


def _is_named(asked: PlaceWanted, place: Place) -> bool:
    parts = ((asked.city, place.city), (asked.state, place.state), (asked.country, place.country))
    return all(not one or one.casefold() == (other or "").casefold() for one, other in parts)


def _visa(wanted: Filter, posting: PostingSummary) -> str:
    stated = posting.verdict.sponsorship
    named = [visa for visa in stated.visas if visa in wanted.visa_types]
    may = "may sponsor" if stated.value == "conditional" else "sponsors"
    return f"{may} {_listed(named)}" if named else f"{may} a visa (the posting names no type)"


def _minimum(minimum: MinimumPay | None) -> str:
    return f"{_amount(minimum.amount)} {minimum.currency} {_PERIODS[minimum.period]}" if minimum else "your minimum"


def _pay(wanted: Filter, posting: PostingSummary) -> str:
    stated = pay_words(posting.pay) if posting.pay else "enough"
    return f"pays {stated}, you asked for at least {_minimum(wanted.minimum_pay)}"


def _unstated(wanted: Filter, _: PostingSummary) -> str:
    return f"does not state its pay in a way that compares with {_minimum(wanted.minimum_pay)} (you keep such postings)"


def _employment(_: Filter, posting: PostingSummary) -> str:
    kinds = _listed(_TYPES.get(kind, kind.replace("_", " ")) for kind in posting.employment_types)
    return f"is {kinds or 'of a kind you named'}"


_WORDS: Final[Mapping[str, Callable[[Filter, PostingSummary], str]]] = {
    KEYWORDS: _keywords,
    PLACE: _place,
    WORKPLACE: lambda _, posting: f"is {_PLACES[posting.workplace or 'on_site']}",
    VISA: _visa,
    PAY: _pay,
    PAY_UNSTATED: _unstated,
    EMPLOYMENT: _employment,
    COMPANY: lambda _, posting: f"is at {posting.company}",
    EVERYTHING: lambda _, __: "your filter takes every posting",
}
