"""JAW-1 as the matcher meets it: filters as states of subscriptions, postings as events on `postings`."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from benchmarks.matching.product import EMPLOYMENT_TYPES, VISAS, as_filter, company, place_stated
from benchmarks.matching.rows import NONE, FilterRow, PostingRow
from runtime.broker import Message
from schemas.posting import Pay, Posting, PostingOpened, Sponsorship, Verdict
from schemas.subscription import Destination, SubscriptionState
from schemas.topics import SUBSCRIPTIONS, partition_of

NAMESPACE: Final = UUID("5f0a52f2-6c1b-5a37-9d0e-0d7a43f1c9aa")


def subscription_id(number: int) -> UUID:
    """Of the subscription that the filter of this number is."""
    return uuid5(NAMESPACE, f"subscription {number}")


def posting_id(number: int) -> UUID:
    return uuid5(NAMESPACE, f"posting {number}")


def states(rows: Iterable[FilterRow], *, change: int = 0) -> Iterator[SubscriptionState]:
    """One subscriber each, saved just now and changed so many times since, if only by name.

    They come to their topic when they are saved: for one that came ten minutes later postings would be read again.
    """
    saved = datetime.now(UTC)
    for number, row in enumerate(rows):
        subscriber = uuid5(NAMESPACE, f"subscriber {number}")
        yield SubscriptionState(
            revision=int(saved.timestamp() * 1_000_000) + number + change,
            subscription_id=subscription_id(number),
            subscriber_id=subscriber,
            name=f"JAW-1, {number}, {change}",
            filter=as_filter(row),
            destination=Destination(kind="email", id=subscriber),
            effective_from=saved,
        )


def messages(rows: Iterable[FilterRow], *, change: int = 0) -> Iterator[Message]:
    """As `subscriptions` publishes them."""
    for state in states(rows, change=change):
        partition = partition_of(state.subscriber_id, SUBSCRIPTIONS.partitions)
        yield Message(SUBSCRIPTIONS.name, str(state.subscription_id), state.model_dump_json().encode(), partition)


def opened(row: PostingRow, number: int, at: datetime) -> PostingOpened:
    """One posting, published at that moment."""
    return PostingOpened(
        revision=number + 1,
        episode=1,
        opened_at=at,
        published_at=at + timedelta(microseconds=number),
        posting=Posting(
            id=posting_id(number),
            source="jaw1",
            source_id=str(number),
            title="JAW-1",
            company=company(row.company),
            url=f"https://jobs.example/{number}",
            text=" ".join(row.tokens),
            places=(place_stated(row.places),),
            workplace="remote" if row.remote else "on_site",
            employment_types=(EMPLOYMENT_TYPES[row.employment],),
            pay=None if row.pay == NONE else Pay(maximum=row.pay * 1000, currency="USD", period="year"),
            verdict=Verdict(
                sponsorship=Sponsorship(
                    value="offered" if row.visas else "unstated", visas=tuple(VISAS[visa] for visa in row.visas)
                )
            ),
        ),
    )
