"""The question: checked, and made to stand alone where it leans on the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import UsageError
from qa._normalise import content_words

MAX_CHARACTERS = 1000
# Of the question before, a model is shown this much at most.
MAX_BEFORE = 240
# Names taken over from the answer before; more would drown the question.
MAX_NAMES = 4

_LEANING = re.compile(
    r"^(and|but|so|then|what about|how about|why not|why|when|where|who|how)\b[^\w]*$"
    r"|^(and|but|so|then|what about|how about)\b"
    r"|\b(he|she|it|they|him|her|them|his|its|their|that|this|those|these|there|the same)\b",
    re.IGNORECASE,
)
# Not the first word of a sentence: that is capitalised whatever it is.
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer earlier in the same conversation."""

    question: str
    answer: str


def check_question(question: str) -> str:
    """The question, trimmed.

    Raises:
        UsageError: It is empty, or longer than ``MAX_CHARACTERS`` code points.
    """
    # Bytes of a command line or file that are no UTF-8 come as half characters.
    trimmed = re.sub(r"[\ud800-\udfff]", "\ufffd", question).strip()
    if not re.search(r"\w", trimmed):
        raise UsageError("The question is empty.", "Type what you want to know.")
    if len(trimmed) > MAX_CHARACTERS:
        raise UsageError(
            f"The question has {len(trimmed):,} characters; at most {MAX_CHARACTERS:,} are read.",
            "Ask a shorter question; add long texts as articles with: pullquote index sync PATH",
        )
    return trimmed


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """What to search for: a follow-up gets the content of the question it leans on.

    A question leans on the one before when it opens like a continuation ("And …", "What
    about …") or points back ("that", "he") without naming enough of its own. It is given that
    question and the names in the first statement of its answer, for "he" may be one of them.
    """
    if not history or not _LEANING.search(question):
        return question
    if len(set(content_words(question))) > 5 and not question.lower().startswith(
        ("and", "but", "what about", "how about")
    ):
        return question
    before = history[-1]
    first = before.answer.partition("\n")[0].partition("[")[0]
    known = set(_NAME.findall(f"{question} {before.question}"))
    names = [name for name in dict.fromkeys(_NAME.findall(first)) if name not in known]
    return f"{question} ({' '.join([before.question, *names[:MAX_NAMES]])})"


def shorten(question: str) -> str:
    """The question before, cut at a word where it is long: it is only there to be leaned on."""
    if len(question) <= MAX_BEFORE:
        return question
    return question[:MAX_BEFORE].rpartition(" ")[0] + " …"
