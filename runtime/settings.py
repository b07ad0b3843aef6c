"""What every service is configured with. A service subclasses this with its own prefix; only its `main` reads it.

Each value comes from `<PREFIX><NAME>` in the environment, or from a file of that name (lower case) in the folder that
`JOBALERTS_SECRETS` names, which is how containers hand over secrets.
"""

import os
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.errors import Fatal

_NAMED: Final = os.environ.get("JOBALERTS_SECRETS")
_SECRETS: Final = _NAMED if _NAMED and Path(_NAMED).is_dir() else None
"""A service that is given no secrets has no such folder; what it lacks then is told by its name."""
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Settings common to all services."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", secrets_dir=_SECRETS, use_attribute_docstrings=True)

    kafka: str
    """Bootstrap servers, `host:port` separated by commas."""
    topic_prefix: str = ""
    """Put before every topic and group, so that several environments can share a cluster."""
    group_session: float = Field(default=10.0, ge=1.0)
    """Seconds of silence after which Kafka gives a consumer's partitions to others; not under what the brokers allow (6 s)."""
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    """Port of the service's API, health and metrics."""
    log_level: str = "INFO"


class PostgresSettings(Settings):
    """Settings of a service that owns tables."""

    postgres: SecretStr
    """DSN with the service's own role, for example `postgresql://ingest:...@db/jobalerts`."""
    postgres_pool: int = Field(default=10, ge=2)
    """Connections each process holds at the most."""


T = TypeVar("T", bound=Settings)


def read(kind: type[T]) -> T:
    """Read the environment, or say in one sentence which setting is missing or wrong and how to name it."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        faults = [f"{prefix}{'_'.join(map(str, fault['loc']))}".upper() + f": {fault['msg']}" for fault in error.errors()]
        raise Fatal("settings: " + "; ".join(faults)) from None
