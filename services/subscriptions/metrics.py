"""Every metric of this service beside those in `runtime.telemetry`."""

from typing import Final

from prometheus_client import Counter

asked: Final = Counter(
    "jobalerts_subscriptions_asked_total",
    "Links asked for by strangers; `limited` ones were answered alike and sent no mail.",
    ["what", "result"],
)
changes: Final = Counter(
    "jobalerts_subscriptions_changes_total",
    "Changes that people and partners made: confirmed, created, changed, ended, unsubscribed, erased, endpoint_created, ...",
    ["what"],
)
refused_links: Final = Counter("jobalerts_subscriptions_refused_links_total", "Links that did not open.", ["purpose", "why"])
swept: Final = Counter("jobalerts_subscriptions_swept_total", "Rows removed when their time was over.", ["what"])
