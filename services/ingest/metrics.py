"""Every metric of ingest."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from runtime.telemetry import LATENCY
from services.ingest.domain.push import Push
from services.ingest.domain.receipt import Receipt

postings = Counter(
    "jobalerts_ingest_postings_total",
    "Pushed items by what became of them: opened, reopened, changed, unchanged, rejected.",
    ["result"],
)
rejected_fields = Counter("jobalerts_ingest_rejected_fields_total", "Faults of rejected items by field.", ["field"])
batch_seconds = Histogram("jobalerts_ingest_batch_seconds", "Time from a push to its commit.", buckets=LATENCY)
closed = Counter("jobalerts_ingest_closed_total", "Postings closed by their publishers.")

retried = Counter(
    "jobalerts_ingest_retried_total", "Rejections that were tried again by what became of them: taken, still_wrong.", ["result"]
)
replayed = Counter(
    "jobalerts_ingest_replayed_total", "Requests answered what they were answered before, by their Idempotency-Key."
)
over_quota = Counter(
    "jobalerts_ingest_over_quota_total", "Pushes refused, or held up in a stream, by quota: per_minute, open.", ["quota"]
)
streams = Gauge("jobalerts_ingest_streams", "Streams of postings that are open.")
stream_ends = Counter(
    "jobalerts_ingest_stream_ends_total",
    "Streams that ended, by how: complete, gone (the client went away or did not read), or the status of their error.",
    ["end"],
)
swept = Counter("jobalerts_ingest_swept_total", "Rows removed when their time was over.", ["what"])


def count(receipts: Iterable[Receipt]) -> None:
    """Count what became of a push."""
    for receipt in receipts:
        postings.labels(receipt.what or receipt.status).inc()
        for fault in receipt.errors:
            field = fault.field.partition(".")[0]
            # A publisher chooses the names of unknown fields, and each label costs memory for ever.
            rejected_fields.labels(field if field in Push.model_fields else "other").inc()
