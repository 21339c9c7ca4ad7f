"""Asking a model: a reply that was kept, else the model itself, within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index import Filters
from qa._models.language_model import Chunk, LanguageModel
from qa._records.cache import KeptReply, ReplyCache, reply_key
from qa._reply.budget import NOTHING, Budget, Limited

if TYPE_CHECKING:
    from qa._reply.request import AnswerSettings, ModelRequest


def consult(
    model: LanguageModel,
    request: ModelRequest,
    settings: AnswerSettings,
    *,
    cache: ReplyCache | None,
    searched_for: str,
    filters: Filters,
    confidence: float,
    spent: Budget = NOTHING,
) -> Consultation:
    """Put a request to a model, unless the cache has its reply; see ``reply_key``.

    ``spent`` is what earlier requests of the same answer have cost: they share one budget.
    """
    key = cache and reply_key(
        model,
        request.messages,
        request.labels,
        searched_for=searched_for,
        filters=filters,
        confidence=confidence,
        settings=settings.digest(),
    )
    return Consultation(model, request, settings, cache=cache, key=key or "", spent=spent)


class Consultation:
    """One request to a model, and its reply as an iterator of chunks.

    Attributes:
        kept: The reply given before that is taken, if there is one; then no model is asked.
    """

    def __init__(
        self,
        model: LanguageModel,
        request: ModelRequest,
        settings: AnswerSettings,
        *,
        cache: ReplyCache | None,
        key: str,
        spent: Budget,
    ) -> None:
        self._cache = cache
        self._spent = spent
        self._key = key
        self.kept: KeptReply | None = cache.find(key) if cache else None
        self._reply: Limited | None = None
        if self.kept is None:
            self._reply = Limited(
                model.stream(request.messages, request.schema, max_tokens=settings.max_tokens),
                request.messages,
                Budget(settings.budget_seconds, settings.budget_tokens),
                spent,
            )
        self._chunks: list[Chunk] = []

    def __iter__(self) -> Iterator[Chunk]:
        """The reply, chunk by chunk.

        Raises:
            EndpointError: The model failed, or the budget is used up (``BudgetError``).
        """
        if self.kept is not None:
            yield from self.kept.chunks
        elif self._reply is not None:
            for chunk in self._reply:
                self._chunks.append(chunk)
                yield chunk

    @property
    def tokens(self) -> dict[str, int]:
        """What it has cost, about: for endpoints that do not count. Nothing for a kept reply."""
        return self._reply.tokens if self._reply else {"prompt": 0, "completion": 0}

    @property
    def spent(self) -> Budget:
        """What the answer has cost up to now, earlier requests included."""
        return self._reply.spent if self._reply else self._spent

    def keep(self, answer_id: str) -> None:
        """Keep the reply for the next who asks the same, unless it was cut off."""
        if self._cache and self._chunks and not any(chunk.truncated for chunk in self._chunks):
            self._cache.keep(self._key, answer_id, self._chunks)

    def close(self) -> None:
        """Cancel what is left of the reply."""
        if self._reply is not None:
            self._reply.close()
