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
    """What one answer may cost, or has cost.

    Attributes:
        seconds: From a request to the end of its reply; time in a queue does not count.
        tokens: Of prompts and replies together, about.
    """

    seconds: float
    tokens: int


NOTHING = Budget(0.0, 0)


class Limited:
    """Passes a reply on while it is within a budget.

    ``before`` is what earlier requests of the same answer have spent of it. The reply is read in
    a thread of its own, a chunk at a time and only when one is asked for, so that an endpoint
    that is silent can be given up.

    Raises, while it is iterated:
        BudgetError: Chunks that came before stay valid.
    """

    def __init__(
        self,
        stream: Iterator[Chunk],
        messages: Sequence[Message],
        budget: Budget,
        before: Budget = NOTHING,
    ) -> None:
        self._stream = stream
        self._budget = budget
        self._before = before
        self._began: float | None = None
        self._ended: float | None = None
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

    @property
    def spent(self) -> Budget:
        """What the answer has cost up to now, earlier requests included."""
        seconds = 0.0
        if self._began is not None:
            seconds = (self._ended or time.monotonic()) - self._began
        return Budget(
            self._before.seconds + seconds, self._before.tokens + sum(self.tokens.values())
        )

    def __iter__(self) -> Iterator[Chunk]:
        if self._before.tokens + self._prompt > self._budget.tokens:
            raise self._out_of_tokens("The prompt")
        self._thread = threading.Thread(target=self._read, name="pullquote-reply", daemon=True)
        self._thread.start()
        self._began = time.monotonic()
        while (chunk := self._next()) is not None:
            if chunk.waiting:
                self._began = None
            elif self._began is None:
                self._began = time.monotonic()
            self._characters += len(chunk.text)
            yield chunk
            if self.spent.tokens > self._budget.tokens:
                raise self._out_of_tokens("The reply")

    def close(self) -> None:
        """Cancel the reply; what it takes from here on costs nothing.

        One that is silent is cancelled at once where its stream has a ``cancel`` for other
        threads, else as soon as it says something.
        """
        self._ended = self._ended or time.monotonic()
        if self._thread is None:
            _close(self._stream)
            return
        self._wanted.put(False)
        if not self._pending:
            self._thread.join()
        elif (cancel := getattr(self._stream, "cancel", None)) is not None:
            cancel()

    def _next(self) -> Chunk | None:
        self._pending = True
        self._wanted.put(True)
        try:
            left = None
            if self._began is not None:
                left = max(0.0, self._budget.seconds - self.spent.seconds)
            item = self._items.get(timeout=left)
        except queue.Empty:
            raise BudgetError(
                f"The reply was cut: an answer may take {self._budget.seconds:g} seconds.",
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
