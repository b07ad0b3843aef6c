"""Settings of the matcher, `MATCHER_...` in the environment."""

from pydantic_settings import SettingsConfigDict

from runtime.settings import Settings


class MatcherSettings(Settings):
    """All of them."""

    model_config = SettingsConfigDict(env_prefix="MATCHER_")
