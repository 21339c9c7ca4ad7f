"""A question cut into its parts.

``cut`` makes the parts that each are searched for: "Does the article from X say A, while the
article from Y says B?" wants two articles, and one vector of the whole lies between both of them.
The cuts are at clauses, by rules of punctuation and conjunctions: whatever they get wrong, the
whole question is searched for as well. ``questions_in`` is stricter: parts that are questions of
their own, of which one may have an answer and the other none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa._language.normalise import content_words

# A part with fewer content words asks for nothing by itself.
FEWEST_WORDS = 3
# More searches than this take longer than they find.
MOST_PARTS = 5

_WH = r"(?:how|what|which|who|whom|whose|when|where|why)\b"
_AUX = r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|should)\b"
_AND_WH = re.compile(rf"(?:,?\s+and|,?\s+while|,?\s+whereas|;|\?)\s+(?={_WH})", re.IGNORECASE)
# "Who was hurt and is in hospital" asks one thing: only a question that begins so goes on so.
_AND_AUX = re.compile(rf"(?:,?\s+and|;|\?)\s+(?={_AUX})|,\s+(?:while|whereas)\s+", re.IGNORECASE)

# A question with fewer content words says too little to tell whether anything answers it.
FEWEST_WORDS_OF_QUESTION = 2

_VERB = (
    r"(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would|who|whose|which|that|also"
    r"|as|while|whereas|but|unlike|contrary|compared|in contrast|before|after|then|despite)\b"
)
_REPORT = r"(?:the|an?|another|their|its)\s+(?:[^\s,]+\s+){0,4}?(?:article|report|story|piece)s?\b"
_BOUNDARY = re.compile(
    rf"""[;—–]\s+
      | ,\s+(?:and\s+|or\s+|all\s+)?(?={_VERB}|{_REPORT})
      | \s+(?=(?:while|whereas|unlike|compared\s+(?:to|with))\b)
      | \s+(?:and|or)\s+(?={_REPORT})
      | \s+and\s+(?=(?:does|did|do|is|was|has|were|are|for|also)\b)
      | \s+but\s+(?=also\b)
      | ,\s+and\s+(?=\w)
      | ,\s+""",
    re.VERBOSE | re.IGNORECASE,
)


def cut(
    question: str, named: Sequence[tuple[int, int]], closed: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """The spans of the parts of a question, in order; one for the whole where it has none.

    Args:
        question: The question.
        named: Spans of the outlets and dates that are named in it: no content.
        closed: Further spans that no cut may fall into, such as quoted phrases.
    """
    plain = question
    for start, end in named:
        plain = plain[:start] + " " * (end - start) + plain[end:]
    whole = [*named, *closed]
    starts = [0]
    for match in _BOUNDARY.finditer(question):
        if not any(start < match.end() and match.start() < end for start, end in whole):
            starts.append(match.end())
    spans = list(zip(starts, [*starts[1:], len(question)], strict=True))
    sizes = [len(set(content_words(plain[slice(*span)])) - _REPORTING) for span in spans]
    while len(spans) > 1:
        smallest = min(range(len(spans)), key=lambda i: (sizes[i], i))
        if sizes[smallest] >= FEWEST_WORDS and len(spans) <= MOST_PARTS:
            break
        names = any(spans[smallest][0] <= start < spans[smallest][1] for start, _ in named)
        # What a report is about follows its naming: "the piece from X on Monday, discussing Y".
        first = smallest if names or smallest == 0 else smallest - 1
        first = min(first, len(spans) - 2)
        _merge(spans, sizes, first)
    return spans


def questions_in(question: str) -> tuple[str, ...]:
    """The questions that ``question`` is made of, in order; empty where it is only one.

    "How many did A, and what did B say?" and "Does A …, while B …?" have two. A part is a slice
    of the question; it may lean on the one before it, as a follow-up does.
    """
    joint = _AND_AUX if re.match(_AUX, question.strip(), re.IGNORECASE) else _AND_WH
    found = tuple(part.strip(" ,;?") for part in joint.split(question))
    long_enough = all(len(set(content_words(part))) >= FEWEST_WORDS_OF_QUESTION for part in found)
    return found if len(found) > 1 and long_enough else ()


def _merge(spans: list[tuple[int, int]], sizes: list[int], first: int) -> None:
    """Join a part to the one behind it."""
    spans[first : first + 2] = [(spans[first][0], spans[first + 1][1])]
    sizes[first : first + 2] = [sizes[first] + sizes[first + 1]]


# Every question about reports has these, and every comparison of them.
_REPORTING = frozenset(
    content_words(
        "article report reported story piece publish published mention mentioned discuss describe"
        " claim suggest highlight according individual company person news coverage cover source"
        " outlet associate feature cite note portray portrayal narrative consistent inconsistent"
        " consistency inconsistency change"
    )
)
