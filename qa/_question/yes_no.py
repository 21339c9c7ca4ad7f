"""Whether a question asks for yes or no."""

from __future__ import annotations

import re
from typing import Literal

YesNo = Literal["yes", "no"]

_AUX = (
    r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
    r"(?:n['’]t)?\b"
)
# "Between the report of May and that of June, was there a change?"
_LEADING = (
    r"(?:(?:according to|after|as|at|before|between|by|despite|during|for|from|given|if|in|on|once"
    r"|since|under|until|when|while|with|within)\b(?!\s+(?:which|what|whose|whom|how)\b)[^?]*?"
    r",\s*(?:and |but |so )?)?"
)
_YES_NO = re.compile(
    rf"^\W*(?:(?:and|but|so|well|then)\b,?\s+)?{_LEADING}{_AUX}\s+\S", re.IGNORECASE | re.DOTALL
)
_OR_NOT = re.compile(r",?\s+or (?:not|didn['’]t|isn['’]t|wasn['’]t|no)\b", re.IGNORECASE)
_WH = r"(?:how|what|which|who|whom|whose|when|where|why)\b"
# "Did they pay, and how much?" and "Is it a wolf or a dog?" want more than yes or no. A choice
# ends the question; an "or" far before its end joins words within it.
_MORE = re.compile(
    rf"(?:\band|[,;])\s+(?:if so,?\s+)?(?:(?:in|on|at|by|for|to|of|with|from)\s+)?{_WH}[^,]*$"
    r"|\bor\b(?:\s+\S+){1,5}$|\?.*\w"
    rf"|\b(?:say|said|tell|told|know|known|clear|explain)\b(?:\s+(?:me|us))?\s+{_WH}"
    r"|^\W*(?:can|could|would|will)\s+you\b",
    re.IGNORECASE | re.DOTALL,
)


def asks_yes_or_no(question: str) -> bool:
    """Whether yes or no is what the question wants, all of it.

    Not so: a choice of two ("Is it a wolf or a dog?"), a question with another behind or inside
    it ("Do we know who paid?"), and a request ("Can you list them?").
    """
    text = _OR_NOT.sub("", question.strip().rstrip("?!. \u00a0"))
    return _YES_NO.match(text) is not None and _MORE.search(text) is None
