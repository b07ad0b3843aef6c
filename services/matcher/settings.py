"""Settings of the matcher, `MATCHER_...` in the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import Settings


class MatcherSettings(Settings):
    """All of them."""

    model_config = SettingsConfigDict(env_prefix="MATCHER_")

    snapshot: str = ""
    """A file, of each process its own, that keeps the index for the next start; none where empty."""
    snapshot_every: float = Field(default=300.0, ge=0.1)
    """Seconds between two snapshots."""
