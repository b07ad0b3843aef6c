"""Two kinds of error. Doors alone turn them into an ack, a retry, a dead letter or an HTTP status."""


class JobAlertsError(Exception):
    """Base of both kinds. The docstring of a subclass is its default message."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or type(self).__name__).strip())


class Transient(JobAlertsError):
    """Something outside is not there at the moment; the same work may succeed later."""


class Permanent(JobAlertsError):
    """This work will never succeed as it is; trying again does not help."""


class Fatal(JobAlertsError):
    """The process must not go on: it would do harm or hide a loss. It stops and says why."""


class Unreachable(Fatal):
    """Kafka or PostgreSQL does not answer at a start. A service waits for them, a command says so and ends."""
