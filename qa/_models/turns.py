"""A fair queue for something that serves one at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """First come, first served, and everybody can see how many are before them."""

    def __init__(self) -> None:
        self._line: deque[object] = deque()
        self._changed = threading.Condition()

    def __len__(self) -> int:
        with self._changed:
            return len(self._line)

    def wake(self) -> None:
        """Have those who wait look whether they still want to."""
        with self._changed:
            self._changed.notify_all()

    @contextmanager
    def turn(self, moved: Callable[[int], None], cancelled: threading.Event) -> Iterator[bool]:
        """Stand in line; yields whether the turn came before ``cancelled`` was set.

        ``moved`` is told the number of those before this one whenever it changes.
        """
        ticket = object()
        told = 0
        with self._changed:
            self._line.append(ticket)
        try:
            while True:
                with self._changed:
                    # Whether it was cancelled is looked at under the lock, where no wake is missed.
                    while not cancelled.is_set() and 0 < self._line.index(ticket) == told:
                        self._changed.wait()
                    told = self._line.index(ticket)
                if told == 0 or cancelled.is_set():
                    break
                moved(told)
            yield not cancelled.is_set()
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()
