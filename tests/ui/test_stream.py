"""Gathering a blocking iterator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from ui._stream import batches


def test_many_items_come_in_few_lists_and_in_order() -> None:
    async def collect() -> list[list[int]]:
        return [b async for b in batches(lambda: iter(range(5000)), seconds=0.05)]

    lists = asyncio.run(collect())
    assert [item for items in lists for item in items] == list(range(5000))
    assert len(lists) < 50


def test_an_error_comes_behind_the_items() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise RuntimeError("broke")

    async def collect() -> None:
        async for items in batches(source, seconds=0):
            seen.extend(items)

    seen: list[int] = []
    with pytest.raises(RuntimeError, match="broke"):
        asyncio.run(collect())
    assert seen == [1]


@pytest.mark.parametrize("way", ["close", "cancel"])
def test_leaving_closes_the_source(way: str) -> None:
    closed, go_on = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        try:
            yield 1
            go_on.wait(10)
            yield 2
            raise AssertionError("went on after it was left")
        finally:
            closed.set()

    async def close() -> None:
        stream = batches(source, seconds=0)
        assert await anext(stream) == [1]
        await stream.aclose()

    async def cancel() -> None:
        async def consume() -> None:
            async for items in batches(source, seconds=0):
                seen.extend(items)
                begun.set()

        seen: list[int] = []
        begun = asyncio.Event()
        task = asyncio.create_task(consume())
        await begun.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == [1]

    async def leave() -> None:
        await (close() if way == "close" else cancel())
        assert not closed.is_set()
        go_on.set()
        assert await asyncio.to_thread(closed.wait, 10)

    asyncio.run(leave())
