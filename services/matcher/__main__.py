"""Command line of the matcher: `python -m services.matcher --help`.

Each command loads what it needs: what the matcher compiles takes a second and 70 MB.
"""

import argparse
import sys
import time

from runtime import dlq
from runtime.process import PATIENCE, main
from runtime.settings import read
from schemas.topics import MATCHER_POSTINGS, dead_letters
from services.matcher.settings import MatcherSettings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher",
        description="Without a command: compare postings with subscriptions, configured by MATCHER_KAFKA, MATCHER_HTTP_PORT "
        "and so on. Previews are a process of their own, so that a question never delays a match.",
        epilog="`python -m services.matcher dlq --help`: what it could not handle, and how it is run again.",
    )
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND")
    kinds.add_parser(
        "preview",
        help="run the other role: hold all open postings in memory and say what a filter finds among them (POST /v1/preview)",
        epilog="Configured as the matcher is. Ready once it has read all postings, which for 50,000 takes a minute or two.",
    )
    explaining = kinds.add_parser(
        "explain",
        help="why a posting matches a filter, or why not; needs neither Kafka nor settings",
        epilog="Ends with 0 whether it matches or not; -- stands before keywords that begin with a dash. For example: "
        "python -m services.matcher explain -- '\"machine learning\" -senior' posting.json",
    )
    explaining.add_argument(
        "filter", metavar="FILTER", help="keywords as they are typed, a filter as JSON, or a file of it that ends in .json"
    )
    explaining.add_argument(
        "posting", metavar="POSTING", help="a file with a posting, or a record of `postings`, as JSON; - for standard input"
    )
    resharding = kinds.add_parser(
        "reshard",
        help="before the number of shards is changed: let the new groups begin where the old ones are",
        description="Says where the consumer groups of so many shards are to begin: behind what the slowest shard of another "
        "number has compared. With --commit it is done, unless matchers run. Needs MATCHER_KAFKA, and MATCHER_TOPIC_PREFIX "
        "where topics have one.",
        epilog="Exit code 0: it was said, or done; 1: it was not, and the last line says why. docs/runbook.md has the steps.",
    )
    resharding.add_argument("--to", type=int, required=True, metavar="N", help="how many shards there are to be, 1 to 12")
    resharding.add_argument("--commit", action="store_true", help="do it")
    kinds.add_parser(
        "compile",
        help="compile the inner loops ahead, once for a version and a kind of processor: a start then only reads them",
    )
    return parser


async def _match() -> None:
    settings = read(MatcherSettings)
    from services.matcher.main import run

    await run(settings)


async def _preview() -> None:
    settings = read(MatcherSettings)
    from services.matcher.main_preview import run_preview

    await run_preview(settings)


async def _explain(filter: str, posting: str) -> None:
    from services.matcher.commands import print_explanation

    await print_explanation(filter, posting)


async def _reshard(to: int, *, commit: bool) -> None:
    from services.matcher.reshard import reshard

    settings = read(MatcherSettings)
    await reshard(settings.kafka, settings.topic_prefix, to=to, commit=commit)


async def _compile() -> None:
    from services.matcher.warm import warm

    started = time.perf_counter()
    warm()
    print(f"the matcher's inner loops are ready ({time.perf_counter() - started:.1f} s)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["dlq"]:
        from services.matcher.main import open_handlers

        topics = {MATCHER_POSTINGS: dead_letters(MATCHER_POSTINGS)}
        main(dlq.command("matcher", sys.argv[2:], settings=MatcherSettings, topics=topics, handlers=open_handlers))
    elif (arguments := _parser().parse_args()).command == "explain":
        main(lambda: _explain(arguments.filter, arguments.posting))
    elif arguments.command == "reshard":
        main(lambda: _reshard(arguments.to, commit=arguments.commit))
    elif arguments.command == "compile":
        main(_compile)
    elif arguments.command == "preview":
        main(_preview, patience=PATIENCE)
    else:
        main(_match, patience=PATIENCE)
