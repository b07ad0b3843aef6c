"""Settings of the matcher, `MATCHER_...` in the environment."""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from runtime.settings import Settings
from schemas.topics import SUBSCRIPTIONS


class MatcherSettings(Settings):
    """All of them."""

    model_config = SettingsConfigDict(env_prefix="MATCHER_")

    snapshot: str = ""
    """A file, of each process its own, that keeps the index for the next start; none where empty."""
    snapshot_every: float = Field(default=300.0, ge=0.1)
    """Seconds between two snapshots."""
    shards: int = Field(default=1, ge=1, le=SUBSCRIPTIONS.partitions)
    """Into how many the subscriptions are divided. It is changed with `python -m services.matcher reshard`: docs/runbook.md."""
    shard: int = Field(default=0, ge=0)
    """Which of them this process has, counted from 0. Replicas of a shard have the same."""

    @field_validator("shard")
    @classmethod
    def _is_one_of_them(cls, shard: int, info: ValidationInfo) -> int:
        if "shards" in info.data and shard >= info.data["shards"]:  # missing where it is itself refused
            raise ValueError(f"shards count from 0, and MATCHER_SHARDS is {info.data['shards']}")
        return shard
