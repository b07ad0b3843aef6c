"""The metrics every service has. A service's own are in its `metrics.py`."""

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

LATENCY: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets in seconds for anything a person waits for."""

consumed = Counter("jobalerts_consumed_total", "Records handled and committed.", ["group"])
batch_seconds = Histogram("jobalerts_batch_seconds", "Time to handle one batch of records.", ["group"], buckets=LATENCY)
batch_failures = Counter("jobalerts_batch_failures_total", "Batches that failed and are read again.", ["group"])
dead_letters = Counter("jobalerts_dead_letters_total", "Records put on a group's dead-letter topic.", ["group"])
halted = Gauge("jobalerts_halted", "1 while a consumer is stopped by too many dead letters in a row; else 0.", ["group"])
refused = Counter("jobalerts_refused_total", "Records read without a group that could not be decoded.", ["topic"])
lag = Gauge("jobalerts_lag", "Records waiting in the partitions this process reads.", ["group"])
relayed = Counter("jobalerts_relayed_total", "Outbox rows published.", ["topic"])
relay_seconds = Histogram("jobalerts_relay_seconds", "From the outbox row to its acknowledgement by Kafka.", buckets=LATENCY)
outbox_age = Gauge("jobalerts_outbox_age_seconds", "Age of the oldest outbox row when it was last looked at; 0 when empty.")
http_seconds = Histogram(
    "jobalerts_http_seconds", "Time to answer an HTTP request.", ["method", "route", "status"], buckets=LATENCY
)


def exposition() -> tuple[bytes, str]:
    """The text that Prometheus scrapes, and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST
