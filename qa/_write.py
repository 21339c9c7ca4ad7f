"""Answers as Markdown, with attribution printed from the articles' own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from index import Article
from qa._answer import Answer, NearestArticle, Quote
from qa._language.unseen import for_reader
from qa._question.yes_no import YesNo

UNKNOWN_OUTLET = "unknown outlet"
UNKNOWN_DATE = "date unknown"
CORRECTION = "The articles deny what the question takes for granted."
"""The note of an answer whose quotes contradict the question's premise; it comes first."""

VERDICT: Mapping[YesNo, str] = {
    "yes": "Yes, as the model reads the quotes.",
    "no": "No, as the model reads the quotes.",
}
"""The note of an answer to a question of yes or no: nothing proves it, and it says so."""

LEADS = frozenset({CORRECTION, *VERDICT.values()})
"""Notes that are read before the claims."""


def attribution(source: Quote | NearestArticle | Article) -> str:
    """``Outlet, date``; what the article does not state is printed as unknown.

    Of a quote that hides who says it, ``speaker, quoted by Outlet, date``.
    """
    day = source.published[:10] if source.published else UNKNOWN_DATE
    printed = f"{source.outlet or UNKNOWN_OUTLET}, {day}"
    speaker = getattr(source, "speaker", None)
    return f"{speaker}, quoted by {printed}" if speaker else printed


def label(source: Quote | NearestArticle | Article) -> str:
    """What to call an article: its title, or the place it came from."""
    return source.title or source.source


def write_answer(answer: Answer) -> str:
    """The claims with their ``[n]`` markers, a paragraph each, then the notes.

    Whether they say yes or no, or correct the question, is said before them.
    """
    quotes: Mapping[int, Quote] = {quote.n: quote for quote in answer.quotes}
    paragraphs = [note for note in answer.notes if note in LEADS]
    for claim in answer.claims:
        markers = "".join(f"[{n}]" for n in claim.quotes)
        if claim.support == "quote_only":
            said = attribution(quotes[claim.quotes[0]])
            paragraphs.append(f"“{inert(claim.text)}” — {inert(said)} {markers}")
        else:
            paragraphs.append(f"{inert(claim.text)} {markers}")
    paragraphs += [disagreement_line(found) for found in answer.disagreements]
    paragraphs += [f"*{inert(note)}*" for note in answer.notes if note not in LEADS]
    return "\n\n".join(paragraphs)


def disagreement_line(found: Mapping[str, Any]) -> str:
    """``Sources disagree: about: “12” (Outlet, date) [1]; “15” (…) [2].``, the newest first."""
    sides = []
    for side in found["sides"]:
        markers = "".join(f"[{n}]" for n in side["quotes"])
        sides.append(f"“{inert(side['value'])}” ({inert(side_source(side))}) {markers}")
    return f"{disagreeing(found)}: {inert(found['about']).rstrip()} — {'; '.join(sides)}."


def disagreeing(found: Mapping[str, Any]) -> str:
    """That sources disagree, and whose word it is where no program found it."""
    by_model = found.get("found_by") == "model"
    return "Sources disagree, as the model reads them" if by_model else "Sources disagree"


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
            "\n".join(f"- {inert(f'{label(a)} ({attribution(a)})')}" for a in answer.nearest)
        )
    lines += [f"*{inert(note)}*" for note in answer.notes]
    return "\n\n".join(lines)


def plain_line(text: str) -> str:
    """Text on one line; square brackets with a number in it cannot pass for our markers."""
    return re.sub(r"\[(\s*\d+\s*)\]", r"(\1)", for_reader(text))


def inert(text: str) -> str:
    """``plain_line`` as Markdown that is no link, image, tag, address or code.

    Only what could become one gets a backslash, so that ordinary prose reads the same in
    Markdown and out of it.
    """
    return _ACTIVE.sub(r"\\\g<0>", plain_line(text))


# A link gets its backslash after the "]", an address before its slashes, dot or at sign. GitHub's
# Markdown takes "www." for one behind "_" too, and between angle brackets anything with "@" is one.
_ACTIVE = re.compile(
    r"""
    <(?=[A-Za-z/!?]|[^\s<>]*@) | (?<=\])[(\[:] | ` | &(?=\#?\w+;) | \\(?=[!-/:-@\[-`{-~])
    | (?<=[A-Za-z]:)//(?=\S) | (?:(?<=\bwww)|(?<=_www))\.(?=\S) | (?<=[\w.+-])@(?=[\w.-]*\.)
    | ^(?:\#{1,6}(?=\s) | > | [+*-](?=\s) | ~~~)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
