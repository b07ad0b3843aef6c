"""Turns at the corpus: who writes is never kept out by those who ask, nor they by who writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from services.matcher.turns import Busy, Turns
from tests.support.until import until_true

WITHIN = 30.0


class Queue:
    """Threads that wait for a turn, one after the other, and the order in which they had it."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.had: list[str] = []
        self._threads: list[threading.Thread] = []

    def join(self, name: str, turn: Callable[[], AbstractContextManager[None]]) -> None:
        waiting = self.turns.waiting()
        self._threads.append(threading.Thread(target=self._take, args=(name, turn)))
        self._threads[-1].start()
        until_true(lambda: self.turns.waiting() > waiting, within=WITHIN)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(WITHIN)
            assert not thread.is_alive()

    def _take(self, name: str, turn: Callable[[], AbstractContextManager[None]]) -> None:
        with turn():
            self.had.append(name)


def test_after_a_question_who_writes_goes_first_and_questions_go_as_they_came() -> None:
    turns = Turns()
    queue = Queue(turns)
    with turns.asking():
        for name in ("first", "second", "third"):
            queue.join(name, turns.asking)
        queue.join("writes", turns.writing)
    queue.end()
    assert queue.had == ["writes", "first", "second", "third"]


def test_after_who_writes_one_question_goes_before_the_next_who_writes() -> None:
    turns = Turns()
    queue = Queue(turns)
    with turns.writing():
        for name in ("writes", "writes again"):
            queue.join(name, turns.writing)
        for name in ("first", "second"):
            queue.join(name, turns.asking)
    queue.end()
    assert queue.had == ["first", "writes", "second", "writes again"]


def test_who_asks_all_the_time_does_not_keep_out_who_writes() -> None:
    turns = Turns()
    with asking(turns, threads=4):
        for _ in range(200):
            with turns.writing():
                pass


def test_who_writes_all_the_time_does_not_keep_out_who_asks() -> None:
    turns, done = Turns(), threading.Event()

    def write() -> None:
        while not done.is_set():
            with turns.writing():
                pass

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            with turns.asking():
                pass
    finally:
        done.set()
        writer.join(WITHIN)


def test_nobody_is_there_at_the_same_time() -> None:
    turns, inside = Turns(), threading.Lock()

    def use(turn: Callable[[], AbstractContextManager[None]], *, faults: list[str]) -> None:
        for _ in range(300):
            with turn():
                if not inside.acquire(blocking=False):
                    faults.append("two at a time")
                    return
                inside.release()

    faults: list[str] = []
    kinds = (turns.asking, turns.writing, turns.asking, turns.writing)
    threads = [threading.Thread(target=use, args=(kind,), kwargs={"faults": faults}) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
        assert not thread.is_alive()
    assert faults == []


def test_question_is_refused_where_too_many_wait() -> None:
    turns = Turns(most_waiting=2)
    queue = Queue(turns)
    with turns.writing():
        queue.join("first", turns.asking)
        queue.join("second", turns.asking)
        with pytest.raises(Busy), turns.asking():
            pass
    queue.end()
    assert queue.had == ["first", "second"]


def test_question_whose_turn_does_not_come_leaves_and_others_have_theirs() -> None:
    turns = Turns(waits=0.01)
    with turns.writing():
        with pytest.raises(Busy), turns.asking():
            pass
        assert turns.waiting() == 0
    with turns.asking():
        pass


def test_turn_is_handed_on_where_it_ends_with_an_error() -> None:
    turns = Turns()
    for turn in (turns.asking, turns.writing):
        with pytest.raises(ZeroDivisionError), turn():
            raise ZeroDivisionError
    with turns.writing():
        pass


@contextmanager
def asking(turns: Turns, *, threads: int) -> Iterator[None]:
    """All the time, while the block lasts."""
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            with turns.asking():
                pass

    running = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in running:
            thread.join(WITHIN)
