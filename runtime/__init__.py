"""What any service needs, and no job-alert noun: logs, Postgres, Kafka, outbox, health, errors, metrics, HTTP."""
