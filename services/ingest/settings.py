"""What ingest is configured with: `INGEST_POSTGRES`, `INGEST_KAFKA` and those of `runtime.settings`."""

from pydantic_settings import SettingsConfigDict

from runtime.settings import PostgresSettings


class IngestSettings(PostgresSettings):
    """The settings of ingest."""

    model_config = SettingsConfigDict(env_prefix="INGEST_")

    body_limit: int = 8 * 1024 * 1024
    """Bytes of the largest push."""
