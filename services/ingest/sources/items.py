"""What a page says becomes items of the push format, those that cannot be read among them, so that nothing of it is lost."""

from collections.abc import Iterator
from datetime import date

from services.ingest.domain.batch import Item
from services.ingest.domain.provenance import Provenance
from services.ingest.domain.translation import translate
from services.ingest.sources.source import Page, Source


def items_of(page: Page, source: Source, *, today: date) -> Iterator[Item]:
    """The postings in their order, then what is none."""
    for number, stated in enumerate(page.postings, 1):
        translation = translate(stated, today=today)
        provenance = Provenance(terms=source.terms, origins=translation.origins)
        yield Item(f"posting {number}", translation.item, provenance=provenance)
    for unreadable in page.unreadable:
        unread = Provenance(terms=source.terms, is_posting=False)
        yield Item(unreadable.place or "the page", unreadable.raw, f"cannot be read: {unreadable.problem}", unread)
