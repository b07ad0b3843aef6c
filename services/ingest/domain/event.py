"""The event that tells others what became of a posting."""

from schemas.posting import Posting, PostingChanged, PostingClosed, PostingOpened
from services.ingest.domain.decision import Decision, Stamped


def told(decision: Decision, posting: Posting, stamped: Stamped, *, correlation_id: str) -> PostingOpened | PostingChanged:
    """Of a posting that opened, opened again or changed."""
    if decision.what == "changed":
        return PostingChanged(
            correlation_id=correlation_id,
            revision=stamped.revision,
            episode=stamped.episode,
            opened_at=stamped.opened_at,
            published_at=stamped.at,
            posting=posting,
            changes=decision.changes,
        )
    return PostingOpened(
        correlation_id=correlation_id,
        revision=stamped.revision,
        episode=stamped.episode,
        opened_at=stamped.opened_at,
        published_at=stamped.at,
        posting=posting,
    )


def closed(posting: Posting, stamped: Stamped, *, reason: str, correlation_id: str) -> PostingClosed:
    """Of a posting that closed at `stamped.at`."""
    return PostingClosed(
        correlation_id=correlation_id,
        revision=stamped.revision,
        episode=stamped.episode,
        opened_at=stamped.opened_at,
        published_at=stamped.at,
        closed_at=stamped.at,
        posting=posting,
        reason=reason,
    )
