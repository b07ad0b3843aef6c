"""Makes the passwords and keys that a new deployment needs, as files, and hands each service its own.

    python -m deploy.make_secrets FOLDER

FOLDER/kept has what was made, once, for nobody else to see. FOLDER/<who> is what that one gets as /run/secrets: written anew
each time from what is kept, so that a run that was cut short is completed by the next. What is kept is never replaced.
"""

import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from deploy.provision import OWNERS

DATABASE: Final = "jobalerts"
HOST: Final = "postgres:5432"


def make_secrets(folder: Path) -> list[str]:
    """Make what is missing and write what everybody is given. Returns the names of what was made."""
    kept = {name: _keep(folder / "kept" / name, make) for name, make in _makers().items()}
    for who, files in _shares({name: value for name, (value, _) in kept.items()}).items():
        for name, value in files.items():
            # Only its owner's containers have the folder at all; PostgreSQL reads its password as a user of its own.
            _write(folder / who / name, value, mode=0o444)
    return [name for name, (_, is_new) in kept.items() if is_new]


def _makers() -> Mapping[str, Callable[[], str]]:
    passwords = {f"{role}_password": secrets.token_urlsafe for role in ("postgres", *OWNERS)}
    return {**passwords, "sealing_keys": lambda: f"1:{base64.b64encode(os.urandom(32)).decode()}"}


def _shares(kept: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    dsns = {f"{role}_postgres": _dsn(role, kept[f"{role}_password"]) for role in OWNERS}
    keys = kept["sealing_keys"]
    admin = _dsn("postgres", kept["postgres_password"])
    return {
        "postgres": {"postgres_password": kept["postgres_password"]},
        "provision": {"jobalerts_admin": admin, **dsns},
        "ingest": {"ingest_postgres": dsns["ingest_postgres"]},
        "notifier": {"notifier_postgres": dsns["notifier_postgres"], "notifier_sealing_keys": keys},
        "subscriptions": {"subscriptions_postgres": dsns["subscriptions_postgres"], "subscriptions_sealing_keys": keys},
    }


def _dsn(role: str, password: str) -> str:
    return f"postgresql://{role}:{quote(password, safe='')}@{HOST}/{DATABASE}"


def _keep(path: Path, make: Callable[[], str]) -> tuple[str, bool]:
    """What is kept there, and whether it was made just now."""
    if path.exists():
        return path.read_text("utf-8").strip(), False
    _write(path, value := make(), mode=0o400)
    return value, True


def _write(path: Path, value: str, *, mode: int) -> None:
    """Whole or not at all, also when the machine stops."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    with draft.open("w", encoding="utf-8") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit(__doc__)
    print("made:", ", ".join(make_secrets(Path(sys.argv[1]))) or "nothing, all was there")
