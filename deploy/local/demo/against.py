"""The demo's people and postings against a system that runs already, whoever else uses it: `make demo ONCE=1 TARGET=compose`.

    python -m deploy.local.demo.against [--per-second N] [--may-repeat]

Reads DEMO_INGEST, DEMO_SUBSCRIPTIONS, DEMO_MAILPIT and DEMO_RECEIVER (addresses without a slash at the end), INGEST_KAFKA, and
in the folder that JOBALERTS_SECRETS names jobalerts_admin (DSN of a role that may read every schema) and ingest_postgres.
"""

import argparse
import asyncio
import os
import secrets
import sys
from pathlib import Path

from rich.console import Console

from deploy.local.demo.console import Say, tell
from deploy.local.demo.feed import SAMPLES, read_postings
from deploy.local.demo.once import PUSHES_A_SECOND, account_once
from deploy.local.demo.people import PEOPLE, renamed
from deploy.local.errors import StackError
from deploy.local.running import Running


def main() -> int:
    """Run it once; the exit code is 0 when everything is accounted for."""
    arguments = _arguments()

    def work(say: Say, console: Console) -> int:
        people, postings = renamed(PEOPLE, secrets.token_hex(3)), read_postings(SAMPLES)
        pace, may_repeat = arguments.per_second, arguments.may_repeat
        once = account_once(_running(), say, console, postings=postings, people=people, per_second=pace, may_repeat=may_repeat)
        return 1 if asyncio.run(once).unaccounted else 0

    return tell(work, stopped="stopped", status=1)


def _running() -> Running:
    return Running(
        admin_dsn=_secret("jobalerts_admin"),
        urls={"ingest": _setting("DEMO_INGEST"), "subscriptions": _setting("DEMO_SUBSCRIPTIONS")},
        inbox_url=_setting("DEMO_MAILPIT"),
        receiver_url=_setting("DEMO_RECEIVER"),
        environments={"ingest": dict(os.environ)},
        is_mailpit=True,
    )


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise StackError(f"{name} is not set; see `python -m deploy.local.demo.against --help`")
    return value


def _secret(name: str) -> str:
    path = Path(_setting("JOBALERTS_SECRETS")) / name
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise StackError(f"cannot read {path}: {error.strerror}") from None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.demo.against", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--per-second", type=float, default=PUSHES_A_SECOND, help=f"postings a second at the most ({PUSHES_A_SECOND:g})"
    )
    parser.add_argument(
        "--may-repeat",
        action="store_true",
        help="services are killed meanwhile: a mail that comes again with its id is no fault",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
