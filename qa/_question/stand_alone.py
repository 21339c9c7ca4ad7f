"""The question: checked, and made to stand alone where it leans on the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index import UsageError
from qa._answer import Answer
from qa._language.normalise import content_words
from qa._question.outlets import OutletNames
from qa._question.periods import periods

MAX_CHARACTERS = 1000
# Of the question before, a model is shown this much at most.
MAX_BEFORE = 240
# Names taken over from the answer before; more would drown the question.
MAX_NAMES = 4

_LEANING = re.compile(
    r"^(and|but|so|then|what about|how about|why not|why|when|where|who|how)\b[^\w]*$"
    r"|^(and|but|so|then|what about|how about)\b"
    r"|\b(he|she|it|they|him|her|them|his|its|their|that|this|those|these|there|the same"
    r"|else|said so|say so)\b",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    r"^(?:and |but |so )?(?:(?:what|how) about |what of )([^?!.;]{2,60}?)\s*[?!.]*$", re.IGNORECASE
)
# "And Atlantis?", "And in 2021?"
_AND = re.compile(
    r"^(?:[Aa]nd|[Oo]r|[Bb]ut) ((?:(?:in|on|since|before|after|the) )*[A-Z0-9][\w’'.-]*"
    r"(?: (?:of|the|de|al|van|von|[A-Z0-9][\w’'.-]*))*)\s*\?*$"
)
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+(?: (?:(?:of|the|de|al|van|von) )*[A-Z][\w-]+)*")
_SOME_DAY = date(2000, 6, 15)
# Not the first word of a sentence: that is capitalised whatever it is. A name of several words
# stays whole, or the surname is what is cut off.
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w’'-]+(?: (?:(?:of|the|de|al|van|von) )*[A-Z0-9][\w’'-]+)*")
# Fewer content words than this, and no name, ask of what was talked about: "Who won?"
FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer earlier in the same conversation.

    ``searched_for`` is the question as it was searched for, where it was rewritten.
    """

    question: str
    answer: str
    searched_for: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that an answer was given in."""
        return cls(answer.question, answer.answer, answer.searched_for)


def check_question(question: str) -> str:
    """The question, trimmed.

    Raises:
        UsageError: It is empty, has no word to search for, or is longer than ``MAX_CHARACTERS``
            code points.
    """
    # Bytes of a command line or file that are no UTF-8 come as half characters.
    trimmed = re.sub(r"[\ud800-\udfff]", "\ufffd", question).strip()
    if not trimmed:
        raise UsageError("The question is empty.", "Type what you want to know.")
    if not re.search(r"\w", trimmed):
        raise UsageError(
            "The question has no word to search for.", "Type in words what you want to know."
        )
    if len(trimmed) > MAX_CHARACTERS:
        raise UsageError(
            f"The question has {len(trimmed):,} characters; at most {MAX_CHARACTERS:,} are read.",
            "Ask a shorter question; add long texts as articles with: pullquote index sync PATH",
        )
    return trimmed


def is_follow_up(question: str, history: Sequence[Turn]) -> bool:
    """Whether a question leans on the one before.

    It does when it opens like a continuation ("And …", "What about …"), or points back ("that",
    "he") without naming enough of its own, or names next to nothing ("Who won?").
    """
    if not history:
        return False
    if not _LEANING.search(question):
        named = _NAME.search(question) or re.search(r"[\d\"“]", question)
        return not named and len(set(content_words(question))) < FEWEST_WORDS
    opens = question.lower().startswith(("and", "but", "what about", "how about"))
    return opens or len(set(content_words(question))) <= 5


def stand_alone(question: str, history: Sequence[Turn], outlets: Sequence[str] = ()) -> str:
    """What to search for: a follow-up gets the content of the question it leans on.

    "What about X?" asks the question before of X: of another of the ``outlets`` that may be
    named, another time, another name. Where it is clear what X stands for, it takes that place.

    Any other follow-up is given the question before and the names in the first statement of its
    answer, for "he" may be one of them.
    """
    if not is_follow_up(question, history):
        return question
    before = question_before(history)
    if rewritten := _asked_of_another(question, topic(history), before, outlets):
        return rewritten
    first = first_statement(history[-1])
    known = f"{question} {before}"
    names = [
        name
        for name in dict.fromkeys(_NAME.findall(first))
        if name not in known and not periods(name, now=_SOME_DAY, latest=None)
    ]
    return f"{question} ({' '.join([before, *names[:MAX_NAMES]])})"


def topic(history: Sequence[Turn]) -> str:
    """The last question of a conversation that stood alone, by itself or rewritten.

    What was only completed with the question before, in brackets, leans on that one still.
    """
    for n in range(len(history) - 1, 0, -1):
        turn = history[n]
        if turn.searched_for is None:
            if not is_follow_up(turn.question, history[:n]):
                return turn.question
        elif not turn.searched_for.startswith(f"{turn.question} ("):
            return turn.searched_for
    return history[0].searched_for or history[0].question


def question_before(history: Sequence[Turn]) -> str:
    """What a follow-up leans on: the topic, and the last question where that leaned on it, too.

    The questions between are left out, so that it does not grow with the conversation.
    """
    about, last = topic(history), history[-1]
    return about if about in (last.question, last.searched_for) else f"{about} {last.question}"


def _asked_of_another(question: str, about: str, before: str, outlets: Sequence[str]) -> str | None:
    """The question before with what "What about X?" names in it; None where that is unclear.

    An outlet or a time takes its place in the question that the conversation is about.
    """
    match = _WHAT_ABOUT.match(question) or _AND.match(question)
    if match is None:
        return None
    other = match[1]
    names = OutletNames(outlets)
    if names.find(f"according to {other}") or names.called(other):
        return _in_place_of(other, about, [(m.start, m.end) for m in names.find(about)]) or (
            f"{about.rstrip(' ?.!')}, according to {other}?"
        )
    # Any day will do: only whether and where time is named is asked.
    if periods(other, now=_SOME_DAY, latest=None):
        named = periods(about, now=_SOME_DAY, latest=None)
        return _in_place_of(other, about, [(p.start, p.end) for p in named])
    if not re.match(r"(?:the )?[A-Z]", other):
        return None
    return _in_place_of(other, before, [m.span() for m in _NAMES.finditer(before)])


def _in_place_of(other: str, before: str, spans: Sequence[tuple[int, int]]) -> str | None:
    """``before`` with ``other`` at the one span; None where there is not just one."""
    if len(spans) != 1:
        return None
    start, end = spans[0]
    lead = before[:start]
    if re.search(r"\bthe $", lead, re.IGNORECASE) and other[:4].lower() == "the ":
        lead = lead[:-4]
    opens = re.match(r"(?:since|until|before|after|between|from|in|on)\b", other)
    if opens:
        lead = re.sub(r"\b(?:in|on|since|until|before|after) $", "", lead)
    return lead + other + before[end:]


def first_statement(turn: Turn) -> str:
    """The first statement of an answer, without its marks."""
    return turn.answer.partition("\n")[0].partition("[")[0].strip()


def shorten(question: str) -> str:
    """The question before, cut at a word where it is long: it is only there to be leaned on."""
    if len(question) <= MAX_BEFORE:
        return question
    return question[:MAX_BEFORE].rpartition(" ")[0] + " …"
