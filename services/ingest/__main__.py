"""The command line of ingest: `python -m services.ingest --help`."""

import argparse
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from rich.console import Console

from runtime import logs
from runtime.errors import Fatal, Permanent
from runtime.process import PATIENCE, main
from runtime.settings import read
from services.ingest import commands
from services.ingest.main import ROLES, run, run_command, run_import
from services.ingest.settings import IngestSettings

_LARGEST: Final = 2**31
"""Above every quota."""
_UNSAID: Final = object()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.ingest",
        description="Takes postings from publishers. Without a command it runs the service with all its roles.",
        epilog="Settings come from the environment: INGEST_POSTGRES and INGEST_KAFKA at least.",
    )
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND")
    for role, what in zip(
        ROLES, ("answer publishers over HTTP", "publish what was recorded on Kafka", "remove what is over"), strict=True
    ):
        kinds.add_parser(role, help=f"run only this role: {what}")
    publisher = kinds.add_parser("publisher", help="create, renew, revoke, limit or list publishers")
    actions = publisher.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (
        ("create", "make a publisher and print its API key, once"),
        ("renew", "print a new key in place of all the publisher has; takes a revoked one in again"),
        ("revoke", "no key of this publisher counts any longer"),
    ):
        actions.add_parser(action, help=what).add_argument("name")
    actions.add_parser("list", help="all publishers, with what they have open and may push")
    limiting = actions.add_parser("quota", help="say what a publisher may push and have open; without a number, show it")
    limiting.add_argument("name")
    limiting.add_argument(
        "--per-minute", type=_number, metavar="N", default=_UNSAID, help="items it may push in a minute; or `default`"
    )
    limiting.add_argument(
        "--open", type=_number, metavar="N", default=_UNSAID, dest="most_open", help="postings it may have open; or `default`"
    )
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
        description="Shows of the first postings every field, where it came from, and what is to be noted of it. Further pages "
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
    _add_rejections(kinds.add_parser("rejections", help="what could not be taken, newest first; retry tries it again"))
    return parser


def _add_rejections(rejections: argparse.ArgumentParser) -> None:
    rejections.add_argument("--publisher", metavar="NAME", help="only this publisher's")
    rejections.add_argument("--limit", type=int, default=50, metavar="N", help="how many (50)")
    rejections.add_argument("--all", action="store_true", help="those too whose posting was taken since")
    _add_wanted(rejections)
    actions = rejections.add_subparsers(dest="action", metavar="ACTION")
    retrying = actions.add_parser(
        "retry",
        help="try again what was kept, after a fix of ours",
        description="Puts what was kept through the same door once more. What was pushed or closed since is not overtaken.",
    )
    which = retrying.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", type=int, metavar="ID", help="the number behind # in the list")
    which.add_argument("--publisher", dest="of", metavar="NAME", help="all that are open of this publisher's")
    _add_wanted(retrying, argparse.SUPPRESS)  # what stands before `retry` counts too
    retrying.add_argument("--dry-run", action="store_true", help="say what would become of them, and change nothing")
    retrying.add_argument("--force", action="store_true", help="also where the posting was pushed or closed since")


def _add_wanted(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument("--source-id", metavar="ID", default=default, help="only of this posting")
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="TIME",
        default=default,
        help="only what came at this time or later, as 2026-08-31T12:00",
    )
    parser.add_argument(
        "--field", metavar="FIELD", default=default, help="only with a fault of this field; pay is also pay.minimum"
    )


def _number(text: str) -> int | None:
    if text == "default":
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < _LARGEST):
        raise argparse.ArgumentTypeError(f"{text} is neither a number from 1 to {_LARGEST - 1:,} nor `default`")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time like 2026-08-31T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _publisher(settings: IngestSettings, arguments: argparse.Namespace) -> Awaitable[None]:
    match arguments.action:
        case "list":
            return run_command(settings, lambda pool, _, console: commands.list_publishers(pool, console))
        case "quota":
            given = {column: getattr(arguments, column) for column in ("per_minute", "most_open")}
            changes = {column: number for column, number in given.items() if number is not _UNSAID}
            return run_command(settings, lambda pool, *_: commands.limit_publisher(pool, arguments.name, changes))
        case action:
            run = {
                "create": commands.create_publisher,
                "renew": commands.renew_publisher,
                "revoke": commands.revoke_publisher,
            }[action]
            return run_command(settings, lambda pool, *_: run(pool, arguments.name))


def _rejections(settings: IngestSettings, arguments: argparse.Namespace) -> Awaitable[None]:
    from services.ingest.domain.rejection import Wanted
    from services.ingest.retry import Try

    wanted = Wanted(arguments.source_id, arguments.since, arguments.field, resolved=arguments.all)
    if arguments.action is None:
        listing = partial(commands.list_rejections, publisher=arguments.publisher, wanted=wanted, limit=arguments.limit)
        return run_command(settings, lambda pool, _, console: listing(pool, console))
    how = Try(datetime.now(UTC), force=arguments.force, dry=arguments.dry_run)
    if arguments.of is None:
        return run_command(settings, partial(commands.retry_rejection, rejection_id=arguments.id, how=how))
    return run_command(settings, partial(commands.retry_rejections, publisher=arguments.of, wanted=wanted, how=how))


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
            return _rejections(settings, arguments)
        case "publisher":
            return _publisher(settings, arguments)
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
