"""The contracts between the services: everything that travels on Kafka, and the meaning of a filter.

Nothing here does I/O and nothing here knows a service. `docs/contracts.md` says how a contract may change.
"""
