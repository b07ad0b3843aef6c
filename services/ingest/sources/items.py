"""What a page says becomes items of the push format, those that cannot be read among them, so that nothing of it is lost."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from services.ingest.domain.batch import Item
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.stated import Stated
from services.ingest.domain.translation import translate
from services.ingest.sources.source import Page, Source


def items_of(page: Page, source: Source, *, today: date, given: Mapping[str, str] = {}) -> Iterator[Item]:
    """The postings in their order, then what is none. `given` is said of those that do not say it (fields of `Stated`)."""
    for number, stated in enumerate(page.postings, 1):
        translation = translate(completed(stated, given), today=today)
        provenance = Provenance(terms=source.terms, origins=translation.origins)
        yield Item(f"posting {number}", translation.item, provenance=provenance)
    for unreadable in page.unreadable:
        unread = Provenance(terms=source.terms, is_posting=False)
        yield Item(unreadable.place or "the page", unreadable.raw, f"cannot be read: {unreadable.problem}", unread)


def completed(stated: Stated, given: Mapping[str, str]) -> Stated:
    """With what is given for the fields that it leaves empty."""
    missing = {name: value for name, value in given.items() if not getattr(stated, name).strip()}
    return replace(stated, **missing) if missing else stated  # type: ignore[arg-type]  # texts, all of them
