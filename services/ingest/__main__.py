"""The command line of ingest: `python -m services.ingest --help`."""

import argparse
import sys
from collections.abc import Awaitable

from rich.console import Console

from runtime import logs
from runtime.errors import Fatal, Permanent
from runtime.process import PATIENCE, main
from runtime.settings import read
from services.ingest import commands
from services.ingest.main import ROLES, run, run_command, run_import
from services.ingest.settings import IngestSettings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.ingest",
        description="Takes postings from publishers. Without a command it runs the service with all its roles.",
        epilog="Settings come from the environment: INGEST_POSTGRES and INGEST_KAFKA at least.",
    )
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND")
    for role, what in zip(ROLES, ("answer publishers over HTTP", "publish what was recorded on Kafka"), strict=True):
        kinds.add_parser(role, help=f"run only this role: {what}")
    publisher = kinds.add_parser("publisher", help="create, renew, revoke or list publishers")
    actions = publisher.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (
        ("create", "make a publisher and print its API key, once"),
        ("renew", "print a new key in place of all the publisher has; takes a revoked one in again"),
        ("revoke", "no key of this publisher counts any longer"),
    ):
        actions.add_parser(action, help=what).add_argument("name")
    actions.add_parser("list", help="all publishers")
    importing = kinds.add_parser(
        "import",
        help="record a file of postings: the push format, or what a board or feed sends",
        description="Records each posting of a file in its own right: what cannot be taken is kept as a rejection, and said.",
        epilog="For example: python -m services.ingest import --source greenhouse board.json",
    )
    importing.add_argument(
        "file", help="JSONL of the push format, - for standard input; with --source a page of that source; may be gzipped"
    )
    importing.add_argument(
        "--source", metavar="NAME", help="such as greenhouse, lever, jobposting or feed; `try` lists them all"
    )
    importing.add_argument(
        "--publisher",
        metavar="NAME",
        help="whose postings these are; may be left out for a source whose ids are unique everywhere: then the source itself",
    )
    _add_columns(importing)
    trying = kinds.add_parser(
        "try",
        help="show what a board, feed or file would yield, field by field; nothing is recorded and nothing has to be set up",
        description="Shows of the first postings every field, where it came from, and what was not understood. Further pages "
        "are fetched until enough postings are shown. Without a SOURCE it lists them.",
        epilog="For example: python -m services.ingest try greenhouse https://boards.greenhouse.io/COMPANY",
    )
    trying.add_argument(
        "source", metavar="SOURCE", nargs="?", default="?", help="such as greenhouse, lever, jobposting or feed"
    )
    trying.add_argument(
        "target",
        metavar="ADDRESS|FILE",
        nargs="?",
        default="",
        help="a board's address as people know it, or a file with a page of it",
    )
    trying.add_argument("--limit", type=_count, default=3, metavar="N", help="postings to show (3)")
    _add_columns(trying)
    rejections = kinds.add_parser("rejections", help="what could not be taken, newest first")
    rejections.add_argument("--publisher", metavar="NAME", help="only this publisher's")
    rejections.add_argument("--limit", type=int, default=50, metavar="N", help="how many (50)")
    return parser


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--column",
        action="append",
        type=_column,
        default=[],
        metavar="OURS=THEIRS",
        dest="columns",
        help="of the source `table`: the name its file has for one of our columns, such as url=Link; again for each",
    )


def _column(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form OURS=THEIRS")
    return ours, theirs


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


async def _try(arguments: argparse.Namespace) -> None:
    from services.ingest.sources.registry import find_source  # what reads pages is not loaded where postings are taken
    from services.ingest.try_source import list_sources, try_source

    logs.configure("ingest", "CRITICAL")  # what goes wrong is the last line
    console = Console()
    if arguments.source == "?":
        list_sources(console)
        return
    try:
        source = find_source(arguments.source, dict(arguments.columns))
    except Permanent as error:
        raise Fatal(str(error)) from None
    await try_source(source, arguments.target, limit=arguments.limit, console=console)


def _start(arguments: argparse.Namespace) -> Awaitable[None]:
    settings = read(IngestSettings)
    match arguments.command:
        case "import":
            columns = dict(arguments.columns)
            return run_import(
                settings, path=arguments.file, publisher=arguments.publisher, source=arguments.source, columns=columns
            )
        case "rejections":
            return run_command(
                settings,
                lambda pool, _, console: commands.list_rejections(
                    pool, console, publisher=arguments.publisher, limit=arguments.limit
                ),
            )
        case "publisher" if arguments.action == "list":
            return run_command(settings, lambda pool, _, console: commands.list_publishers(pool, console))
        case "publisher":
            action = {
                "create": commands.create_publisher,
                "renew": commands.renew_publisher,
                "revoke": commands.revoke_publisher,
            }[arguments.action]
            return run_command(settings, lambda pool, *_: action(pool, arguments.name))
        case None:
            return run(settings, frozenset(ROLES))
        case role:
            return run(settings, frozenset({role}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["dlq"]:  # every service is asked for its dead letters, so this one says where to look instead
        sys.exit(
            "ingest reads no topic and so has no dead letters: `rejections` lists what publishers sent that could not be taken"
        )
    arguments = _parser().parse_args()
    if arguments.command == "try":
        main(lambda: _try(arguments))
    else:
        service = arguments.command is None or arguments.command in ROLES
        main(lambda: _start(arguments), patience=PATIENCE if service else 0.0)
