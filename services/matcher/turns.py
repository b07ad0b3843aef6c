"""Whose turn it is at the corpus: after a question who writes, after who writes the question that waits longest.

So neither do many questions keep postings out, nor many postings the questions.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Final

from runtime.errors import Transient

MOST_WAITING: Final = 16
"""Questions. Each holds a thread of the door, which has 40 for all that is asked of it."""
WAITS: Final = 10.0
"""Seconds for which a question waits for its turn."""


class Busy(Transient):
    """Too many questions wait already, or one before takes too long."""


class Turns:
    """A lock that is handed on. Of `threading.Lock`, who lets go and comes again has it before one that waits is awake."""

    def __init__(self, *, most_waiting: int = MOST_WAITING, waits: float = WAITS) -> None:
        self._most = most_waiting
        self._waits = waits
        self._lock = Lock()
        """Of what follows; held for a few instructions at a time."""
        self._taken = False
        self._writers: deque[Event] = deque()
        self._asking: deque[Event] = deque()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Waits for the one whose turn it is, however long that takes."""
        if (turn := self._come(self._writers)) is not None:
            turn.wait()
        try:
            yield
        finally:
            self._hand_on(self._asking, self._writers)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Raises `Busy` at once where too many wait, and where its turn does not come in time."""
        turn = self._come(self._asking, most=self._most)
        if turn is not None and not turn.wait(self._waits) and self._has_left(turn):
            raise Busy
        try:
            yield
        finally:
            self._hand_on(self._writers, self._asking)

    def waiting(self) -> int:
        """How many there are, of either kind."""
        with self._lock:
            return len(self._writers) + len(self._asking)

    def _come(self, queue: deque[Event], *, most: int | None = None) -> Event | None:
        """What is set when the turn comes; None where it is there already."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return None
            if most is not None and len(queue) >= most:
                raise Busy
            queue.append(turn := Event())
            return turn

    def _has_left(self, turn: Event) -> bool:
        """False where the turn came at the last moment: it is then to be used."""
        with self._lock:
            if turn in self._asking:
                self._asking.remove(turn)
                return True
            return False

    def _hand_on(self, *queues: deque[Event]) -> None:
        """To the first that waits, in the first of the queues that has any."""
        with self._lock:
            turn = next((queue.popleft() for queue in queues if queue), None)
            if turn is None:
                self._taken = False
            else:
                turn.set()
