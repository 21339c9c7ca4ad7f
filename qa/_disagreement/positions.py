"""Articles of which one says yes and another no to what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from qa._disagreement.statements import Statement, compatible_days, published_together
from qa._evidence.stance import Stance, proposition, stance


def positions(question: str, statements: Sequence[Statement]) -> tuple[list[Statement], ...]:
    """The statements that say yes and those that say no, one an article; empty for no dispute.

    The best statement of an article speaks for it.
    """
    about = proposition(question)
    if about is None or not about.asked:
        return ()
    found: dict[str, tuple[Statement, Stance]] = {}
    for statement in statements:
        article = statement.candidate.article.id
        said = stance(statement.candidate, about)
        if said is not None and article not in found:
            found[article] = statement, said
    yes = [pair for pair in found.values() if pair[1].holds]
    no = [pair for pair in found.values() if not pair[1].holds]
    disputed = [
        (one, other)
        for one, first in yes
        for other, second in no
        if first.future == second.future
        and published_together(one, other)
        and compatible_days(one, other)
    ]
    if not disputed:
        return ()
    return (
        list(dict.fromkeys(one for one, _ in disputed)),
        list(dict.fromkeys(other for _, other in disputed)),
    )
