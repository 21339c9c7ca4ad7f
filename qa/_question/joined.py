"""Questions that are asked in one breath: How many did A, and what did B say?"""

from __future__ import annotations

import re

from qa._language.normalise import content_words

_WH = r"(?:how|what|which|who|whom|whose|when|where|why)\b"
_AUX = r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|should)\b"
_AND_WH = re.compile(rf"(?:,?\s+and|,?\s+while|,?\s+whereas|;|\?)\s+(?={_WH})", re.IGNORECASE)
# "Who was hurt and is in hospital" asks one thing: only a question that begins so goes on so.
_AND_AUX = re.compile(rf"(?:,?\s+and|;|\?)\s+(?={_AUX})|,\s+(?:while|whereas)\s+", re.IGNORECASE)

FEWEST_WORDS = 2
"""A part with fewer content words says too little to tell whether anything answers it."""


def questions_in(question: str) -> tuple[str, ...]:
    """The questions that ``question`` is made of, in order; empty where it is only one.

    "How many did A, and what did B say?" and "Does A …, while B …?" have two. A part is a slice
    of the question; it may lean on the one before it, as a follow-up does.
    """
    joint = _AND_AUX if re.match(_AUX, question.strip(), re.IGNORECASE) else _AND_WH
    found = tuple(part.strip(" ,;?") for part in joint.split(question))
    long_enough = all(len(set(content_words(part))) >= FEWEST_WORDS for part in found)
    return found if len(found) > 1 and long_enough else ()
