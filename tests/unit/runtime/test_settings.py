"""A missing or wrong setting is said in one sentence with the name to set."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from runtime.errors import Fatal
from runtime.settings import PostgresSettings, read


class ExampleSettings(PostgresSettings):
    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {"KAFKA": "kafka:9092", "HTTP_PORT": "8080", "POSTGRES": "postgresql://example:hidden@db/x"}.items():
        monkeypatch.setenv(f"EXAMPLE_{name}", value)
    return monkeypatch


def test_settings_come_from_the_environment_and_cannot_be_changed(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EXAMPLE_TOPIC_PREFIX", "blue.")
    settings = read(ExampleSettings)
    assert (settings.kafka, settings.http_port, settings.topic_prefix) == ("kafka:9092", 8080, "blue.")
    assert settings.postgres.get_secret_value() == "postgresql://example:hidden@db/x"
    with pytest.raises(ValueError, match="frozen"):
        settings.kafka = "elsewhere"  # type: ignore[misc]  # that it cannot be set is the point


def test_secrets_do_not_show_when_settings_are_printed(environment: pytest.MonkeyPatch) -> None:
    assert "hidden" not in repr(read(ExampleSettings))


def test_every_missing_setting_is_named_as_it_must_be_set(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("EXAMPLE_KAFKA")
    environment.delenv("EXAMPLE_POSTGRES")
    with pytest.raises(Fatal, match=r"^settings: EXAMPLE_KAFKA: Field required; EXAMPLE_POSTGRES: Field required$"):
        read(ExampleSettings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HTTP_PORT", "eighty", "EXAMPLE_HTTP_PORT: Input should be a valid integer"),
        ("HTTP_PORT", "65536", "EXAMPLE_HTTP_PORT: Input should be less than or equal to 65535"),
        ("HTTP_PORT", "-1", "EXAMPLE_HTTP_PORT: Input should be greater than or equal to 0"),
        ("POSTGRES_POOL", "1", "EXAMPLE_POSTGRES_POOL: Input should be greater than or equal to 2"),
    ],
)
def test_wrong_setting_is_named_with_what_is_wrong(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    environment.setenv(f"EXAMPLE_{name}", value)
    with pytest.raises(Fatal, match=f"^settings: {said}"):
        read(ExampleSettings)


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "example_postgres").write_text("postgresql://example:filed@db/x")
    code = (
        "from tests.unit.runtime.test_settings import ExampleSettings; from runtime.settings import read; "
        "print(read(ExampleSettings).postgres.get_secret_value())"
    )
    environment = {"JOBALERTS_SECRETS": str(tmp_path), "EXAMPLE_KAFKA": "k:1", "EXAMPLE_HTTP_PORT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (done.stdout, done.stderr) == ("postgresql://example:filed@db/x\n", "")


@pytest.mark.parametrize("environment", [{}, {"JOBALERTS_SECRETS": "no/such/folder"}])
def test_service_without_settings_ends_with_the_sentence_and_no_traceback(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.matcher"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 1
    assert done.stderr == "settings: MATCHER_KAFKA: Field required\n"
