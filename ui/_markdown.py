"""Answers, finished or being written, as Markdown that can do nothing but be read.

All text that comes from a model, an article or a reader passes through ``escape``: every ASCII
punctuation character becomes a numeric character reference, which Markdown never takes for
markup. So no link, image, tag or address of theirs survives as one, and a quote reads on the
page as it stands in its article, down to its asterisks. The only links and buttons are those
made here, and all of them stay on the page: a chip ``[1](#cite-<answer id>-1 "outlet, date")``
for a verified quote, ``#article-<answer id>-1`` for an article that a refusal names,
``#copy-<answer id>``, and a button ``less-<answer id>-0`` that asks once more without what
limited the question, or ``less-<answer id>-filters`` without all filters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qa import (
    LEADS,
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    ClaimText,
    Event,
    EvidenceFound,
    Finished,
    NearestArticle,
    Notice,
    Quote,
    attribution,
    disagreeing,
    label,
    side_source,
)
from ui._asked import Asked, named
from ui._panel import counted
from ui._plain import harmless, one_line, unescaped
from ui._stream import Decision

EVIDENCE_SHOWN = 6
NOT_KEPT = "This answer is not finished and not kept."
NO_BREAK = "\u00a0"

# What a question names is looked at first; only the filters that a reader sets leave things out.
_LOOKED = "Looked first at"
_LEADS = {
    "outlet": _LOOKED,
    "not-outlet": _LOOKED,
    "published": _LOOKED,
    "phrase": _LOOKED,
    "spelling": "Spelling",
}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def escape(text: str) -> str:
    """Markdown that shows exactly ``text``, on one line, and is free of markup.

    Control characters, which nobody sees, are not shown.
    """
    return _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", one_line(text))


def chip(answer_id: str, quote: Quote) -> str:
    """The link to a quote's mark in the source panel; its tooltip names outlet and date."""
    tooltip = escape(attribution(quote))
    return f'[{quote.n}](#cite-{answer_id}-{quote.n} "{tooltip}")'


def question_markdown(asked: Asked) -> str:
    """A question, and what it was asked again without."""
    if not asked.taken_back:
        return escape(asked.question)
    without = escape("; ".join(named(item) for item in asked.taken_back))
    return f"{escape(asked.question)}\n\n{_div('again', f'Asked again without {without}')}"


def answer_markdown(answer: Answer, asked: Asked | None = None) -> str:
    """A finished answer: its claims with their chips, or what was searched in vain.

    ``asked`` is how its question was put, to be shown with it.
    """
    asked = asked or Asked(answer.question)
    blocks = _put(answer.id, asked, answer.searched_for)
    # Then the search's one note says the same, and names the first of the nearest articles.
    none_passed = bool(asked.set_by_hand) and not answer.searched.get("articles", 0)
    notes = () if none_passed else answer.notes
    if answer.status == "not_found":
        blocks.append(_not_found(answer, asked, none_passed=none_passed))
    else:
        quotes = {quote.n: quote for quote in answer.quotes}
        blocks += _beforehand(notes)
        blocks += [claim_markdown(answer.id, claim, quotes) for claim in answer.claims]
        blocks += [_disagreement(answer, found, quotes) for found in answer.disagreements]
        if answer.status == "partial":
            blocks.append(_div("partial", "The articles answer only a part of this question."))
    blocks += [notice_markdown(note) for note in notes if note not in LEADS]
    blocks.append(_foot(answer))
    return "\n\n".join(blocks)


def claim_markdown(answer_id: str, claim: Claim, quotes: Mapping[int, Quote]) -> str:
    """A claim with a chip for each of its quotes; a bare quote with its outlet and date."""
    cited = [quotes[n] for n in claim.quotes if n in quotes]
    if claim.support == "quote_only":
        return "\n\n".join(_quotation(quote, chip(answer_id, quote)) for quote in cited)
    chips = NO_BREAK.join(chip(answer_id, quote) for quote in cited)
    return f"{escape(claim.text)}{NO_BREAK}{chips}"


def _disagreement(answer: Answer, found: Mapping[str, Any], quotes: Mapping[int, Quote]) -> str:
    """What the sources disagree on: a line for each side, with its outlet, date and chips."""
    lines = [f"**{disagreeing(found)}:** {escape(found['about'])}", ""]
    for side in found["sides"]:
        cited = [quotes[n] for n in side["quotes"] if n in quotes]
        chips = NO_BREAK.join(chip(answer.id, quote) for quote in cited)
        lines.append(f"- {escape(side['value'])} — {escape(side_source(side))}{NO_BREAK}{chips}")
    return _div("disagreement", "\n".join(lines))


def _beforehand(notes: Sequence[str]) -> list[str]:
    """What the claims to come amount to: yes or no, or that what was asked is not so."""
    return [f"**{escape(note)}**" for note in notes if note in LEADS]


def notice_markdown(text: str) -> str:
    """A note to the reader, set apart from the answer."""
    return _div("notice", escape(text))


def error_markdown(message: str, hint: str) -> str:
    """A failure: what happened and what to do next."""
    return _div("error", f"**{escape(message)}**\n\n{escape(hint)}".rstrip())


def plain_text(answer: Answer) -> str:
    """The answer for the clipboard: its text with ``[n]`` markers, then its quotes."""
    blocks = [unescaped(answer.answer).strip(), "Quotes:"]
    for quote in answer.quotes:
        where = [attribution(quote), quote.title, quote.author, quote.url]
        if quote.source != quote.url:
            where.append(quote.source)
        blocks.append(
            f"[{quote.n}] {quote.text}\n    {'; '.join(known for known in where if known)}"
        )
    # Whoever pastes this into a terminal must not have run anything.
    return harmless("\n\n".join(blocks))


@dataclass
class Draft:
    """An answer in the making: what its events have brought so far."""

    answer_id: str = ""
    asked: Asked = field(default_factory=lambda: Asked(""))
    evidence: tuple[Quote, ...] = ()
    searched: dict[str, int] = field(default_factory=dict)
    searched_for: str | None = None
    written: dict[int, str] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    cited: dict[int, Quote] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    answer: Answer | None = None
    keeping: Decision = field(default_factory=Decision, compare=False)
    """Whether the answer is saved: decided when it is about to be, or when it is stopped before."""

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case EvidenceFound():
                self.answer_id = event.answer_id
                self.evidence = event.quotes
                self.searched = event.searched
                self.searched_for = event.searched_for
                if event.found is not None:
                    understood = event.found.understood.items
                    self.asked = replace(self.asked, understood=understood)
            case ClaimStarted():
                self.written[event.index] = ""
            case ClaimText():
                self.written[event.index] += event.text
            case ClaimDone():
                self.claims[event.index] = event.claim
                self.cited |= {quote.n: quote for quote in event.quotes}
            case Notice():
                self.notices.append(event.text)
            case Finished():
                self.answer = event.answer

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """What the panel marks: the quotes cited so far, before that those found."""
        if self.answer:
            return self.answer.quotes
        return tuple(self.cited.values()) or self.evidence

    def stop(self) -> str:
        """The answer as far as it is known; from now on it is not saved, unless it is already."""
        kept = self.keeping.make(False)
        said = "It was just being finished; all of it is kept with this chat."
        return self.markdown(stopped=f"Stopped. {said if kept else NOT_KEPT}")

    def markdown(self, *, stopped: str | None = None) -> str:
        """The answer as far as it is known; ``stopped`` is said where it will not go on."""
        if self.answer:
            return answer_markdown(self.answer, self.asked)
        blocks = _put(self.answer_id, self.asked, self.searched_for)
        blocks += _beforehand(self.notices)
        for index, text in self.written.items():
            if index in self.claims:
                blocks.append(claim_markdown(self.answer_id, self.claims[index], self.cited))
            elif text:
                blocks.append(escape(text))
        blocks += [notice_markdown(text) for text in self.notices if text not in LEADS]
        if stopped:
            blocks.append(_div("notice", stopped))
        else:
            blocks.append(_div("working", "Writing…" if self.searched else "Searching…"))
        if self.evidence and not (stopped and self.cited):
            blocks.append(_evidence(self.evidence))
        return "\n\n".join(blocks)


def _evidence(quotes: Sequence[Quote]) -> str:
    shown = [_quotation(quote) for quote in quotes[:EVIDENCE_SHOWN]]
    return _div("evidence", "\n\n".join(["**Quotes found**", *shown]))


def _quotation(quote: Quote, ending: str = "") -> str:
    source = escape(attribution(quote))
    return f"> {escape(quote.text)}\n>\n> — {source}{NO_BREAK}{ending}"


def _put(answer_id: str, asked: Asked, searched_for: str | None) -> list[str]:
    """How the question was put: rewritten, limited, understood; nothing before it is known."""
    blocks = [] if searched_for is None else [_searched_for(searched_for)]
    if not answer_id:
        return blocks
    leads: dict[str, list[str]] = {}
    for n, item in enumerate(asked.limits):
        leads.setdefault(_LEADS.get(item.kind, "Limited to"), []).append(
            _less(answer_id, n, named(item))
        )
    if leads:
        lines = [f"{lead} {' '.join(buttons)}" for lead, buttons in leads.items()]
        blocks.append(_div("limits", "\n\n".join(lines)))
    return blocks


def _less(answer_id: str, n: int, text: str) -> str:
    hidden = '<span class="pq-hidden">Ask again without </span>'
    return f'<button class="pq-less" id="less-{answer_id}-{n}">{hidden}{escape(text)}</button>'


def _searched_for(question: str) -> str:
    return _div("searched", f"Searched for: {escape(question)}")


def _not_found(answer: Answer, asked: Asked, *, none_passed: bool) -> str:
    searched = "No article passes the filters." if none_passed else _searched(answer.searched)
    blocks = [f"**No answer found.** {searched}"]
    if answer.nearest:
        blocks.append(f"Nearest articles{' without the filters' if none_passed else ''}:")
        blocks.append(
            "\n".join(
                f"- {_nearest(answer.id, n, article)}"
                for n, article in enumerate(answer.nearest, 1)
            )
        )
    if asked.set_by_hand:
        button = f'<button class="pq-again" id="less-{answer.id}-filters">'
        blocks.append(f"{button}Ask again without the filters</button>")
    return _div("not-found", "\n\n".join(blocks))


def _nearest(answer_id: str, n: int, article: NearestArticle) -> str:
    link = f"[{escape(label(article))}](#article-{answer_id}-{n})"
    return f"{link} ({escape(attribution(article))})"


def _searched(searched: Mapping[str, int]) -> str:
    articles = counted(searched.get("articles", 0), "article")
    passages = counted(searched.get("passages", 0), "passage")
    return f"Searched {articles}, {passages}."


def _foot(answer: Answer) -> str:
    parts = [escape(answer.model)]
    if answer.status != "not_found":
        parts.insert(0, _searched(answer.searched).rstrip("."))
    if "total" in answer.timings_ms:
        seconds = answer.timings_ms["total"] / 1000
        parts.append(f"{seconds:.1f} s" if seconds >= 0.1 else escape("< 0.1 s"))
    if answer.quotes:
        parts.append(f"[Copy with sources](#copy-{answer.id})")
    return _div("foot", " · ".join(parts))


def _div(kind: str, content: str) -> str:
    # Blank lines end the tag's block, so the content is read as Markdown.
    return f'<div class="pq-{kind}">\n\n{content}\n\n</div>'
