"""What the service is configured with; only `main` reads it."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr, model_validator
from pydantic_core import Url
from pydantic_settings import SettingsConfigDict

from runtime.settings import PostgresSettings


def _bare(text: str) -> str:
    url = Url(text)
    if url.scheme not in ("http", "https") or url.query or url.fragment:
        raise ValueError("must be an http or https address without query or fragment")
    return text.rstrip("/")


class SubscriptionsSettings(PostgresSettings):
    """Environment prefix `SUBSCRIPTIONS_`."""

    model_config = SettingsConfigDict(env_prefix="SUBSCRIPTIONS_")

    sealing_keys: SecretStr
    """Shared with the notifier: `1:<base64 of 32 bytes>`, several separated by commas; see `runtime.sealing`."""
    public_url: Annotated[str, AfterValidator(_bare)]
    """Where people reach the pages of this service, for example `https://alerts.example.org`."""
    allow_insecure_endpoints: bool = False
    """Take webhook endpoints over plain http and on private addresses: for the demo and tests. Refused in `production`."""
    production: bool = False

    @model_validator(mode="after")
    def _safe(self) -> "SubscriptionsSettings":
        if self.production and self.allow_insecure_endpoints:
            raise ValueError("SUBSCRIPTIONS_ALLOW_INSECURE_ENDPOINTS is for the demo and tests: production refuses it")
        return self
