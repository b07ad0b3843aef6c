"""The contracts between the services: everything that travels on Kafka, and the meaning of a filter.

Nothing here knows a service, and nothing does I/O but for tables beside the code, which are read once. `docs/contracts.md` says
how a contract may change.
"""
