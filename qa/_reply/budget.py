"""What one answer may cost: a reply that takes more seconds or tokens is cut.

Whether an endpoint can be reached, is silent for too long or is worth another try is settled in
``qa._models``. This is the bound above it: however an endpoint behaves, a reader waits so long
and pays so much, and then what was proved is shown with quotes for the rest.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index import EndpointError
from qa._evidence.selection import estimate_tokens
from qa._models.language_model import Chunk, Message

CHARACTERS_PER_TOKEN = 3.8


class BudgetError(EndpointError):
    """The budget of an answer is used up."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one answer may cost.

    Attributes:
        seconds: From the request to the end of the reply; time in a queue does not count.
        tokens: Of prompt and reply together, about.
    """

    seconds: float
    tokens: int


class Limited:
    """Passes a reply on while it is within a budget.

    The reply is read in a thread of its own, a chunk at a time and only when one is asked for,
    so that an endpoint that is silent can be given up.

    Raises, while it is iterated:
        BudgetError: Chunks that came before stay valid.
    """

    def __init__(
        self, stream: Iterator[Chunk], messages: Sequence[Message], budget: Budget
    ) -> None:
        self._stream = stream
        self._budget = budget
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._items: queue.SimpleQueue[Chunk | Exception | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._pending = False
        self._prompt = sum(estimate_tokens(message["content"]) for message in messages)
        self._characters = 0

    @property
    def tokens(self) -> dict[str, int]:
        """What it has cost so far, about, of ``prompt`` and ``completion``."""
        asked = self._prompt if self._thread is not None else 0
        completion = round(self._characters / CHARACTERS_PER_TOKEN)
        return {"prompt": asked, "completion": completion}

    def __iter__(self) -> Iterator[Chunk]:
        if self._prompt > self._budget.tokens:
            raise self._out_of_tokens("The prompt")
        self._thread = threading.Thread(target=self._read, name="pullquote-reply", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + self._budget.seconds
        in_line = False
        while (chunk := self._next(None if in_line else deadline)) is not None:
            waits = bool(chunk.waiting)
            if in_line and not waits:
                deadline = time.monotonic() + self._budget.seconds
            in_line = waits
            self._characters += len(chunk.text)
            yield chunk
            if sum(self.tokens.values()) > self._budget.tokens:
                raise self._out_of_tokens("The reply")

    def close(self) -> None:
        """Cancel the reply.

        One that is silent is cancelled at once where its stream has a ``cancel`` for other
        threads, else as soon as it says something.
        """
        if self._thread is None:
            _close(self._stream)
            return
        self._wanted.put(False)
        if not self._pending:
            self._thread.join()
        elif (cancel := getattr(self._stream, "cancel", None)) is not None:
            cancel()

    def _next(self, deadline: float | None) -> Chunk | None:
        self._pending = True
        self._wanted.put(True)
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            item = self._items.get(timeout=left)
        except queue.Empty:
            raise BudgetError(
                f"The reply was cut after {self._budget.seconds:g} seconds.",
                "PULLQUOTE_ANSWER_SECONDS allows more.",
            ) from None
        self._pending = False
        if isinstance(item, Exception):
            raise item
        return item

    def _read(self) -> None:
        try:
            while self._wanted.get():
                try:
                    self._items.put(next(self._stream, None))
                except Exception as error:  # raised again where the reply is read
                    self._items.put(error)
        finally:
            _close(self._stream)

    def _out_of_tokens(self, what: str) -> BudgetError:
        return BudgetError(
            f"{what} was cut: an answer may have about {self._budget.tokens:,} tokens.",
            "PULLQUOTE_ANSWER_TOKENS allows more.",
        )


def _close(stream: Iterator[Chunk]) -> None:
    close = getattr(stream, "close", None)
    if close is not None:
        close()
