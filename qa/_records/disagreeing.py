"""The disagreements of a saved answer, held against the quotes that they number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa._answer import Answer, Quote


@dataclass(frozen=True, slots=True)
class DisagreementCheck:
    """Whether what is said to disagree stands in the quotes.

    That it does disagree is not proved: rules or a model found so.

    Attributes:
        about: As it was saved.
        details: What is wrong or not confirmed, a sentence each.
        holds: Whether there are two sides or more, and each side's value, outlet and day are
            those of a quote that it numbers and that holds itself.
    """

    about: str
    details: tuple[str, ...]
    holds: bool

    def to_json(self) -> dict[str, Any]:
        """What ``verify --json`` documents."""
        return {"about": self.about, "details": list(self.details), "holds": self.holds}


def check_disagreement(
    found: Mapping[str, Any], answer: Answer, quotes: Mapping[int, tuple[Quote, bool]]
) -> DisagreementCheck:
    """Hold one of ``answer.disagreements`` against its quotes.

    Args:
        quotes: By number: the quote, and whether it holds.
    """
    about, sides = str(found.get("about")), found.get("sides")
    sides = [side for side in sides if isinstance(side, Mapping)] if isinstance(sides, list) else []
    wrong = [] if len(sides) > 1 else ["It has no two sides."]
    unsure: list[str] = []
    numbered: list[Quote] = []
    for side in sides:
        cited = [quotes[n] for n in _numbers(side) if n in quotes]
        numbered += [quote for quote, _ in cited]
        wrong += _against(side, cited)
        reports, known = side.get("origins", 1), len({quote.article for quote, _ in cited})
        if not isinstance(reports, int):
            wrong.append(f"{reports!r} is no number of reports.")
        elif reports > max(1, known):
            unsure.append(
                f"That {reports} independent reports say {side.get('value')!r} is not confirmed: "
                f"those quoted are {known}."
            )
    said = _words(answer.question, answer.searched_for or "", *(quote.text for quote in numbered))
    if not _words(about) <= said:
        wrong.append("What it is about stands neither in the question nor in its quotes.")
    return DisagreementCheck(about, (*wrong, *unsure), not wrong)


def _numbers(side: Mapping[str, Any]) -> list[int]:
    numbers = side.get("quotes")
    return [n for n in numbers if isinstance(n, int)] if isinstance(numbers, list) else []


def _against(side: Mapping[str, Any], cited: list[tuple[Quote, bool]]) -> Iterator[str]:
    """What is wrong with a side, its count of reports aside."""
    value = side.get("value")
    if not cited or len(cited) < len(side.get("quotes") or ()):
        yield f"{value!r} points at a quote that there is not."
        return
    for quote, holds in cited:
        if not holds:
            yield f"{value!r} rests on quote {quote.n}, which does not hold."
    saying = [quote for quote, _ in cited if isinstance(value, str) and value in quote.text]
    if not value or not saying:
        yield f"{value!r} does not stand in the quotes that it points at."
    elif not any(
        (quote.outlet, quote.published) == (side.get("outlet"), side.get("published"))
        for quote in saying
    ):
        yield f"No quote that says {value!r} has the outlet and day that are given for it."


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"\w+", text.casefold())}
