"""A follow-up, made to stand alone by a model; what it makes of it is checked, not trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from index import EndpointError
from qa._events import Working
from qa._language.names import KnownNames
from qa._language.normalise import content_words
from qa._language.quantities import quantities, supports
from qa._models.language_model import LanguageModel
from qa._question.stand_alone import (
    MAX_CHARACTERS,
    Turn,
    first_statement,
    is_follow_up,
    question_before,
    shorten,
)
from qa._reply.budget import Budget, Limited
from qa._reply.prompt import rewrite_messages

# Of the conversation a model is shown the last turns: what is pointed at is hardly ever older.
_TURNS = 2
_BUDGET = Budget(seconds=15.0, tokens=1200)
_MAX_TOKENS = 100
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


class Rewriting:
    """One request to a model for a follow-up that stands alone.

    Iterating it asks, with an event at every sign of life; closing the iterator cancels.

    Attributes:
        question: The rewritten question, once the iteration is over; None when the model failed
            or took too long, or what it wrote does not keep to the conversation.
        tokens: What it has cost, about.
    """

    def __init__(self, model: LanguageModel, question: str, history: Sequence[Turn]) -> None:
        self._asked = question
        asked = [turn.question for turn in history[-_TURNS:]]
        # The first of them may lean on a turn that is not shown.
        asked[0] = question_before(history[: len(history) - len(asked) + 1])
        answers = map(first_statement, history[-_TURNS:])
        self._turns = list(zip(map(shorten, asked), answers, strict=True))
        messages = rewrite_messages(self._turns, question)
        stream = model.stream(messages, _SCHEMA, max_tokens=_MAX_TOKENS)
        self._reply = Limited(stream, messages, _BUDGET)
        self.question: str | None = None

    @property
    def tokens(self) -> dict[str, int]:
        return self._reply.tokens

    def __iter__(self) -> Iterator[Working]:
        written = ""
        try:
            for chunk in self._reply:
                written += chunk.text
                yield Working()
        except EndpointError:
            return  # the same model is asked for the answer next, and then it is said
        finally:
            self._reply.close()
        rewritten = _question_in(written)
        if rewritten and keeps_to(rewritten, self._asked, self._turns):
            self.question = rewritten


def keeps_to(rewritten: str, question: str, turns: Sequence[tuple[str, str]]) -> bool:
    """Whether a rewritten follow-up still asks the same, about nothing from elsewhere.

    It does when all its names and numbers stand in the conversation, it has the names and numbers
    of the follow-up and at least half of its other content words, and it does not lean on
    anything any more.
    """
    conversation = [question, *(text for turn in turns for text in turn)]
    known = [quantity for text in conversation for quantity in quantities(text)]
    if any(True for _ in KnownNames(conversation).missing(rewritten)):
        return False
    if not all(supports(quantity, known) for quantity in quantities(rewritten)):
        return False
    if any(True for _ in KnownNames([rewritten]).missing(question)):
        return False
    written = quantities(rewritten)
    if not all(supports(quantity, written) for quantity in quantities(question)):
        return False
    asked, kept = set(content_words(question)), set(content_words(rewritten))
    if len(asked & kept) * 2 < len(asked):
        return False
    return not is_follow_up(rewritten, [Turn(question, "")])


def _question_in(reply: str) -> str | None:
    try:
        question = json.loads(reply)["question"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(question, str) or len(question) > MAX_CHARACTERS:
        return None
    return " ".join(question.split()) or None
