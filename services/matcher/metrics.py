"""Every metric of the matcher."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.telemetry import LATENCY

subscriptions = Gauge("matcher_subscriptions", "Active subscriptions in the index.")
delta = Gauge("matcher_delta", "Filters that came since the last rebuild of the index and wait for the next.")
predicates = Gauge("matcher_predicates", "Words, places and so on that filters have asked for since the start.")
rebuild_seconds = Histogram(
    "matcher_rebuild_seconds",
    "How long a rebuild of the index took, beside the matching.",
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30),
)
rebuilds = Counter("matcher_rebuilds_total", "Rebuilds of the index that were put in place.")
candidates = Counter("matcher_candidates_total", "Filters looked at for a posting, whether they matched or not.")
facts_seconds = Histogram(
    "matcher_facts_seconds",
    "Time to fold a posting's words and look up its places, before it is compared.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
)
matches = Counter("matcher_matches_total", "Subscriptions matched, by what happened.", ["kind"])
match_seconds = Histogram(
    "matcher_match_seconds",
    "Time to compare one posting with every subscription.",
    buckets=(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
)
publish_seconds = Histogram(
    "matcher_publish_seconds", "From a batch's last comparison to Kafka's acknowledgement.", buckets=LATENCY
)
behind_seconds = Histogram("matcher_behind_seconds", "From the posting's commit in ingest to its comparison.", buckets=LATENCY)
late = Counter("matcher_late_matches_total", "Matches of postings that had been compared before the subscription arrived.")
late_filters = Counter("matcher_late_filters_total", "Filters that arrived later than the window of postings holds.")
window = Gauge("matcher_window", "Postings held for filters that may arrive late.")
snapshot_refused = Counter("matcher_snapshot_refused_total", "Snapshots not used at a start, by the reason.", ["reason"])
snapshot_failures = Counter("matcher_snapshot_failures_total", "Snapshots that could not be written.")
snapshot_seconds = Gauge("matcher_snapshot_seconds", "How long it took to write the last snapshot.")
snapshot_written = Gauge("matcher_snapshot_written_timestamp_seconds", "When the last snapshot was written, in Unix time.")
preview_postings = Gauge(
    "matcher_preview_postings", "Postings held for previews, open, or closed and still counted.", ["state"]
)
preview_lag = Gauge(
    "matcher_preview_lag", "Records of postings that a preview does not know of yet, as of a look two seconds ago at most."
)
preview_refused = Counter("matcher_preview_refused_total", "Questions refused because too many waited.")
preview_seconds = Histogram(
    "matcher_preview_seconds", "Time to answer one preview, waiting for others included.", buckets=LATENCY
)
