"""Replies of a model, kept: the same question over the same evidence asks no model twice.

What is kept is the reply, not the answer. When it is taken again it passes through the parser and
the proof like a reply that comes from the model, so that nothing is shown that today's checks and
today's articles do not bear out, and the events are the same. Replies that failed, were cut off
or were not what was asked for are not kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index import Filters
from qa._evidence.sentences import Candidate
from qa._models.language_model import Chunk, LanguageModel, Message
from qa._records.records import Records


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply given before.

    Attributes:
        answer_id: The answer that it was first given for.
        created: When that was saved: UTC, ISO 8601.
    """

    chunks: tuple[Chunk, ...]
    answer_id: str
    created: str

    def note(self, model: str) -> str:
        """What the reader is told."""
        return f"{model} was asked the same before: this is its reply of {self.created[:10]}."


class ReplyCache:
    """Replies by a key of all that shaped them; see ``reply_key``."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def find(self, key: str) -> KeptReply | None:
        """The reply kept under this key, if there is one; a damaged one is none."""
        found = self._records.reply(key)
        if found is None:
            return None
        kept, answer_id, created = found
        try:
            chunks = tuple(Chunk(text, alternatives=told) for text, told in json.loads(kept))
        except (ValueError, TypeError):
            return None
        return KeptReply(chunks, answer_id, created)

    def keep(self, key: str, answer_id: str, chunks: Sequence[Chunk]) -> None:
        """Keep a reply that was complete; it is found once the answer is saved."""
        kept: list[list[Any]] = []
        for chunk in chunks:
            # Probabilities only count where the model says whether it can answer.
            telling = chunk.alternatives is not None and chunk.text.strip() in ("true", "false")
            if telling and chunk.alternatives is not None:
                kept.append([chunk.text, dict(chunk.alternatives)])
            elif chunk.text and kept and kept[-1][1] is None:
                kept[-1][0] += chunk.text
            elif chunk.text:
                kept.append([chunk.text, None])
        self._records.keep_reply(key, answer_id, json.dumps(kept))


def reply_key(
    model: LanguageModel,
    messages: Sequence[Message],
    evidence: Mapping[int, Candidate],
    *,
    searched_for: str,
    filters: Filters,
    confidence: float,
    settings: str,
) -> str:
    """A hash over all that shapes a reply and what is made of it.

    Args:
        model: Its ``identity`` counts where it has one (the hash of its file, or its address),
            besides its name.
        messages: The whole prompt, so its wording and version.
        evidence: By label; ids, offsets and the hashes of the texts count, so that a changed
            article misses even where the sentences shown are the same.
        searched_for: The question as it was searched for.
        filters: What the search was limited to.
        confidence: The search's own.
        settings: ``AnswerSettings.digest()``, which has the prompt's version in it.
    """
    shown = [
        [label, c.article.id, c.sentence.start, c.sentence.end, c.article.text_sha256]
        for label, c in evidence.items()
    ]
    parts = [
        [model.name, str(getattr(model, "identity", ""))],
        list(messages),
        shown,
        searched_for,
        repr(filters),
        round(confidence, 6),
        settings,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
