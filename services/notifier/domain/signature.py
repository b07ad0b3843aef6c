"""Signs webhooks as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`, one `v1,` for each active secret."""

import base64
import hmac
from collections.abc import Iterable


def sign(secrets: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. Secrets are `whsec_<base64>`, `timestamp` in seconds, `body` exactly what is sent."""
    content = f"{message_id}.{timestamp}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    return " ".join("v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
