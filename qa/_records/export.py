"""Answers for keeping and passing on: Markdown, HTML or JSON with full citations.

What an article or a model wrote is data in all three. In HTML and Markdown it is escaped, so that
no markup, script, image or link of theirs survives; the one link of a citation is the article's
own ``http`` or ``https`` address. A quote is given with the verdict of the check that was made
for the export, and what is not known of an article is given as unknown.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from qa._answer import Answer, Claim, NearestArticle, Quote
from qa._records.reverify import QuoteCheck, Verification
from qa._write import attribution, disagreeing, label, side_source

ExportFormat = Literal["md", "html", "json"]
TITLE = "Answers with their quotes"


def export_answers(found: Sequence[Verification], form: ExportFormat, *, exported: str) -> str:
    """Saved answers in the order given, as one document.

    Args:
        found: The answers, checked for this.
        form: ``md`` (CommonMark), ``html`` (one file that loads nothing) or ``json``.
        exported: When, as it is to be printed: ISO 8601.
    """
    writers = {"md": _markdown, "html": _html, "json": _json}
    return writers[form](found, exported)


# --- JSON ---------------------------------------------------------------------------------------


def _json(found: Sequence[Verification], exported: str) -> str:
    answers = [_answer_json(verification) for verification in found]
    return json.dumps({"exported": exported, "answers": answers}, indent=1) + "\n"


def _answer_json(found: Verification) -> dict[str, Any]:
    saved = found.saved
    answer = saved.answer.to_json()
    for quote, check in zip(answer["quotes"], found.quotes, strict=True):
        checked = check.to_json()
        quote["text_sha256"] = checked["text_sha256"]
        quote["check"] = {
            key: checked[key]
            for key in ("verdict", "now", "state", "corrected", "found_in", "holds", "details")
        }
    for claim, claim_check in zip(answer["claims"], found.claims, strict=True):
        claim["check"] = {
            "support": claim_check.support,
            "holds": claim_check.holds,
            "details": list(claim_check.details),
        }
    answer["disagreements"] = [
        differing | {"check": {"holds": check.holds, "details": list(check.details)}}
        for differing, check in zip(answer["disagreements"], found.disagreements, strict=True)
    ]
    return answer | {
        "searched_for": saved.answer.searched_for,
        "notes": list(saved.answer.notes),
        "conversation": saved.conversation,
        "created": saved.created,
        "intact": saved.intact,
        "holds": found.holds,
        "details": list(found.details),
        "trace": dict(saved.trace),
        "feedback": [
            {"helpful": said.helpful, "comment": said.comment, "created": said.created}
            for said in saved.feedback
        ],
    }


# --- What Markdown and HTML both say ------------------------------------------------------------


def _facts(found: Verification) -> str:
    saved = found.saved
    when = saved.created[:16].replace("T", " ")
    return f"Asked {when} UTC. Answered by {saved.answer.model}. Answer {saved.answer.id}."


def _remarks(found: Verification) -> list[str]:
    """What stands below the claims."""
    answer = found.saved.answer
    remarks = []
    if answer.searched_for is not None:
        remarks.append(f"Searched for: {answer.searched_for}")
    remarks += _limits(found.saved.trace)
    if answer.status == "partial":
        remarks.append("The articles answer only a part of this question.")
    remarks += answer.notes
    if found.saved.intact is False:
        remarks.append("The record of this answer was changed after it was saved.")
    remarks += (f"Not borne out: {detail}" for detail in found.details)
    return remarks


def _limits(trace: Mapping[str, Any]) -> list[str]:
    """What the search was limited to, and what of the question it was to leave aside."""
    filters: Mapping[str, Any] = trace.get("filters") or {}
    limits = [f"outlet {name}" for name in filters.get("outlet") or ()]
    limits += [f"{name} {filters[name]}" for name in ("since", "until") if filters.get(name)]
    limits += [f"article {article}" for article in filters.get("articles") or ()]
    removed = [item["label"] for item in trace.get("removed") or ()]
    said = [f"Limited to: {'; '.join(limits)}."] if limits else []
    return [*said, f"Asked without: {'; '.join(removed)}."] if removed else said


def _heading(found: Mapping[str, Any]) -> str:
    return f"{disagreeing(found)}: {found['about']}"


def _side(side: Mapping[str, Any]) -> str:
    return f"“{side['value']}” — {side_source(side)}"


def _refusal(answer: Answer) -> str:
    articles, passages = (answer.searched.get(name, 0) for name in ("articles", "passages"))
    return f"The articles don't tell. Searched: articles {articles:,}, passages {passages:,}."


def _nearest(article: NearestArticle) -> str:
    return f"{label(article)} ({attribution(article)})"


def _citation(quote: Quote) -> list[str]:
    """Title, outlet, author, date and place; the address is for those who can set a link."""
    return [
        quote.title or "unknown title",
        quote.outlet or "unknown outlet",
        quote.author or "unknown author",
        quote.published or "date unknown",
        f"article {quote.article}",
        f"characters {quote.start}–{quote.end}",
    ]


def _verdict(check: QuoteCheck) -> str:
    verdict = "cannot be checked" if check.verdict is None else check.verdict.replace("_", " ")
    return f"{verdict}. {' '.join(check.details)}"


def _checked_claim(found: Verification, index: int) -> str | None:
    check = found.claims[index]
    return None if check.holds else f"No longer borne out: {' '.join(check.details)}"


def _checked_disagreement(found: Verification, index: int) -> str | None:
    check = found.disagreements[index]
    said = " ".join(check.details)
    return said if check.holds else f"Not borne out by its quotes: {said}"


def web_address(url: str | None) -> str | None:
    """The address, if it is one that a reader may be led to: plain ``http`` or ``https``."""
    if url is None or not re.fullmatch(r"[!#-;=?-\[\]_a-z~%]+", url):
        return None  # white space, quotation marks, angle brackets, or not ASCII
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _plain(text: str) -> str:
    """Text on one line, without control characters, which terminals and browsers obey."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+|\s+", " ", text).strip()


# --- Markdown -----------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"""[\\`*_{}\[\]<>()#!|~$&@]|:(?=\S)|(?<=www)\.|^(?:[-+=]|\d+(?=[.)]))""", re.I
)


def _escape(text: str) -> str:
    """Markdown that shows exactly ``text`` on one line and is free of markup and addresses."""

    def escaped(found: re.Match[str]) -> str:
        if found[0][0].isdigit():
            return f"{found[0]}\\"  # no list: the full stop or bracket behind it is escaped
        # An "@" makes an address for some programs even where it is escaped.
        return "&#64;" if found[0] == "@" else f"\\{found[0]}"

    return _MARKUP.sub(escaped, _plain(text))


def _markdown(found: Sequence[Verification], exported: str) -> str:
    blocks = [f"# {TITLE}", f"Exported {_escape(exported)} by Pullquote."]
    for verification in found:
        blocks += _answer_markdown(verification)
    return "\n\n".join(blocks) + "\n"


def _answer_markdown(found: Verification) -> list[str]:
    answer = found.saved.answer
    blocks = [f"## {_escape(answer.question)}", f"*{_escape(_facts(found))}*"]
    for index, claim in enumerate(answer.claims):
        blocks.append(_claim_markdown(claim))
        if said := _checked_claim(found, index):
            blocks.append(f"**{_escape(said)}**")
    for index, differing in enumerate(answer.disagreements):
        blocks.append(f"**{_escape(_heading(differing))}**")
        sides = (
            " ".join([f"- {_escape(_side(side))}", *map(_marker, side["quotes"])])
            for side in differing["sides"]
        )
        blocks.append("\n".join(sides))
        if said := _checked_disagreement(found, index):
            blocks.append(f"**{_escape(said)}**")
    if not answer.claims:
        blocks.append(_escape(_refusal(answer)))
        if answer.nearest:
            blocks.append("\n".join(f"- {_escape(_nearest(near))}" for near in answer.nearest))
    blocks += [f"*{_escape(remark)}*" for remark in _remarks(found)]
    if found.quotes:
        blocks.append("### Quotes")
        blocks += [_quote_markdown(check) for check in found.quotes]
    return blocks


def _claim_markdown(claim: Claim) -> str:
    text = f"“{_escape(claim.text)}”" if claim.support == "quote_only" else _escape(claim.text)
    return " ".join([text, *(_marker(n) for n in claim.quotes)])


def _marker(number: int) -> str:
    return rf"\[{number}\]"


def _quote_markdown(check: QuoteCheck) -> str:
    quote = check.quote
    address = web_address(quote.url)
    where = f"<{address}>" if address else _escape(quote.url or "unknown URL")
    cited = "; ".join([*map(_escape, _citation(quote)), where])
    return (
        f"{_marker(quote.n)}\n\n> {_escape(quote.text)}\n\n{cited}.\n\n"
        f"Verdict: {_escape(_verdict(check))}"
    )


# --- HTML ---------------------------------------------------------------------------------------

_STYLE = """
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1c1b19; background: #fbfaf7;
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
.facts, cite, .verdict { color: #5b5850; font-size: .875rem; font-style: normal }
blockquote { margin: .25rem 0; padding-left: .8rem; border-left: 3px solid #b8860b }
ol { padding-left: 1.6rem } li { margin: 1rem 0 } .fails { color: #9b1c1c; font-weight: 600 }
@media print { body { margin: 0; background: none } }
""".strip()


def _html(found: Sequence[Verification], exported: str) -> str:
    answers = "\n".join(_answer_html(verification) for verification in found)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{TITLE}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f'<h1>{TITLE}</h1>\n<p class="facts">Exported {_text(exported)} by Pullquote.</p>\n'
        f"{answers}\n</body>\n</html>\n"
    )


def _answer_html(found: Verification) -> str:
    answer = found.saved.answer
    # In a document of several answers each has quotes from 1.
    anchor = re.sub(r"[^\w-]", "", answer.id)
    lines = [
        f"<article>\n<h2>{_text(answer.question)}</h2>",
        f'<p class="facts">{_text(_facts(found))}</p>',
    ]
    for index, claim in enumerate(answer.claims):
        said = _text(claim.text)
        said = f"“{said}”" if claim.support == "quote_only" else said
        lines.append(f"<p>{said} {_marks(anchor, claim.quotes)}</p>")
        if failed := _checked_claim(found, index):
            lines.append(f'<p class="fails">{_text(failed)}</p>')
    for index, differing in enumerate(answer.disagreements):
        sides = "".join(
            f"<li>{_text(_side(side))} {_marks(anchor, side['quotes'])}</li>"
            for side in differing["sides"]
        )
        lines.append(f"<p><strong>{_text(_heading(differing))}</strong></p>\n<ul>{sides}</ul>")
        if failed := _checked_disagreement(found, index):
            lines.append(f'<p class="fails">{_text(failed)}</p>')
    if not answer.claims:
        near = "".join(f"<li>{_text(_nearest(article))}</li>" for article in answer.nearest)
        lines.append(f"<p>{_text(_refusal(answer))}</p>{f'<ul>{near}</ul>' if near else ''}")
    lines += [f'<p class="facts">{_text(remark)}</p>' for remark in _remarks(found)]
    if found.quotes:
        quotes = "\n".join(_quote_html(anchor, check) for check in found.quotes)
        lines.append(f"<h3>Quotes</h3>\n<ol>\n{quotes}\n</ol>")
    return "\n".join([*lines, "</article>"])


def _marks(anchor: str, numbers: Sequence[int]) -> str:
    return "".join(f'<a href="#q-{anchor}-{n}">[{n}]</a>' for n in numbers)


def _quote_html(anchor: str, check: QuoteCheck) -> str:
    quote = check.quote
    address = web_address(quote.url)
    shown = _text(quote.url or "unknown URL")
    if address:
        rel = "noopener noreferrer nofollow"
        shown = f'<a href="{html.escape(address)}" rel="{rel}">{shown}</a>'
    cited = "; ".join([*map(_text, _citation(quote)), shown])
    kind = "verdict" if check.holds else "fails"
    return (
        f'<li id="q-{anchor}-{quote.n}" value="{quote.n}">'
        f'<blockquote dir="auto">{_text(quote.text)}</blockquote>'
        f'<cite>{cited}.</cite><p class="{kind}">Verdict: {_text(_verdict(check))}</p></li>'
    )


def _text(text: str) -> str:
    return html.escape(_plain(text), quote=True)
