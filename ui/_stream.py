"""From an iterator that blocks to an asynchronous one that gathers, and what both decide."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


async def batches(
    source: Callable[[], Iterator[T]], *, seconds: float
) -> AsyncGenerator[list[T], None]:
    """What an iterator yields, in lists: the first item at once, then a list each ``seconds``.

    ``source`` is called and its iterator run in a thread of its own, so that a slow item
    blocks no one, and what is bound to a thread stays in one. Closing this generator, or
    cancelling the task that waits for it, closes the iterator as soon as the item that it is
    working on is there. An exception of the iterator is raised here, behind its items.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[T | _End] = asyncio.Queue()
    stopped = threading.Event()

    def put(item: T | _End) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def run() -> None:
        error: Exception | None = None
        try:
            items = source()
            try:
                for item in items:
                    put(item)
                    if stopped.is_set():
                        break
            finally:
                if isinstance(items, Generator):
                    items.close()
        except Exception as caught:
            error = caught
        put(_End(error))

    threading.Thread(target=run, name="pullquote-ask", daemon=True).start()
    try:
        while True:
            batch: list[T] = []
            end = None
            item = await arrived.get()
            while end is None:
                if isinstance(item, _End):
                    end = item
                    break
                batch.append(item)
                if arrived.empty():
                    break
                item = arrived.get_nowait()
            if batch:
                yield batch
            if end is not None:
                if end.error is not None:
                    raise end.error
                return
            await asyncio.sleep(seconds)
    finally:
        stopped.set()


class Decision:
    """Made once, by whichever thread comes first."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._made: bool | None = None

    def make(self, wanted: bool) -> bool:
        """Decide, if that is still open; returns what was decided."""
        with self._guard:
            if self._made is None:
                self._made = wanted
            return self._made


class _End:
    """Behind the last item; ``error`` is what ended it, if anything did."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
