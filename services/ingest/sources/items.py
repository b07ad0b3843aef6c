"""What a page says becomes items of the push format, those that cannot be read among them, so that nothing of it is lost."""

from collections.abc import Iterator
from datetime import date

from services.ingest.domain.batch import Item
from services.ingest.domain.normalise import Provenance
from services.ingest.domain.translation import translate
from services.ingest.sources.source import Page, Source


def items_of(page: Page, source: Source, *, today: date) -> Iterator[Item]:
    """The postings in their order, then what is none."""
    for number, stated in enumerate(page.postings, 1):
        translation = translate(stated, today=today)
        yield Item(f"posting {number}", translation.item, provenance=Provenance(translation.origins, source.terms))
    for unreadable in page.unreadable:
        yield Item(unreadable.place or "the page", unreadable.raw, f"cannot be read: {unreadable.problem}")
