from collections.abc import Mapping

import pytest

from runtime.errors import Fatal
from runtime.settings import read
from services.subscriptions.settings import SubscriptionsSettings

GOOD = {
    "POSTGRES": "postgresql://subscriptions:secret-word@db/jobalerts",
    "KAFKA": "kafka:9092",
    "HTTP_PORT": "8080",
    "SEALING_KEYS": "1:secret-word",
    "PUBLIC_URL": "https://alerts.example.org/",
}


def settings(monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str | None]) -> SubscriptionsSettings:
    for name, value in (GOOD | dict(changes)).items():
        if value is not None:
            monkeypatch.setenv(f"SUBSCRIPTIONS_{name}", value)
    return read(SubscriptionsSettings)


def test_the_environment_is_read_and_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, {})
    assert found.public_url == "https://alerts.example.org"
    assert found.allow_insecure_endpoints is False
    assert "secret-word" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SEALING_KEYS": None}, "SUBSCRIPTIONS_SEALING_KEYS: Field required"),
        ({"PUBLIC_URL": None}, "SUBSCRIPTIONS_PUBLIC_URL: Field required"),
        ({"PUBLIC_URL": "alerts.example.org"}, "SUBSCRIPTIONS_PUBLIC_URL"),
        ({"PUBLIC_URL": "ftp://alerts.example.org"}, "must be an http or https address"),
        ({"PUBLIC_URL": "https://alerts.example.org/?x=1"}, "without query or fragment"),
        ({"HTTP_PORT": "66000"}, "SUBSCRIPTIONS_HTTP_PORT"),
        ({"PRODUCTION": "true", "ALLOW_INSECURE_ENDPOINTS": "true"}, "production refuses it"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str | None], words: str
) -> None:
    with pytest.raises(Fatal, match=words.replace("?", r"\?")):
        settings(monkeypatch, changes)
