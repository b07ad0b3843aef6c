"""Command line of the matcher: `python -m services.matcher`, or with `dlq` its dead letters."""

import argparse
import sys

from runtime import dlq
from runtime.process import PATIENCE, main
from runtime.settings import read
from schemas.topics import MATCHER_POSTINGS, dead_letters
from services.matcher.main import open_handlers, run
from services.matcher.settings import MatcherSettings

if __name__ == "__main__":
    if sys.argv[1:2] == ["dlq"]:
        topics = {MATCHER_POSTINGS: dead_letters(MATCHER_POSTINGS)}
        main(dlq.command("matcher", sys.argv[2:], settings=MatcherSettings, topics=topics, handlers=open_handlers))
    else:
        argparse.ArgumentParser(
            prog="python -m services.matcher",
            description="Run the matcher. It is configured by MATCHER_KAFKA, MATCHER_HTTP_PORT and so on (see settings.py).",
            epilog="`python -m services.matcher dlq --help`: what it could not handle, and how it is run again.",
        ).parse_args()
        main(lambda: run(read(MatcherSettings)), patience=PATIENCE)
