"""`python -m services.subscriptions [role ...]`: with no role named it runs them all in one process."""

import argparse

from runtime.process import main
from runtime.settings import read
from services.subscriptions.main import ROLES, run
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
    roles = _parse().roles or ROLES
    main(lambda: run(read(SubscriptionsSettings), roles))
