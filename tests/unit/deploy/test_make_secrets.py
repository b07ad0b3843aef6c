"""Secrets are made once, handed to their owners alone, and completed where a run was cut short."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from deploy import make_secrets as secrets
from runtime.sealing import Sealer


def test_each_gets_its_own_and_the_same_again(tmp_path: Path) -> None:
    assert len(secrets.make_secrets(tmp_path)) == 5
    first = _files(tmp_path)
    assert first.keys() >= {"ingest/ingest_postgres", "postgres/postgres_password", "provision/jobalerts_admin"}
    assert {name for name in first if name.startswith("ingest/")} == {"ingest/ingest_postgres"}
    assert secrets.make_secrets(tmp_path) == []
    assert _files(tmp_path) == first


def test_what_is_shared_is_the_same_and_can_be_used(tmp_path: Path) -> None:
    secrets.make_secrets(tmp_path)
    files = _files(tmp_path)
    assert files["notifier/notifier_sealing_keys"] == files["subscriptions/subscriptions_sealing_keys"]
    Sealer.parse(files["notifier/notifier_sealing_keys"])
    assert files["postgres/postgres_password"] in files["provision/jobalerts_admin"]
    assert files["ingest/ingest_postgres"] == files["provision/ingest_postgres"]


def test_a_password_that_was_handed_in_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "ingest_password").write_text("p@ss/word:%\n")
    assert "ingest_password" not in secrets.make_secrets(tmp_path)
    assert unquote(urlsplit(_files(tmp_path)["ingest/ingest_postgres"]).password or "") == "p@ss/word:%"


def test_a_run_that_was_cut_short_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    write, written = secrets._write, 0

    def dies_at_the_seventh(path: Path, value: str, *, mode: int) -> None:
        nonlocal written
        written += 1
        if written == 7:
            path.parent.mkdir(exist_ok=True)
            path.with_name(f".{path.name}").write_text("half of i")
            raise Killed
        write(path, value, mode=mode)

    monkeypatch.setattr(secrets, "_write", dies_at_the_seventh)
    with pytest.raises(Killed):
        secrets.make_secrets(tmp_path)
    before = {name: value for name, value in _files(tmp_path).items() if name.startswith("kept/")}
    monkeypatch.setattr(secrets, "_write", write)
    assert secrets.make_secrets(tmp_path) == []
    after = _files(tmp_path)
    assert before.items() <= after.items()
    assert not [name for name in after if "/." in name]
    assert len(after) == 5 + 1 + 4 + 1 + 2 + 2


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
