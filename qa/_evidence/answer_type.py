"""What kind of thing a question asks for, and whether a sentence holds one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

AnswerType = Literal["number", "time", "person", "place", "speech", "reason"]

_NUMBER = re.compile(
    r"\bhow (many|much|long|old|far|often|large|big|high|tall|fast)\b|\bwhat (number|share|"
    r"percentage|percent|proportion|fraction|amount|price|age|size|rate)\b|\bhow \w+ (is|was|are)\b"
    r"|\b(number|percentage|share|amount|proportion) of\b",
    re.I,
)
_TIME = re.compile(
    r"\bwhen\b|\b(what|which) (year|date|day|month|time|decade|century)\b|\bhow (long|soon)\b", re.I
)
_PERSON = re.compile(r"\bwho(m|se)?\b", re.I)
_PLACE = re.compile(r"\bwhere\b|\b(what|which) (city|country|town|place|state|region)\b", re.I)
_SPEECH = re.compile(
    r"\b(what|how) (did|does|do|has|have|had) .{2,80}?\b(say|said|tell|told|call|called|describe|"
    r"described|warn|warned|claim|claimed|argue|argued|respond|react|explain|think)\b",
    re.I,
)

_REASON = re.compile(r"^\W*(and |but |so )?why\b|\b(what|which) (reasons?|caused?)\b", re.I)

_DIGITS = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|hundreds?|thousands?|dozens?|millions?|billions?|half|third|quarter|several|once|"
    r"twice|first|second)\b",
    re.I,
)
_TIMES = re.compile(
    r"\b(1[5-9]|20)\d\d\b|\b(january|february|march|april|may|june|july|august|september|october|"
    r"november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday|today|"
    r"tomorrow|tonight|morning|evening|afternoon|night|week|month|year|decade|century|ago|"
    r"hours?|minutes?|days?|weeks?|months?|years?|last|next|since|until|before|after|during)\b",
    re.I,
)
_NAME = re.compile(r"(?<![.!?:“\"] )(?<!^)\b[A-Z][\w’'-]+")
_SPOKEN = re.compile(
    r"[“”\"]|\b(said|says|told|tells|stated|warned|noted|added|argued|claimed|called|described|"
    r"suggested|expressed|emphasi[sz]ed|stressed|declined|asked|acknowledged|questioned|believes?|"
    r"criticized|highlighted|asserted|announced|according)\b",
    re.I,
)

_GIVES_REASON = re.compile(
    r"\b(because|since|due to|owing to|thanks to|as a result|result of|in response|in order to|so "
    r"that|so as to|amid|reasons?|caused?|driven by|prompted|motivated|over (concerns|fears)|given "
    r"that|therefore|if|as)\b|\bafter \w+ing\b|\bto (avoid|prevent|help|encourage|make|protect|"
    r"ensure|keep|stop|bring|gain|create)\b",
    re.I,
)


def answer_types(question: str) -> frozenset[AnswerType]:
    """The kinds of thing that would answer the question; empty when no kind stands out."""
    kinds: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
        ("number", _NUMBER),
        ("time", _TIME),
        ("person", _PERSON),
        ("place", _PLACE),
        ("speech", _SPEECH),
        ("reason", _REASON),
    )
    return frozenset(kind for kind, pattern in kinds if pattern.search(question))


def has_answer_type(types: frozenset[AnswerType], sentence: str, question: str) -> bool:
    """Whether ``sentence`` holds any of these kinds of thing, beyond what the question names."""
    return not types or any(_holds(kind, sentence, _words(question)) for kind in types)


@lru_cache(maxsize=64)
def _words(question: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", question.lower()))


# A kind that has a name or a figure must hold one that the question does not name itself.
_NEW: dict[AnswerType, re.Pattern[str]] = {
    "number": _DIGITS,
    "time": _TIMES,
    "person": _NAME,
    "place": _NAME,
}
_ANY: dict[AnswerType, re.Pattern[str]] = {"speech": _SPOKEN, "reason": _GIVES_REASON}


def _holds(kind: AnswerType, sentence: str, asked: frozenset[str]) -> bool:
    if kind in _ANY:
        return _ANY[kind].search(sentence) is not None
    return any(match.group().lower() not in asked for match in _NEW[kind].finditer(sentence))
