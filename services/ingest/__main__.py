"""The command line of ingest: `python -m services.ingest --help`."""

import argparse
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import partial

from rich.console import Console

from runtime import logs
from runtime.errors import Fatal, Permanent
from runtime.process import PATIENCE, main
from runtime.settings import read
from services.ingest import commands
from services.ingest.arguments import UNSAID, make_parser
from services.ingest.main import ROLES, run, run_command, run_import
from services.ingest.settings import IngestSettings


def _publisher(settings: IngestSettings, arguments: argparse.Namespace) -> Awaitable[None]:
    match arguments.action:
        case "list":
            return run_command(settings, lambda pool, _, console: commands.list_publishers(pool, console))
        case "quota":
            given = {column: getattr(arguments, column) for column in ("per_minute", "most_open")}
            changes = {column: number for column, number in given.items() if number is not UNSAID}
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
    await try_source(source, arguments.target, limit=arguments.limit, console=console, given=dict(arguments.given))


def _start(arguments: argparse.Namespace) -> Awaitable[None]:
    settings = read(IngestSettings)
    match arguments.command:
        case "import":
            return run_import(
                settings,
                path=arguments.file,
                publisher=arguments.publisher,
                source=arguments.source,
                columns=dict(arguments.columns),
                given=dict(arguments.given),
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
    arguments = make_parser(ROLES).parse_args()
    if arguments.command == "try":
        main(lambda: _try(arguments))
    else:
        service = arguments.command is None or arguments.command in ROLES
        main(lambda: _start(arguments), patience=PATIENCE if service else 0.0)
