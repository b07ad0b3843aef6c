"""What may be typed behind `python -m services.ingest`: words enter, checked arguments leave, or a line on what is wrong."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

_LARGEST: Final = 2**31
"""Above every quota."""
GIVEN: Final = ("company", "title", "url")
"""What may be stated for all postings of a page that do not say it."""
UNSAID: Final = object()
"""Of a quota that is not to be changed."""


def make_parser(roles: Sequence[str]) -> argparse.ArgumentParser:
    """`roles`: those of the service, in the order of their descriptions here."""
    parser = argparse.ArgumentParser(
        prog="python -m services.ingest",
        description="Takes postings from publishers. Without a command it runs the service with all its roles.",
        epilog="Settings come from the environment: INGEST_POSTGRES and INGEST_KAFKA at least.",
    )
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND")
    for role, what in zip(
        roles, ("answer publishers over HTTP", "publish what was recorded on Kafka", "remove what is over"), strict=True
    ):
        kinds.add_parser(role, help=f"run only this role: {what}")
    _add_publisher(kinds.add_parser("publisher", help="create, renew, revoke, limit or list publishers"))
    _add_import(
        kinds.add_parser(
            "import",
            help="record a file of postings: the push format, or what a board or feed sends",
            description="Records each posting of a file in its own right: what cannot be taken is kept, and said.",
            epilog="For example: python -m services.ingest import --source greenhouse board.json",
        )
    )
    _add_try(
        kinds.add_parser(
            "try",
            help="show what a board, feed or file would yield, field by field; nothing is recorded, nothing has to be set up",
            description="Shows of the first postings every field, where it came from, and what is to be noted of it. Further "
            "pages are fetched until enough postings are shown. Without a SOURCE it lists them.",
            epilog="For example: python -m services.ingest try greenhouse https://boards.greenhouse.io/COMPANY",
        )
    )
    _add_rejections(kinds.add_parser("rejections", help="what could not be taken, newest first; retry tries it again"))
    return parser


def _add_publisher(publisher: argparse.ArgumentParser) -> None:
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
        "--per-minute", type=_number, metavar="N", default=UNSAID, help="items it may push in a minute; or `default`"
    )
    limiting.add_argument(
        "--open", type=_number, metavar="N", default=UNSAID, dest="most_open", help="postings it may have open; or `default`"
    )


def _add_import(importing: argparse.ArgumentParser) -> None:
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
    _add_sources_own(importing)


def _add_try(trying: argparse.ArgumentParser) -> None:
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
    _add_sources_own(trying)


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


def _add_sources_own(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        type=_given,
        default=[],
        metavar="FIELD=VALUE",
        dest="given",
        help=f"what a page does not say of its postings: {', '.join(GIVEN)}; again for each, such as company=Acme",
    )
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


def _given(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if name not in GIVEN or not value.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form FIELD=VALUE with one of {', '.join(GIVEN)}")
    return name, value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
