"""What a question takes for granted, held against the evidence.

"Why did X resign?" has an answer only if X resigned. Where the articles deny that, the quote that
does is the answer; where none of them speaks of it, an answer is less likely than it seems.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from qa._evidence.sentences import Candidate, Evidence
from qa._evidence.stance import Proposition, proposition, spoken_of, stance
from qa._language.normalise import content_words

# Sentences that are read for a denial; below this share of the best score they are not about it.
SENTENCES = 24
NEAR_BEST = 0.6
# Log-odds that an answer loses where nothing speaks of what is taken for granted. It turns few
# answers into refusals (benchmarks/premises.py), and the search may outweigh it, for there are
# more paraphrases than any table has.
UNSPOKEN = 1.5
# With these the verb that matters comes after, or is another in every article.
_GENERAL = frozenset(content_words("begin start continue happen occur finish end"))
# Words that begin alike count as one, whatever their endings.
PREFIX = 5

# Questions that ask for a reason or a time name what happened; others may put it in other words.
_NAMES_IT = re.compile(
    r"^\W*(?:and |but |so )?(?:why|when|how come|since when|(?:on|in|at|for|by)?\s*(?:what|which)"
    r" (?:day|date|year|month|reason))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted, and what the evidence says of it.

    Attributes:
        about: The proposition.
        denied: The sentences that deny it, one an article, the newest first; empty where any
            sentence bears it out.
        unspoken: No sentence has the word for it, or one of the same sense.
    """

    about: Proposition
    denied: tuple[Candidate, ...]
    unspoken: bool


def premise(evidence: Evidence) -> Premise | None:
    """The premise of the question of ``evidence``; None where it has none that can be told."""
    about = proposition(evidence.question)
    if about is None or about.asked or not evidence.candidates:
        return None
    best = evidence.candidates[0].score
    denied: dict[str, Candidate] = {}
    for candidate in evidence.candidates[:SENTENCES]:
        said = stance(candidate, about) if candidate.score >= NEAR_BEST * best else None
        if said is not None and said.holds:
            denied.clear()
            break
        if said is not None:
            denied.setdefault(candidate.article.id, candidate)
    known = frozenset[str]().union(*(candidate.context for candidate in evidence.candidates))
    unspoken = (
        _NAMES_IT.match(evidence.question) is not None
        and about.pivot not in _GENERAL
        and not spoken_of(about.pivot, known)
        and not any(
            len(about.pivot) >= PREFIX and word[:PREFIX] == about.pivot[:PREFIX] for word in known
        )
    )
    newest = sorted(
        denied.values(), key=lambda c: (c.article.published or "", -c.score), reverse=True
    )
    return Premise(about, tuple(newest), unspoken)


def less_sure(confidence: float) -> float:
    """The confidence in an answer whose premise nothing speaks of."""
    if not 0 < confidence < 1:
        return confidence
    return 1 / (1 + math.exp(UNSPOKEN - math.log(confidence / (1 - confidence))))
