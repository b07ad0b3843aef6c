"""Every metric of the notifier."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.telemetry import LATENCY

recorded = Counter("notifier_alerts_recorded_total", "Rows new in the ledger.")
repeated = Counter("notifier_alerts_repeated_total", "Matches that the ledger had already.")
record_seconds = Histogram("notifier_record_seconds", "Time to record one batch of matches.", buckets=LATENCY)
alerts = Counter("notifier_alerts_total", "Alerts that reached an outcome.", ["outcome"])
attempts = Counter("notifier_attempts_total", "Attempts to deliver.", ["channel", "result"])
attempt_seconds = Histogram("notifier_attempt_seconds", "Time of one attempt.", ["channel"], buckets=LATENCY)
alert_seconds = Histogram(
    "notifier_alert_seconds",
    "From the posting's commit in ingest to the mail or webhook accepted.",
    ["channel"],
    buckets=LATENCY,
)
leases_lost = Counter("notifier_leases_lost_total", "Deliveries whose result was dropped because the lease had passed on.")
missed = Counter(
    "notifier_missed_total",
    "Messages that stay frozen and are looked at again, since their turn, the connection or the envelope came too late.",
    ["channel"],
)
forgotten = Counter(
    "notifier_forgotten_total", "Destinations with something overdue that nobody was going to look at: the sweep found them."
)
silent = Gauge(
    "notifier_silent", "1 while nothing is sent because the heartbeat of `subscriptions` is older than a second.", ["channel"]
)
