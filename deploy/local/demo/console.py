"""What the demo's commands have in common: lines with the time, and an end in a sentence."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from deploy.local.errors import StackError

Say = Callable[[str], None]


def tell(work: Callable[[Say, Console], int], *, stopped: str, status: int) -> int:
    """Do work that says how far it has come. Returns its exit code; 1 and why where it cannot go on.

    Interrupted, it says `stopped` and returns `status`.
    """
    console, started = Console(highlight=False), time.monotonic()

    def say(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {escape(sentence)}")

    try:
        return work(say, console)
    except StackError as error:
        console.print(f"[red]The demo cannot go on:[/red] {escape(str(error))}")
        return 1
    except KeyboardInterrupt:
        say(stopped)
        return status
