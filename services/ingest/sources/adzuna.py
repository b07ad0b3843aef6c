"""Adzuna's search API, up to 50 results a page, under an id and a key.

Format: https://developer.adzuna.com/docs/search. Texts are cut at 500 characters, and where no pay is stated an estimate
stands in its field, marked by `salary_is_predicted`.
"""

import re
from datetime import date
from typing import Final
from urllib.parse import urlencode

from schemas.provenance import Terms
from services.ingest.domain.stated import Stated, StatedPay, StatedPlace
from services.ingest.sources.addresses import parse
from services.ingest.sources.joining import ranged
from services.ingest.sources.reading import Cursor, document, each, told
from services.ingest.sources.source import Page, Request, Source

_PAGE: Final = 50
_COUNTRIES: Final = {
    "com": "us", "co.uk": "gb", "com.au": "au", "at": "at", "be": "be", "com.br": "br", "ca": "ca", "ch": "ch", "de": "de",
    "es": "es", "fr": "fr", "in": "in", "it": "it", "com.mx": "mx", "nl": "nl", "co.nz": "nz", "pl": "pl", "sg": "sg",
    "co.za": "za",
}  # fmt: skip
"""Of an end of a host's name; what Adzuna calls the country in an address."""
_CURRENCIES: Final = {
    "us": "USD", "gb": "GBP", "au": "AUD", "at": "EUR", "be": "EUR", "br": "BRL", "ca": "CAD", "ch": "CHF", "de": "EUR",
    "es": "EUR", "fr": "EUR", "in": "INR", "it": "EUR", "mx": "MXN", "nl": "EUR", "nz": "NZD", "pl": "PLN", "sg": "SGD",
    "za": "ZAR",
}  # fmt: skip
_ENDPOINT: Final = re.compile(r"/jobs/([a-z]{2})/search/([0-9]{1,6})")
_AREAS: Final = {"US": "us", "UK": "gb"}
"""Countries as the first of `location.area` has them."""
_NAMES: Final = {
    "source_id": "id",
    "title": "title",
    "company": "company.display_name",
    "url": "redirect_url",
    "description": "description",
    "places": "location.area",
    "employment": "contract_time",
    "pay": "salary_min",
    "posted_on": "created",
}


def begin(address: str) -> Request | None:
    """A search on the site of a country: `?q=` words, `&w=` place."""
    found = parse(address)
    country = _COUNTRIES.get(found.host.removeprefix("www.").removeprefix("adzuna.")) if found else None
    if found is None or country is None or not found.host.removeprefix("www.").startswith("adzuna."):
        return None
    asked = {"what": found.query.get("q", ""), "where": found.query.get("w", found.query.get("loc", ""))}
    search = urlencode({"results_per_page": _PAGE, **{name: value for name, value in asked.items() if value}})
    keys = "app_id={ADZUNA_ID}&app_key={ADZUNA_KEY}"
    return Request(f"https://api.adzuna.com/v1/api/jobs/{country}/search/1?{keys}&{search}")


def read(page: bytes, request: Request, _today: date) -> Page:
    """A page, and the next one where there is."""
    whole = document(page)
    endpoint = _ENDPOINT.search(request.url)
    good, bad = each(whole, "results", lambda item: _posting(item, endpoint[1] if endpoint else ""))
    count = whole.number("count")
    if endpoint is None or count is None or int(endpoint[2]) * _PAGE >= count or not (good or bad):
        return Page(good, bad)
    following = f"{request.url[: endpoint.start(2)]}{int(endpoint[2]) + 1}{request.url[endpoint.end(2) :]}"
    return Page(good, bad, [request._replace(url=following)])


def _posting(item: Cursor, country: str) -> Stated:
    if (text := item.at("description")).text().rstrip().endswith("…"):
        text.note("is cut", None)
    kinds = [item.text(name) for name in ("contract_time", "contract_type")]
    area = item.texts("location.area")
    stated = Stated(
        source_id=item.identifier("id"),
        title=item.required_line("title"),
        company=item.line("company.display_name"),
        url=item.required("redirect_url"),
        description=text.text(),
        places=_places(area, item.text("location.display_name")),
        employment=tuple(kind for kind in kinds if kind.strip()),
        pay=_pay(item, country or _AREAS.get(area[0] if area else "", "")),
        posted_on=item.day("created"),
    )
    return told(item, stated, _NAMES)


def _places(area: tuple[str, ...], display: str) -> tuple[StatedPlace, ...]:
    """`area` goes from the country through state and county to the town; where it ends before, no town is told apart."""
    country, state, _, *towns = (*area, *("",) * 3)[: max(3, len(area))]
    place = StatedPlace(text=display.strip(), city=towns[-1] if towns else "", state=state, country=country)
    return (place,) if place != StatedPlace() else ()


def _pay(item: Cursor, country: str) -> StatedPay | None:
    """In the currency of the country that was searched; its period is not said."""
    pay = ranged(item, "salary_min", "salary_max", currency=_CURRENCIES.get(country, ""))
    if pay and item.at("salary_is_predicted").value not in ("0", 0, None):
        return item.at("salary_is_predicted").note("is an estimate of Adzuna's", None)
    return pay


SOURCE: Final = Source(
    name="adzuna",
    title="Adzuna",
    # "Jobs by Adzuna" with both words linked and its logo, 116 by 23 pixels at least; more than showing needs a licence.
    terms=Terms(
        url="https://developer.adzuna.com/docs/terms_of_service",
        read_on=date(2026, 11, 28),
        attribution="Jobs by Adzuna",
        may_republish=False,
    ),
    address="https://www.adzuna.com/search?q=WORDS&w=PLACE",
    begin=begin,
    read=read,
    settings=("ADZUNA_ID", "ADZUNA_KEY"),
)
