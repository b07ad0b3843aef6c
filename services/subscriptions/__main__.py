"""`python -m services.subscriptions [role ...]`: with no role named it runs them all in one process.

`python -m services.subscriptions dlq --help`: what it could not handle, and how it is run again.
"""

import argparse
import sys

from runtime import dlq
from runtime.process import PATIENCE, main
from runtime.settings import read
from schemas.topics import SUBSCRIPTIONS_OUTCOMES, dead_letters
from services.subscriptions.main import ROLES, open_handlers, run
from services.subscriptions.settings import SubscriptionsSettings


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.subscriptions", description=__doc__)
    parser.add_argument(
        "roles",
        nargs="*",
        metavar="role",
        help="api: pages and REST; relay: outbox and heartbeat; consume: outcomes; sweep: removes what is over",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.roles) - set(ROLES):
        parser.error(f"no such role: {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}")
    return arguments


if __name__ == "__main__":
    if sys.argv[1:2] == ["dlq"]:
        topics = {SUBSCRIPTIONS_OUTCOMES: dead_letters(SUBSCRIPTIONS_OUTCOMES)}
        main(dlq.command("subscriptions", sys.argv[2:], settings=SubscriptionsSettings, topics=topics, handlers=open_handlers))
    else:
        roles = _parse().roles or ROLES
        main(lambda: run(read(SubscriptionsSettings), roles), patience=PATIENCE)
