"""How ``benchmarks/answers.py`` judges answers, ours and llama-index's by the same rules."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from typing import Any

from evals import Case
from evals._facts import missing, occurs

OFFICIAL = "right/N, any shared word (qa_evaluate.py at 33d3ad0)"
REFUSED = "Insufficient information."
"""What MultiHop-RAG expects where its corpus has no answer; stands for our ``not_found``."""

_POLAR = {"yes", "no"}


# --- MultiHop-RAG's answers -------------------------------------------------------------------


def official(answer: str, gold: str) -> bool:
    """Whether answer and gold share any word between spaces, as the set's own script has it."""
    told = re.search(r'The answer to the question is "(.*?)"', answer)
    words = (told[1] if told else answer).lower().split()
    return bool(set(words) & set(gold.lower().split()))


def strict(statements: Sequence[str], gold: str) -> bool:
    """Whether one of the statements is, or states, the gold answer.

    "Yes" and "no" must be the first word of the first statement; any other answer stands in a
    statement as whole words, by SQuAD's normalisation.
    """
    answers = [_normal(statement) for statement in statements]
    wanted = _normal(gold)
    if wanted in _POLAR:
        return bool(answers) and answers[0].split()[:1] == [wanted]
    return any(f" {wanted} " in f" {answer} " for answer in answers)


def _normal(text: str) -> str:
    """SQuAD's: lower case, no punctuation, no articles; a possessive gives its noun."""
    text = re.sub(r"['’]s\b", " ", text.lower())
    spaced = "".join(" " if c in string.punctuation + "“”‘’–—…" else c for c in text)
    return " ".join(word for word in spaced.split() if word not in {"a", "an", "the"})


# --- Right answers of either side -------------------------------------------------------------


def right(case: Case, gold: str | None, texts: Sequence[str], *, refused: bool) -> bool:
    """Whether an answer that reads as ``texts`` is right."""
    if case.expect.abstain:
        return refused
    if gold is not None:
        return strict(texts, gold)
    if missing(case.expect.all_facts, texts):
        return False
    return not any(occurs(fact, texts) for fact in case.expect.absent)


_DECLINES = re.compile(
    r"""
    \b(?:do|does|did)(?:\ not|n['’]t)\ (?:\w+ly\ )?
        (?:provide|mention|contain|include|specify|state|answer|give|discuss|indicate|offer|say
          |address|have|find|know)
    | \bno\ (?:\w+\ )?(?:information|mention|sources?|evidence|details?|indication|data|answer)\b
    | \bnone\ of\ the\b
    | \b(?:not|isn['’]t|wasn['’]t)\ (?:\w+ly\ )?
        (?:mentioned|provided|specified|stated|available|clear|possible|enough|helpful|found|given
          |discussed|addressed)
    | \b(?:cannot|can['’]t|unable\ to|not\ able\ to|impossible\ to)\ (?:be\ )?
        (?:determined?|answer(?:ed)?|find|found|provided?|concluded?|say|said|confirm(?:ed)?)
    | \binsufficient\ information | ^\s*empty\ response\s*$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def declines(text: str) -> bool:
    """Whether an answer in prose says, in any of many ways, that the sources do not tell.

    Generous: citations beside it, or an answer after it, do not speak against it.
    """
    return not text.strip() or _DECLINES.search(text) is not None


# --- Citations --------------------------------------------------------------------------------

_MARKER = re.compile(
    r"\[\s*(?:sources?\s*)?(\d+(?:\s*(?:,|and|&)\s*(?:source\s*)?\d+)*)\s*\]", re.I
)
_AFTER_STOP = re.compile(rf"([.!?]['’\"”]?)\s*((?:{_MARKER.pattern}\s*)+)", re.I)
_SENTENCE_END = re.compile(r"(?<=[.!?])['’\"”]?\s+(?=[A-Z\d“\"‘])|\n+")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[^\s.!?:“\"‘([*-]\s)[A-Z][\w’'-]*\w")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve")  # fmt: skip
_KEPT_OF_NAME = 4
_NO_NAMES = {"source", "sources", "january", "february", "march", "april", "may", "june", "july",
             "august", "september", "october", "november", "december", "monday", "tuesday",
             "wednesday", "thursday", "friday", "saturday", "sunday"}  # fmt: skip


def cited_statements(text: str) -> list[tuple[str, list[int]]]:
    """The sentences of an answer in prose, each with the sources that it cites.

    Markers after a full stop belong to the sentence before it.
    """
    moved = _AFTER_STOP.sub(lambda m: f" {m[2].strip()}{m[1]} ", text)
    found = []
    for sentence in _SENTENCE_END.split(moved):
        numbers = [int(n) for m in _MARKER.finditer(sentence) for n in re.findall(r"\d+", m[1])]
        plain = " ".join(_MARKER.sub(" ", sentence).split())
        if re.search(r"\w", plain) or numbers:
            found.append((plain, list(dict.fromkeys(numbers))))
    return found


def borne_out(statement: str, sources: Sequence[str], known: Iterable[str]) -> bool:
    """Whether every number and name of a statement stands in the sources it cites.

    What is in ``known`` (the question, title, outlet and date of what is cited) need not.
    The harness's own reading, not that of the check by which answers are proved: digits as whole
    numbers, capitalised words within a sentence by their first letters.
    """
    texts = [*sources, *known]
    for number in _NUMBER.findall(statement):
        spelt = _WORDS[int(number) : int(number) + 1] if number.isdigit() else ()
        if not any(occurs(form, texts) for form in (number, *spelt)):
            return False
    for name in _NAME.findall(statement):
        stem = re.sub(r"['’]s$", "", name)
        if stem.lower() in _NO_NAMES:
            continue
        if not occurs(stem[: max(_KEPT_OF_NAME, len(stem) - 2)], texts):
            return False
    return True


def count_citations(
    statements: Sequence[tuple[str, Sequence[int]]],
    sources: dict[int, str],
    known: Sequence[str],
) -> dict[str, int]:
    """Of an answer's citations those that hold, and of its statements those that cite.

    A citation holds if there is a source with its number and the sources that its statement cites
    bear the statement out together.
    """
    citations = valid = bare = 0
    for statement, numbers in statements:
        there = [sources[n] for n in numbers if n in sources]
        supported = bool(there) and borne_out(statement, there, known)
        citations += len(numbers)
        valid += len(there) * supported
        bare += not numbers
    return {"citations": citations, "valid": valid, "statements": len(statements), "bare": bare}


def our_statements(answer: dict[str, Any]) -> list[tuple[str, list[int]]]:
    """The claims of one of our answers with the quotes that they point at."""
    return [(claim["text"], list(claim["quotes"])) for claim in answer["claims"]]
