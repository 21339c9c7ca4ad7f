"""What exactly would answer a question, and whether a sentence states one.

Finer than ``answer_type``, which ranks sentences and may be wrong at little cost: "how much did it
cost" wants a sum of money, not any number; "in what year" a year, not "last week". A near miss,
a question whose subject the articles cover and whose detail they do not give, mostly fails here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from qa._language.names import names
from qa._language.normalise import content_words

_NUMBER = (
    r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundreds?|thousands?|dozens?|millions?|billions?|half|several|no|"
    r"single|both)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_YEAR = r"\b(?:1\d|20)\d\d\b"
_SPAN = r"(?:second|minute|hour|day|week|month|year|decade|centur)"
_UNIT = (
    r"[-\s]?(?:%|percent|per cent|km|kilomet|met(?:er|re)|mile|feet|foot|inch|cm|mm|m\b|yard|"
    r"acre|hectare|ton|kg|kilogram|pound|gram|degree|mph|lit(?:er|re)|times|square|cubic"
    rf"|{_SPAN})"
)

# (what the question has, what its answer has), the first that fits counts.
_KINDS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(stated, re.IGNORECASE))
    for asked, stated in (
        (  # a share
            r"\bwhat (?:share|percentage|percent|proportion|fraction)\b|\bhow many percent\b"
            r"|\bhow large a share\b",
            r"%|\bper ?cent|\bhalf\b|\bthirds?\b|\bquarters?\b|\bin (?:ten|five|three|four)\b"
            r"|percentage",
        ),
        (  # a sum of money
            r"\bhow much (?:money|did .*\b(?:cost|pay|paid|spend|raise|earn|make|donate|invest)"
            r"|(?:is|was|were|are) .*\b(?:worth|paid)|.*\b(?:cost|spend|pay))"
            r"|\b(?:what|which) (?:price|amount|sum|fee|budget|cost)"
            r"|\bhow many (?:dollars|euros|pounds)|\b(?:price|cost|budget|salary|fine)\b",
            r"[$€£]\s?\d|\d[\d,.]*\s?(?:million |billion |thousand )?"
            r"(?:dollars|euros|pounds|cents|yen|rubles|kronor)|\bfree\b",
        ),
        (  # an age
            r"\bhow old\b|\bwhat age\b",
            r"\b\d+[-\s]year|\baged? \d|, \d\d,|\b(?:at|was|is|turned|until s?he was) "
            r"(?:\d+|[a-z]+teen|twenty|thirty|forty)|\bborn\b|years? old",
        ),
        (  # a span of time
            r"\bhow long\b",
            rf"{_NUMBER}[-\s](?:\w+ )?{_SPAN}|\bsince\b|\bdecades\b|\bcentur",
        ),
        (  # a measure
            r"\bhow (?:tall|high|thick|deep|far|wide|heavy|fast|large|big|hot|cold|strong)\b"
            r"|\bwhat (?:height|depth|length|speed|size|temperature|distance|weight|area)\b",
            rf"\d[\d,.]*{_UNIT}",
        ),
        (  # a year
            r"\b(?:what|which) (?:year|decade|century)\b|\bsince (?:when|what year)\b",
            rf"{_YEAR}|\d0s\b|centur",
        ),
        (  # a point in time
            r"\bwhen\b|\b(?:what|which) (?:date|day|month|time)\b|\bhow soon\b",
            rf"{_YEAR}|\b{_MONTH} \d|\d+ {_MONTH}|\bin {_MONTH}|\b(?:mon|tues|wednes|thurs|fri|"
            r"satur|sun)day\b|\byesterday\b|\btoday\b|\btomorrow\b|\bago\b|\bcentur|\b\d\ds\b"
            r"|\b(?:next|this|following|previous|last) (?:week|month|year|day|night|morning|evening"
            r"|spring|summer|autumn|fall|winter)"
            rf"|\b{_SPAN}s? (?:after|before|later|earlier)|\bmidnight\b|\bnoon\b"
            r"|\d ?(?:am|pm|a\.m|p\.m)\b|\b(?:morning|evening|afternoon)\b",
        ),
    )
)
_HOW_MANY = re.compile(r"\bhow many ((?:[\w’'-]+\s*){1,5})", re.IGNORECASE)
_NOUN_END_WORDS = (
    "did do does is are was were has have had can could will would in on at of to from that who "
    "which with"
)
_NOUN_ENDS = frozenset(_NOUN_END_WORDS.split())
_ANY_NUMBER = re.compile(r"\bhow (?:much|often)\b|\bwhat number\b|\bnumber of\b", re.IGNORECASE)
_NAME = re.compile(
    r"\bwho(?:m|se)?\b|\bwhere\b|\bnamed?\b|\bcalled\b|\bcapital of\b|\bpublisher\b"
    r"|\b(?:which|what) (?:\w+ )?(?:player|president|minister|actor|author|politician|person|"
    r"scientist|leader|man|woman|captain|coach|senator|official|executive|singer|king|queen|"
    r"company|firm|team|city|country|town|state|university|school|club|newspaper|outlet|magazine|"
    r"group|organi[sz]ation|agency|party|island|place|region|house|bank|brand|website|platform|"
    r"factory|hotel|church|court|ship|river|station|airline|network|institut(?:e|ion)|museum)\b",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^\W*(?:so |and |but )?why\b|\bwhat (?:reason|cause|made|prompted|led)|\bhow come\b"
    r"|\breason\b|\bon what grounds\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result|result of|in order to|so that|reasons?|"
    r"caused?|driven by|prompted|motivated|given that|therefore|so as to|led to|blamed?|since|"
    r"after|over|for|in response|to (?:avoid|prevent|help|encourage|make|protect|ensure|keep|stop|"
    r"bring|gain|create|allow|reduce|give|get))\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[\w’'-]+(?:[,.]\d+)*")
_A_NUMBER = re.compile(_NUMBER, re.IGNORECASE)
# How many words may stand between a number and what it counts, and the other way round.
_AFTER, _BEFORE = 4, 2


@dataclass(frozen=True, slots=True)
class Expected:
    """What a sentence must state to answer a question.

    Attributes:
        pattern: Of the words of an answer; None for a name.
        asked: Stems of the question's words: what it says itself answers nothing.
        counted: Stem of what a number must stand next to; None for no such thing.
    """

    pattern: re.Pattern[str] | None
    asked: frozenset[str]
    counted: str | None = None

    def stated_in(self, sentence: str) -> bool:
        """Whether the sentence has one that the question does not have itself."""
        if self.pattern is None:
            return any(self._is_new(name.text) for name in names(sentence))
        if self.counted is not None:
            return self._counts(sentence)
        if self.pattern is _REASON:
            return _REASON.search(sentence) is not None
        return any(self._is_new(match[0]) for match in self.pattern.finditer(sentence))

    def _counts(self, sentence: str) -> bool:
        tokens = _TOKEN.findall(sentence)
        numbers = [n for n, t in enumerate(tokens) if _A_NUMBER.fullmatch(t) and self._is_new(t)]
        nouns = [n for n, token in enumerate(tokens) if self.counted in content_words(token)]
        return any(-_BEFORE <= noun - n <= _AFTER and noun != n for n in numbers for noun in nouns)

    def _is_new(self, text: str) -> bool:
        return not self.asked.intersection(content_words(text))


@lru_cache(maxsize=256)
def expected(question: str) -> Expected | None:
    """What would answer the question; None where nothing in particular would."""
    asked = frozenset(content_words(question))
    for asks, stated in _KINDS:
        if asks.search(question):
            return Expected(stated, asked)
    if how_many := _HOW_MANY.search(question):
        return Expected(_A_NUMBER, asked, _counted(how_many[1].split()))
    if _ANY_NUMBER.search(question):
        return Expected(_A_NUMBER, asked)
    if _NAME.search(question):
        return Expected(None, asked)
    if _WHY.search(question):
        return Expected(_REASON, asked)
    return None


def _counted(words: list[str]) -> str | None:
    """The stem of the noun at the end of "how many …", e.g. of "people" in "people were"."""
    end = next((n for n, word in enumerate(words) if word.lower() in _NOUN_ENDS), len(words))
    stems = content_words(" ".join(words[:end]))
    return stems[-1] if stems else None
