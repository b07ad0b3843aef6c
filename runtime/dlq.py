"""`python -m services.<name> dlq`: lists a service's dead letters, shows one, runs them again, or lets them go.

Running one again means: its value is given to the group's own handler, in this process, and nothing is published to the topic
it came from, whose other readers have long taken the record. What became of it is written beside it (`runtime.dead_letters`).
"""

import argparse
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeAlias, TypeVar

from aiokafka.errors import KafkaError
from pydantic_settings import SettingsConfigDict

from runtime import logs
from runtime.broker import open_producer
from runtime.consumer import Work
from runtime.dead_letters import NoLetter
from runtime.desk import Desk, say
from runtime.errors import Fatal
from runtime.letter_text import shown, table
from runtime.letters import Letter
from runtime.settings import Settings, read
from runtime.topics import Declared, check_topics

T = TypeVar("T", bound=Settings)
Opening: TypeAlias = AbstractAsyncContextManager[Mapping[str, Work[Any]]]
"""Has for each group what it does with its records, the same that its consumer has."""
NONE: Final = "no dead letter waits"
_EPILOG: Final = """\
A letter's ID is GROUP:OFFSET, its place in the topic GROUP.dlq, which keeps letters for 90 days. A consumer that has stopped
because it set too many aside goes on once one of them was replayed or dropped.
Settings are those of the service. `list`, `show` and `drop` need {prefix}_KAFKA, and {prefix}_TOPIC_PREFIX where its
topics have one; `replay` runs the service's handlers, and needs all that they need.
Exit code 0: all was done; 1: something was not, and the last line says what.

  dlq list                      what waits
  dlq show {group}:17
                                everything about one letter, its value too
  dlq replay {group}:17
                                run it through its group's handler again
  dlq replay --all --group {group}
                                the same with all of the group that wait
  dlq drop {group}:17 --reason "sent by a test"
                                let it go
"""


def parse(service: str, groups: Sequence[str], arguments: Sequence[str]) -> argparse.Namespace:
    """The command line after `dlq`. Ends the process where it is wrong or asks for help."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service} dlq",
        description=f"Dead letters: records that a group of consumers could not handle. {service} has {', '.join(groups)}.",
        epilog=_EPILOG.format(group=groups[0], prefix=service.upper()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_commands(parser, groups)
    parsed = parser.parse_args(arguments)
    if fault := _fault(parsed, groups):
        parser.error(fault)
    return parsed


def _add_commands(parser: argparse.ArgumentParser, groups: Sequence[str]) -> None:
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")

    def add_group(to: argparse.ArgumentParser) -> None:
        to.add_argument("--group", choices=groups, help="only of this group")

    listing = command("list", "list the letters that wait: oldest first, group by group")
    add_group(listing)
    listing.add_argument("--all", action="store_true", help="also those that were replayed or dropped, and why")
    command("show", "print everything about one letter").add_argument("id", metavar="ID")
    replaying = command(
        "replay", "give letters to their group's handler again; one that fails again goes on waiting, and the others go on"
    )
    dropping = command("drop", "let letters go that nobody needs; they stay to be seen with `list --all`")
    for one in (replaying, dropping):
        one.add_argument("ids", metavar="ID", nargs="*")
        one.add_argument("--all", action="store_true", help="every letter that waits")
        add_group(one)
    dropping.add_argument("--reason", required=True, help="why, in words; it is kept with the letter")


def _fault(parsed: argparse.Namespace, groups: Sequence[str]) -> str:
    ids = [parsed.id] if parsed.command == "show" else getattr(parsed, "ids", [])
    for id in ids:
        group, _, offset = id.rpartition(":")
        if group not in groups or not (offset.isascii() and offset.isdigit()):
            return f"{id!r} is no letter's ID: write GROUP:OFFSET, GROUP one of {', '.join(groups)}"
    if parsed.command in ("replay", "drop") and bool(ids) is parsed.all:
        return "name letters, or --all" if not ids else "name letters or --all, not both"
    if ids and getattr(parsed, "group", None):
        return "--group goes with --all: an ID names its group"
    if parsed.command == "drop" and not parsed.reason.strip():
        return "--reason must say something"
    return ""


def command(
    service: str,
    arguments: Sequence[str],
    *,
    settings: type[T],
    topics: Mapping[str, Declared],
    handlers: Callable[[T], Opening],
) -> Callable[[], Awaitable[None]]:
    """What `runtime.process.main` is to run for this command line.

    `topics`: where the dead letters of each of the service's groups are. `handlers`: opens what they do with their records, the
    only thing that all of `settings` is read for.
    """
    parsed = parse(service, list(topics), arguments)

    async def run() -> None:
        logs.configure(service)
        logging.disable()  # standard output is for the answer, and it tells what went wrong
        groups = [parsed.group] if getattr(parsed, "group", None) else list(topics)
        if parsed.command == "replay":
            given = read(settings)
            async with _open_desk(service, given, topics) as desk:
                await _replay(parsed, desk, groups, lambda: handlers(given))
        else:
            async with _open_desk(service, read(_kafka_alone(settings)), topics) as desk:
                await _see_to(parsed, desk, groups)

    return run


def _kafka_alone(settings: type[Settings]) -> type[Settings]:
    """What every service has, named as this one's: who looks at letters needs neither its keys nor its database."""

    class KafkaAlone(Settings):
        model_config = SettingsConfigDict(env_prefix=settings.model_config.get("env_prefix", ""))

    return KafkaAlone


@asynccontextmanager
async def _open_desk(service: str, given: Settings, topics: Mapping[str, Declared]) -> AsyncIterator[Desk]:
    try:
        await check_topics(given.kafka, topics.values(), prefix=given.topic_prefix)
        async with open_producer(given.kafka, prefix=given.topic_prefix, client=f"{service}-dlq") as producer:
            yield Desk(producer, bootstrap=given.kafka, prefix=given.topic_prefix)
    except NoLetter as error:
        raise Fatal(str(error)) from None
    except KafkaError as error:
        raise Fatal(f"Kafka at {given.kafka} does not answer ({error!r}): run the command again when it does") from error


async def _replay(parsed: argparse.Namespace, desk: Desk, groups: Sequence[str], handlers: Callable[[], Opening]) -> None:
    if ids := parsed.ids or await _waiting(desk, groups):
        async with handlers() as works:
            await desk.replay(ids, works)


async def _see_to(parsed: argparse.Namespace, desk: Desk, groups: Sequence[str]) -> None:
    match parsed.command:
        case "list":
            letters = await desk.letters(groups)
            say(_listed(letters, everything=parsed.all))
        case "show":
            letter = await desk.find(parsed.id)
            say(shown(letter, await desk.value(letter)))
        case "drop":
            if ids := parsed.ids or await _waiting(desk, groups):
                await desk.drop(ids, reason=parsed.reason.strip())


def _listed(letters: Sequence[Letter], *, everything: bool) -> str:
    chosen = [letter for letter in letters if everything or not letter.mark]
    if chosen:
        return table(chosen, everything=everything, width=shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    return f"no dead letter waits; {len(letters)} are done with, see --all" if letters else NONE


async def _waiting(desk: Desk, groups: Sequence[str]) -> list[str]:
    ids = [letter.id for letter in await desk.letters(groups) if not letter.mark]
    if not ids:
        say(NONE)
    return ids
