"""Command line of the notifier: `python -m services.notifier [ROLE ...]`, or with `dlq` its dead letters."""

import argparse
import sys

from runtime import dlq
from runtime.process import PATIENCE, main
from runtime.settings import read
from schemas.topics import GROUPS, dead_letters
from services.notifier.main import ROLES, open_handlers, run
from services.notifier.settings import NotifierSettings


def _roles() -> list[str]:
    parser = argparse.ArgumentParser(
        prog="python -m services.notifier",
        description="Run the notifier: all its roles in one process, or those named. "
        "It is configured by NOTIFIER_KAFKA, NOTIFIER_POSTGRES and so on (see settings.py).",
        epilog="`python -m services.notifier dlq --help`: what it could not handle, and how it is run again.",
    )
    parser.add_argument("role", nargs="*", metavar="ROLE", help=f"one of {', '.join(ROLES)}; none means all")
    roles: list[str] = parser.parse_args().role
    if unknown := set(roles) - set(ROLES):  # `choices` would refuse the empty list in Python 3.11
        parser.error(f"there is no role {', '.join(sorted(unknown))}: choose from {', '.join(ROLES)}")
    return roles


if __name__ == "__main__":
    if sys.argv[1:2] == ["dlq"]:
        topics = {group: dead_letters(group) for group in GROUPS if group.startswith("notifier-")}
        main(dlq.command("notifier", sys.argv[2:], settings=NotifierSettings, topics=topics, handlers=open_handlers))
    else:
        roles = _roles() or ROLES
        main(lambda: run(read(NotifierSettings), roles), patience=PATIENCE)
