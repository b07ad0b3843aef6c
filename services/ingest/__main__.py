"""The command line of ingest: `python -m services.ingest --help`."""

import argparse
import sys
from collections.abc import Awaitable

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
    importing = kinds.add_parser("import", help="record a file of postings, one JSON object of the push format a line")
    importing.add_argument("file", help="path of the JSONL file, may be gzipped; - for standard input")
    importing.add_argument("--publisher", required=True, metavar="NAME", help="whose postings these are")
    trying = kinds.add_parser(
        "try",
        help="show what a board, feed or file would yield, field by field; nothing is recorded and nothing has to be set up",
        description="Reads one page and shows of each posting every field, where it came from, and what was not understood.",
        epilog="For example: python -m services.ingest try greenhouse https://boards.greenhouse.io/COMPANY",
    )
    trying.add_argument("source", metavar="SOURCE", help="such as greenhouse, lever, jobposting or feed; ? names them all")
    trying.add_argument(
        "target",
        metavar="ADDRESS|FILE",
        nargs="?",
        default="",
        help="a board's address as people know it, or a file with a page of it",
    )
    trying.add_argument("--limit", type=int, default=3, metavar="N", help="postings to show (3)")
    rejections = kinds.add_parser("rejections", help="what could not be taken, newest first")
    rejections.add_argument("--publisher", metavar="NAME", help="only this publisher's")
    rejections.add_argument("--limit", type=int, default=50, metavar="N", help="how many (50)")
    return parser


async def _try(source: str, target: str, limit: int) -> None:
    from services.ingest.try_source import try_source  # what reads pages is not loaded where postings are taken

    await try_source(source, target, limit=limit)


def _start(arguments: argparse.Namespace) -> Awaitable[None]:
    settings = read(IngestSettings)
    match arguments.command:
        case "import":
            return run_import(settings, path=arguments.file, publisher=arguments.publisher)
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
        main(lambda: _try(arguments.source, arguments.target, arguments.limit))
    else:
        service = arguments.command is None or arguments.command in ROLES
        main(lambda: _start(arguments), patience=PATIENCE if service else 0.0)
