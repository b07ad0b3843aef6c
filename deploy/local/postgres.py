"""PostgreSQL 18 from a wheel: starts in a folder on a TCP port of 127.0.0.1, comes back in it with its data, port and password.

Runs as root too, where the server itself becomes `nobody` (see `postgres_files`).
"""

import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote

from deploy.local.child import Child, launch
from deploy.local.errors import StackError, check_space, explained
from deploy.local.guard import Guard
from deploy.local.ports import HOST, check_free, on_free_ports
from deploy.local.postgres_files import Place, place

SUPERUSER = "postgres"
START_TIMEOUT = 60.0
STOP_PATIENCE = 15.0
LEFTOVER_PATIENCE = 10.0
SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}
"""What a killed server survives, and a machine without power does not."""

Say = Callable[[str], None]


class Postgres:
    """A running server."""

    def __init__(self, child: Child, port: int, password: str) -> None:
        self.child = child
        self.port = port
        self._password = password

    @property
    def pid(self) -> int:
        """The postmaster's."""
        return self.child.pid

    def dsn(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """Return a DSN of `user`, or of the superuser where none is named."""
        if user is None:
            user, password = SUPERUSER, self._password
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
        return f"postgresql://{login}@{HOST}:{self.port}/{quote(database, safe='')}"

    def stop(self) -> None:
        """Shut down fast (connections are cut, nothing is lost); by force after STOP_PATIENCE."""
        self.child.stop()


def start_postgres(
    folder: Path, say: Say, *, durable: bool = True, port: int | None = None, guard: Guard | None = None
) -> Postgres:
    """Start PostgreSQL on the data in `folder`, made where there is none, at `port` or where it was last.

    `durable=False` is for tests: a commit no longer survives the machine's end. Raises StackError, PortTakenError where `port`
    is taken.
    Without a guard it outlives an owner that is killed.
    """
    started = time.monotonic()
    with explained("prepare PostgreSQL's folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
        check_space(folder)
        where = place(folder, guard)
        password = _password(where)
        _initialise(where, guard, durable=durable)
        settings = {**SETTINGS, **({} if durable else NOT_DURABLE)}
        if port is not None:
            check_free(port)
            child = _run(where, {**settings, "port": str(port)}, guard)
        else:
            child, port = on_free_ports(
                folder / "ports", 1, lambda ports: (_run(where, {**settings, "port": str(ports[0])}, guard), ports[0])
            )
    say(f"PostgreSQL is up ({time.monotonic() - started:.1f} s)")
    return Postgres(child, port, password)


def _run(where: Place, settings: Mapping[str, str], guard: Guard | None) -> Child:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    deadline = time.monotonic() + LEFTOVER_PATIENCE
    while True:
        child = launch(
            "PostgreSQL",
            [where.binaries / "postgres", "-D", where.data, *options],
            log=where.folder / "postgres.log",
            cwd=where.home,
            guard=guard,
            user=where.user,
            ending=signal.SIGINT,
            patience=STOP_PATIENCE,
        )
        try:
            child.wait_until(partial(_is_ready, where.data, child.pid), START_TIMEOUT)
        except StackError:
            # Backends of a killed postmaster need a moment to notice.
            if "shared memory block" not in child.last_lines() or time.monotonic() > deadline:
                child.kill()
                raise
            time.sleep(0.2)
        except BaseException:
            child.kill()
            raise
        else:
            return child


def _is_ready(data: Path, pid: int) -> bool:
    """Read postmaster.pid as pg_ctl does: the first line is the postmaster, the eighth its state."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004


def _initialise(where: Place, guard: Guard | None, *, durable: bool) -> None:
    """Make the cluster, whole or not at all."""
    if where.data.exists():
        return
    part = where.home / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    argv: list[str | Path] = [where.binaries / "initdb", "-D", part, "-U", SUPERUSER, "--encoding=UTF8", "--locale=C"]
    argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    argv += ["--auth=scram-sha-256", f"--pwfile={where.home / 'password'}", *([] if durable else ["--no-sync"])]
    child = launch("initdb", argv, log=where.folder / "initdb.log", cwd=where.home, guard=guard, user=where.user)
    try:
        child.wait_until(lambda: child.exit_code == 0, START_TIMEOUT)
    except BaseException:
        child.kill()
        raise
    part.rename(where.data)


def _password(where: Place) -> str:
    file = where.home / "password"
    if not file.exists():
        part = where.home / "password.part"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(18))
        if where.user:
            os.chown(part, where.user.uid, where.user.gid)
        part.rename(file)
    return file.read_text()
