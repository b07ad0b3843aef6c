"""Where somebody sees to dead letters: IDs enter, each letter is given to its handler again or let go, and is marked so.

A letter is marked after its handler is done; a process that dies in between leaves it waiting, to be handled once more, which
handlers bear. A letter that fails goes on waiting and the others go on; one that fails because something is away ends it.
"""

import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from runtime.broker import Producer
from runtime.consumer import Work, is_retried
from runtime.dead_letters import DeadLetters, NoLetter, open_shelf
from runtime.decoding import decode
from runtime.errors import Fatal
from runtime.failpoint import failpoint
from runtime.letter_text import escaped
from runtime.letters import Action, Letter


class DoneWith(NoLetter):
    """The letter was replayed or dropped before."""


class Desk:
    """The dead letters of one service."""

    def __init__(self, producer: Producer, *, bootstrap: str, prefix: str) -> None:
        self._producer = producer
        self._bootstrap = bootstrap
        self._prefix = prefix

    async def letters(self, groups: Iterable[str]) -> list[Letter]:
        """All there are, group by group, the oldest first."""
        found: list[Letter] = []
        for group in groups:
            async with open_shelf(self._bootstrap, self._prefix, group) as shelf:
                found += await shelf.letters()
        return found

    async def find(self, id: str) -> Letter:
        """The letter of this ID, or of which this is a repeat. Raises `NoLetter`."""
        return _find(id, await self.letters([_group(id)]))

    async def value(self, letter: Letter) -> bytes:
        """What the record held."""
        async with open_shelf(self._bootstrap, self._prefix, letter.group) as shelf:
            return await shelf.value(letter)

    async def replay(self, ids: Sequence[str], works: Mapping[str, Work[Any]]) -> None:
        """Give each to its group's own handler. `Fatal` at the end where one failed, and at once where something is away."""

        async def again(letter: Letter) -> None:
            work = works[letter.group]
            await work.handle([decode(work.adapter, await self.value(letter))])
            failpoint("dlq.replayed")

        await self._each(ids, "replayed", again)

    async def drop(self, ids: Sequence[str], *, reason: str) -> None:
        """Let each go, for this reason."""

        async def nothing(_: Letter) -> None:
            pass

        await self._each(ids, "dropped", nothing, reason=reason)

    async def _each(
        self, ids: Sequence[str], action: Action, do: Callable[[Letter], Awaitable[None]], *, reason: str = ""
    ) -> None:
        ids = list(dict.fromkeys(ids))
        letters = await self.letters(dict.fromkeys(map(_group, ids)))
        done = 0
        for number, id in enumerate(ids, 1):
            try:
                letter = _find(id, letters, waiting=True)
                await do(letter)
                await self._dead_letters(letter).mark(letter.offset, action, reason=reason)
            except NoLetter as error:
                words = f"not {action}: {error}"
            except Exception as error:  # whatever a handler raises concerns this letter alone
                if is_retried(error):
                    raise Fatal(
                        f"something is away, run this again when it is back; {id} still waits: {_said(error)}"
                    ) from error
                words = f"failed again, and still waits: {_said(error)}"
            else:
                done += 1
                words = action
            say(f"[{number}/{len(ids)}] {id} {words}")
        if done < len(ids):
            raise Fatal(f"{done} of {len(ids)} letters {action}")

    def _dead_letters(self, letter: Letter) -> DeadLetters:
        return DeadLetters(self._producer, bootstrap=self._bootstrap, prefix=self._prefix, group=letter.group)


def say(text: str) -> None:
    """On standard output, at once: whoever watches a long replay sees it move."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _find(id: str, letters: Iterable[Letter], *, waiting: bool = False) -> Letter:
    offset = int(id.rpartition(":")[2])
    for letter in letters:
        if letter.group == _group(id) and offset in (letter.offset, *letter.repeats):
            if waiting and (mark := letter.mark):
                raise DoneWith(f"it was {mark.action} at {mark.at:%Y-%m-%d %H:%M} and is done with")
            return letter
    raise NoLetter(f"there is no letter {id}; they are kept for 90 days")


def _group(id: str) -> str:
    return id.rpartition(":")[0]


def _said(error: Exception) -> str:
    return escaped(f"{type(error).__name__}: {error}".rstrip(": "))
