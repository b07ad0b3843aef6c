"""Command line of the demo: `python -m deploy.local.demo`, which is `make demo`."""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from deploy.local.demo.console import Say, tell
from deploy.local.demo.feed import SAMPLES, read_postings
from deploy.local.demo.once import account_once
from deploy.local.demo.show import show
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.local.system import PREVIEW, SERVICES, start_system


def main() -> int:
    """Run the demo; the exit code is 0 when all went well and everything is accounted for."""
    arguments = _arguments()

    def work(say: Say, console: Console) -> int:
        postings = read_postings(arguments.file or SAMPLES)  # before anything is started: it may not be there
        if arguments.json is not None and not arguments.json.absolute().parent.is_dir():
            raise StackError(f"cannot write {arguments.json}: there is no such folder")
        with Stack(say=say) as stack:
            system = start_system(stack, say, services=(*SERVICES, PREVIEW))
            if not arguments.once:
                asyncio.run(show(system, say, console, postings=postings, port=arguments.port))
                return 0
            result = asyncio.run(account_once(system, say, console, postings=postings))
        if arguments.json is not None:
            arguments.json.write_text(result.as_json() + "\n", "utf-8")
        return 1 if result.unaccounted else 0

    return tell(work, stopped="stopped; nothing is left running", status=0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="The whole system at work on real parts.")
    parser.add_argument("--once", action="store_true", help="end when every alert has an outcome, with a summary")
    parser.add_argument("--file", type=Path, help="push this JSONL file (push format) instead of the samples")
    parser.add_argument("--json", type=Path, help="with --once: write the summary here as JSON too")
    parser.add_argument(
        "--port",
        type=int,
        choices=range(65536),
        metavar="PORT",
        default=8800,
        help="port of the page (another is taken when it is in use)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
