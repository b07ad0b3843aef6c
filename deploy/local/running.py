"""A system that runs, as whoever looks at it from outside knows it: where its parts are, not how they were started."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Running:
    """Addresses have no slash at the end."""

    admin_dsn: str
    """Of a role that may read every schema."""
    urls: Mapping[str, str]
    """Of each service."""
    inbox_url: str
    receiver_url: str
    """As the notifier reaches it."""
    environments: Mapping[str, Mapping[str, str]]
    """Of each service: what its commands are run with."""
    is_mailpit: bool = False
    """Whether the inbox is Mailpit, and not our own."""
