"""The REST door: JSON in, JSON or problem details (RFC 9457) out. `route` says how errors become statuses and who calls."""
