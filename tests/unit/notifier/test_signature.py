"""Signatures as Standard Webhooks 1.0.0 has them; `standardwebhooks` is the reference that receivers use."""

import base64
import json
import os
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.notifier.domain.signature import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_known_vector() -> None:
    signature = sign([SECRET], message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(secrets: list[str], body: bytes, *, message_id: str = "msg_1") -> dict[str, str]:
    timestamp = int(datetime.now(UTC).timestamp())
    signature = sign(secrets, message_id=message_id, timestamp=timestamp, body=body)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


@pytest.mark.parametrize("length", [24, 32, 64])
def test_the_reference_verifies_it(length: int) -> None:
    secret = "whsec_" + base64.b64encode(os.urandom(length)).decode()
    body = json.dumps({"type": "posting.opened", "data": {"title": "Ingénieur 🚀"}}, ensure_ascii=False).encode()
    assert Webhook(secret).verify(body, headers([secret], body)) == json.loads(body)


def test_while_a_secret_is_rotated_the_old_and_the_new_one_both_verify() -> None:
    old, new = ("whsec_" + base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    sent = headers([new, old], b"{}")
    assert len(sent["webhook-signature"].split()) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(b"{}", sent) == {}


def test_another_body_id_or_secret_does_not_verify() -> None:
    sent = headers([SECRET], b"{}")
    other = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    for secret, body, changed in ((SECRET, b"[]", {}), (SECRET, b"{}", {"webhook-id": "msg_2"}), (other, b"{}", {})):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, sent | changed)
