"""Command line of the notifier: `python -m services.notifier [ROLE ...]`."""

import argparse

from runtime.process import main
from runtime.settings import read
from services.notifier.main import ROLES, run
from services.notifier.settings import NotifierSettings

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m services.notifier",
        description="Run the notifier: all its roles in one process, or those named. "
        "It is configured by NOTIFIER_KAFKA, NOTIFIER_POSTGRES and so on (see settings.py).",
    )
    parser.add_argument("role", nargs="*", metavar="ROLE", help=f"one of {', '.join(ROLES)}; none means all")
    arguments = parser.parse_args()
    if unknown := set(arguments.role) - set(ROLES):  # `choices` would refuse the empty list in Python 3.11
        parser.error(f"there is no role {', '.join(sorted(unknown))}: choose from {', '.join(ROLES)}")
    main(lambda: run(read(NotifierSettings), arguments.role or ROLES))
