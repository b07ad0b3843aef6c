"""Settings of the notifier, `NOTIFIER_...` in the environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from runtime.settings import Port, PostgresSettings


class NotifierSettings(PostgresSettings):
    """All of them."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_")

    sealing_keys: SecretStr
    """`1:<base64 of 32 bytes>,2:...`; the same as the subscriptions service has."""
    public_url: str
    """Where people reach the subscriptions service, without a slash at the end; links in mails begin with it."""
    smtp_host: str = "127.0.0.1"
    smtp_port: Port = 25
    smtp_connections: int = Field(default=32, ge=1)
    """Connections each process holds to the SMTP server at the most."""
    mail_from: str = "jobalerts <alerts@jobalerts.example>"
    mail_bounces: str = "bounces@jobalerts.example"
    """Envelope sender."""
    mail_list_domain: str = "jobalerts.example"
    """Domain of List-Id and Message-ID."""
    postal_address: str = "jobalerts, postal address not configured"
    """At the foot of every mail; bulk-sender rules and CAN-SPAM ask for it."""
    attempt_seconds: float = Field(default=60, gt=0)
    """The longest that one attempt to deliver may take; a destination is leased for three times as long."""
    retry_pace: float = Field(default=1.0, gt=0)
    """Multiplies every pause before a retry: for tests and the demo. Refused when `production` is on, unless it is 1."""
    webhook_ports: tuple[int, ...] = (443, 80)
    allow_insecure_webhooks: bool = False
    """Lets webhooks go to http, any port and private addresses: for tests and the demo. Refused when `production` is on."""
    production: bool = False
