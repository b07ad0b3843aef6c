"""The embedded stack: real Kafka, real PostgreSQL, an inbox and a webhook receiver, all from packages that pip installs."""
