"""Command line of the matcher: `python -m services.matcher`."""

import argparse

from runtime.process import main
from runtime.settings import read
from services.matcher.main import run
from services.matcher.settings import MatcherSettings

if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m services.matcher",
        description="Run the matcher. It is configured by MATCHER_KAFKA, MATCHER_HTTP_PORT and so on (see settings.py).",
    ).parse_args()
    main(lambda: run(read(MatcherSettings)))
