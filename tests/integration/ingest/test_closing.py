"""Closing a posting on real Postgres."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from schemas.posting import PostingClosed
from services.ingest.close import UnknownPosting, close
from services.ingest.domain.normalise import posting_id
from tests.integration.ingest.board import Board, posting


async def closing(board: Board, source_id: str = "1", *, of: str = "board") -> bool:
    return await close(board.pool, board.wake, publisher=board.publisher, posting_id=posting_id(of, source_id), reason="filled")


async def test_open_posting_is_closed_and_told_with_its_last_content(board: Board) -> None:
    await board.push(posting("1"))
    assert await closing(board)
    opened, event = await board.told()
    assert isinstance(event, PostingClosed)
    assert (event.posting, event.reason, event.episode) == (opened.posting, "filled", 1)
    assert event.revision > opened.revision
    assert opened.opened_at == event.opened_at < event.closed_at == event.published_at


async def test_closing_twice_tells_once(board: Board) -> None:
    await board.push(posting("1"))
    assert sorted(await asyncio.gather(*(closing(board) for _ in range(5)))) == [False, False, False, False, True]
    assert len(await board.told()) == 2
    assert len(board.woken) == 2


async def test_unknown_posting_and_another_publishers_are_the_same(
    board: Board, make_board: Callable[[str], Awaitable[Board]]
) -> None:
    other = await make_board("other")
    await other.push(posting("1"))
    with pytest.raises(UnknownPosting):
        await closing(board, of="other")
    with pytest.raises(UnknownPosting):
        await close(board.pool, board.wake, publisher=board.publisher, posting_id=uuid4(), reason="")
    assert len(await board.told()) == 1
