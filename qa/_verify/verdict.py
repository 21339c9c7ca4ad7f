"""Yes or no: what the sentences say by their words, and whether that lets a model's word stand."""

from __future__ import annotations

from dataclasses import dataclass

from qa._evidence.sentences import Candidate, Evidence
from qa._evidence.stance import proposition, stance
from qa._question.yes_no import YesNo

# Sentences that are read; below this share of the best score they are not about the question.
SENTENCES = 24
NEAR_BEST = 0.6


@dataclass(frozen=True, slots=True)
class Standing:
    """The sentences that affirm what is asked and those that deny it, one an article.

    ``disputed``: the articles disagree on what the question is about; then nothing is said.
    """

    affirming: tuple[Candidate, ...] = ()
    denying: tuple[Candidate, ...] = ()
    disputed: bool = False

    @property
    def verdict(self) -> YesNo | None:
        """What all of them say; None where none speaks, or not all the same."""
        if self.disputed or bool(self.affirming) == bool(self.denying):
            return None
        return "yes" if self.affirming else "no"

    @property
    def speaking(self) -> tuple[Candidate, ...]:
        return self.affirming + self.denying

    def allows(self, said: YesNo) -> bool:
        """Whether no sentence contradicts a verdict that the words alone do not give."""
        against = self.denying if said == "yes" else self.affirming
        return not self.disputed and not against


def standing(evidence: Evidence, *, disputed: bool = False) -> Standing:
    """How the evidence stands on the one proposition that its question asks about.

    Nothing speaks where the question has none, or more than one; see ``qa._evidence.stance``.
    """
    about = proposition(evidence.question)
    if about is None or not about.asked or not evidence.candidates:
        return Standing(disputed=disputed)
    best = evidence.candidates[0].score
    found: dict[str, tuple[Candidate, bool]] = {}
    for candidate in evidence.candidates[:SENTENCES]:
        said = stance(candidate, about) if candidate.score >= NEAR_BEST * best else None
        if said is not None:
            found.setdefault(candidate.article.id, (candidate, said.holds))
    return Standing(
        tuple(candidate for candidate, holds in found.values() if holds),
        tuple(candidate for candidate, holds in found.values() if not holds),
        disputed,
    )
