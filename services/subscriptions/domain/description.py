"""A filter in words, as its owner reads it on the pages."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.filter.tree import Companies, Filter, Keywords, MinimumPay
from services.subscriptions.domain.warning import takes_everything

WORKPLACES: Final = {"remote": "remote", "hybrid": "hybrid", "on_site": "on site"}
EMPLOYMENT_TYPES: Final = {
    "full_time": "full time",
    "part_time": "part time",
    "contract": "contract",
    "temporary": "temporary",
    "intern": "internship",
    "volunteer": "volunteer",
    "per_diem": "per diem",
    "other": "other",
}
PERIODS: Final = {"year": "a year", "month": "a month", "week": "a week", "day": "a day", "hour": "an hour"}


def described(filter: Filter) -> list[str]:
    """One fragment for each clause: `has "python"`, `in Austin, TX, US`, `sponsors H-1B or O-1`."""
    if takes_everything(filter):
        return ["every posting"]
    return [fragment for clause in _CLAUSES for fragment in clause(filter)]


def _either(items: Iterable[str]) -> str:
    return _joined(list(items), "or")


def _joined(items: list[str], word: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"


def _quoted(terms: Iterable[str]) -> list[str]:
    return [f'"{term}"' for term in terms]


def _keywords(filter: Filter) -> Iterator[str]:
    keywords = filter.keywords or Keywords()
    if keywords.all:
        yield f"has {_joined(_quoted(keywords.all), 'and')}"
    if keywords.any:
        yield f"has {_either(_quoted(keywords.any))}"
    if keywords.none:
        yield f"does not have {_either(_quoted(keywords.none))}"


def _places(filter: Filter) -> Iterator[str]:
    if filter.places:
        yield "in " + _either(
            ", ".join(part for part in (place.city, place.state, place.country) if part) for place in filter.places
        )


def _workplaces(filter: Filter) -> Iterator[str]:
    if filter.workplaces:
        yield _either(WORKPLACES[workplace] for workplace in filter.workplaces)


def _visas(filter: Filter) -> Iterator[str]:
    if filter.visa_types:
        yield "sponsors " + _either(filter.visa_types)


def _pay(filter: Filter) -> Iterator[str]:
    if filter.minimum_pay:
        yield f"pays at least {_amount(filter.minimum_pay)}" + (
            ", or does not say" if filter.minimum_pay.unstated == "keep" else " and says so"
        )


def _amount(pay: MinimumPay) -> str:
    return f"{pay.amount:,.2f}".removesuffix(".00") + f" {pay.currency} {PERIODS[pay.period]}"


def _employment(filter: Filter) -> Iterator[str]:
    if filter.employment_types:
        yield _either(EMPLOYMENT_TYPES[kind] for kind in filter.employment_types)


def _companies(filter: Filter) -> Iterator[str]:
    companies = filter.companies or Companies()
    if companies.include:
        yield f"at {_either(companies.include)}"
    if companies.exclude:
        yield f"not at {_either(companies.exclude)}"


_CLAUSES: Final[tuple[Callable[[Filter], Iterator[str]], ...]] = (
    _keywords,
    _places,
    _workplaces,
    _visas,
    _pay,
    _employment,
    _companies,
)
