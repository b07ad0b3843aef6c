"""What ingest is configured with: `INGEST_POSTGRES`, `INGEST_KAFKA` and those of `runtime.settings`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import PostgresSettings


class IngestSettings(PostgresSettings):
    """The settings of ingest."""

    model_config = SettingsConfigDict(env_prefix="INGEST_")

    body_limit: int = 8 * 1024 * 1024
    """Bytes of the largest push."""
    streams: int = Field(default=8, ge=0)
    """Streams of postings that a process reads at the same time. Each holds some megabytes and, to record, a connection."""
    streams_per_publisher: int = Field(default=2, ge=0)
    """Of one publisher, in each process."""
    items_per_minute: int = Field(default=60_000, ge=1)
    """Items a publisher may push in a minute, unless `publisher quota` says otherwise of it."""
    open_postings: int = Field(default=500_000, ge=0)
    """Postings a publisher may have open at once, unless `publisher quota` says otherwise of it."""
