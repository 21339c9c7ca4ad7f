"""Answers as Markdown, with attribution printed from the articles' own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from qa._answer import Answer, NearestArticle, Quote

UNKNOWN_OUTLET = "unknown outlet"
UNKNOWN_DATE = "date unknown"


def attribution(source: Quote | NearestArticle) -> str:
    """``Outlet, date``; what the article does not state is printed as unknown."""
    day = source.published[:10] if source.published else UNKNOWN_DATE
    return f"{source.outlet or UNKNOWN_OUTLET}, {day}"


def label(source: Quote | NearestArticle) -> str:
    """What to call an article: its title, or the place it came from."""
    return source.title or source.source


def write_answer(answer: Answer) -> str:
    """The claims with their ``[n]`` markers, a paragraph each, then the notes."""
    quotes: Mapping[int, Quote] = {quote.n: quote for quote in answer.quotes}
    paragraphs = []
    for claim in answer.claims:
        markers = "".join(f"[{n}]" for n in claim.quotes)
        if claim.support == "quote_only":
            said = attribution(quotes[claim.quotes[0]])
            paragraphs.append(f"“{plain_line(claim.text)}” — {plain_line(said)} {markers}")
        else:
            paragraphs.append(f"{plain_line(claim.text)} {markers}")
    paragraphs += [disagreement_line(found) for found in answer.disagreements]
    paragraphs += [f"*{plain_line(note)}*" for note in answer.notes]
    return "\n\n".join(paragraphs)


def disagreement_line(found: Mapping[str, Any]) -> str:
    """``Sources disagree: about: “12” (Outlet, date) [1]; “15” (…) [2].``, the newest first."""
    sides = []
    for side in found["sides"]:
        markers = "".join(f"[{n}]" for n in side["quotes"])
        sides.append(f"“{plain_line(side['value'])}” ({plain_line(side_source(side))}) {markers}")
    return f"Sources disagree: {plain_line(found['about']).rstrip()} — {'; '.join(sides)}."


def side_source(side: Mapping[str, Any]) -> str:
    """Outlet and date of one side of a disagreement, and of how many reports it is one."""
    day = side["published"][:10] if side["published"] else UNKNOWN_DATE
    reports = side.get("origins", 1)
    more = f", {reports} independent reports" if reports > 1 else ""
    return f"{side['outlet'] or UNKNOWN_OUTLET}, {day}{more}"


def refusal(answer: Answer) -> str:
    """What was searched, and the nearest there is; no citation."""
    searched = answer.searched
    lines = [
        "The articles don't tell. "
        f"Searched {_count(searched['articles'], 'article')} "
        f"({_count(searched['passages'], 'passage')})."
    ]
    if answer.nearest:
        lines.append("Nearest articles:")
        lines.append(
            "\n".join(f"- {plain_line(f'{label(a)} ({attribution(a)})')}" for a in answer.nearest)
        )
    lines += [f"*{plain_line(note)}*" for note in answer.notes]
    return "\n\n".join(lines)


def plain_line(text: str) -> str:
    """Text on one line; square brackets with a number in it cannot pass for our markers."""
    return re.sub(r"\[(\d+)\]", r"(\1)", " ".join(text.split()))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
