"""A saved answer, proved again: against the articles as they were, and as they are now.

Nothing of the record is taken at its word. Quotes are looked up in the archive by the hash of the
text that they were cut from, and judged anew; every claim's support is checked again on what the
articles say, not on what the record says they say. Both are the work of ``qa._verify``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from index import Archive, Article, UnknownArticle
from qa._answer import Answer, Claim, Quote, Support, Verdict
from qa._records.records import SavedAnswer
from qa._verify.cited import CitedQuote, cited_quote
from qa._verify.quotes import QuoteJudgement, judge_quote
from qa._verify.support import Objection, check_support

State = Literal["unchanged", "corrected", "gone"]

# Where words that are not in their article are looked for: the best passages by keywords.
ELSEWHERE = 20
# What an answer named of an article must still be so; what it gave as unknown may become known.
_ATTRIBUTION = ("title", "outlet", "author", "published", "url")


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """What became of one quote.

    Attributes:
        quote: As it was saved.
        state: Whether the article still has the text that the quote was cut from.
        corrected: When that text was replaced (UTC, ISO 8601), where it is known.
        verdict: On the text that it was cut from; where that is not kept, on the article as it
            is; None when there is neither.
        now: On the article as it is; None when it is gone.
        start, end: Where it stands in the article as it is; None when it does not.
        found_in: Another article that its words stand in, where they are not in their own.
        details: The same for a reader, a sentence each.
        holds: Whether the quote stands where the answer says, in the article as it is, under
            the name that the answer gives.
    """

    quote: Quote
    state: State
    corrected: str | None
    verdict: Verdict | None
    now: Verdict | None
    start: int | None
    end: int | None
    found_in: str | None
    details: tuple[str, ...]
    holds: bool

    def to_json(self) -> dict[str, Any]:
        """What ``verify --json`` documents."""
        found = asdict(self) | {"details": list(self.details)}
        del found["quote"]
        quote = self.quote
        saved = {"n": quote.n, "text": quote.text, "article": quote.article}
        return saved | {"text_sha256": quote.text_sha256} | found


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """Whether a claim still rests on what it points at.

    Attributes:
        claim: As it was saved.
        support: As it is now; None when its quotes do not bear it out or cannot be checked.
        objections: What the support check has against it.
        details: The same for a reader, a sentence each.
        holds: Whether all its quotes hold and its support is what it was.
    """

    claim: Claim
    support: Support | None
    objections: tuple[Objection, ...]
    details: tuple[str, ...]
    holds: bool

    def to_json(self) -> dict[str, Any]:
        """What ``verify --json`` documents."""
        return {
            "text": self.claim.text,
            "quotes": list(self.claim.quotes),
            "said": self.claim.support,
            "support": self.support,
            "objections": [asdict(objection) for objection in self.objections],
            "details": list(self.details),
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """A saved answer, checked again."""

    saved: SavedAnswer
    quotes: tuple[QuoteCheck, ...]
    claims: tuple[ClaimCheck, ...]

    @property
    def holds(self) -> bool:
        """Whether the record is as it was saved, and all of it is still so."""
        if self.saved.intact is False:
            return False
        return all(quote.holds for quote in self.quotes) and all(
            claim.holds for claim in self.claims
        )

    def to_json(self) -> dict[str, Any]:
        """What ``verify --json`` documents."""
        answer = self.saved.answer
        return {
            "id": answer.id,
            "question": answer.question,
            "status": answer.status,
            "created": self.saved.created,
            "model": answer.model,
            "intact": self.saved.intact,
            "holds": self.holds,
            "quotes": [check.to_json() for check in self.quotes],
            "claims": [check.to_json() for check in self.claims],
        }


def reverify(saved: SavedAnswer, archive: Archive) -> Verification:
    """Prove a saved answer again."""
    answer = saved.answer
    quotes = tuple(_check_quote(quote, archive) for quote in answer.quotes)
    by_number = {check.quote.n: check for check in quotes}
    claims = tuple(_check_claim(claim, answer, by_number, archive) for claim in answer.claims)
    return Verification(saved, quotes, claims)


def _check_quote(quote: Quote, archive: Archive) -> QuoteCheck:
    current = _current(archive, quote.article)
    cut_from = archive.article_version(quote.article, quote.text_sha256)
    if current is None:
        elsewhere = _elsewhere(quote, archive)
        found_in = judge_quote(quote.text, "", elsewhere).article_id
        details = [
            "The article is no longer in the archive; the quote cannot be checked. "
            f"The saved hash of its text is {quote.text_sha256}."
        ]
        if found_in:
            details.append(f"Its words stand in another article: {found_in}.")
        return QuoteCheck(
            quote, "gone", None, None, None, None, None, found_in, tuple(details), False
        )
    unchanged = current.text_sha256 == quote.text_sha256
    now = _judge(quote, current, archive)
    then = now if unchanged else _judge(quote, cut_from, archive) if cut_from else None
    proved = then or now
    corrected = None if unchanged else archive.replaced(quote.article, quote.text_sha256)
    details = list(_placed(quote, now if unchanged else then))
    if not unchanged:
        details.append(_since(quote, then, now, corrected, kept=cut_from is not None))
    known = cut_from or current
    wrong = list(_wrong_attribution(quote, known))
    place = now.spans[0] if now.verdict == "exact" else None
    return QuoteCheck(
        quote=quote,
        state="unchanged" if unchanged else "corrected",
        corrected=corrected,
        verdict=proved.verdict,
        now=now.verdict,
        start=place[0] if place else None,
        end=place[1] if place else None,
        found_in=proved.article_id or now.article_id,
        details=(*details, *wrong),
        holds=now.verdict == "exact" and _in_place(quote, then) and not wrong,
    )


def _judge(quote: Quote, article: Article, archive: Archive) -> QuoteJudgement:
    """Where the quote was said to be, else anywhere in the article, else in others."""
    if quote.text and article.text[quote.start : quote.end] == quote.text:
        return QuoteJudgement("exact", None, ((quote.start, quote.end),))
    found = judge_quote(quote.text, article.text, {})
    if found.verdict == "exact":
        return found
    return judge_quote(quote.text, article.text, _elsewhere(quote, archive))


def _in_place(quote: Quote, then: QuoteJudgement | None) -> bool:
    return then is None or then.spans == ((quote.start, quote.end),)


def _placed(quote: Quote, then: QuoteJudgement | None) -> tuple[str, ...]:
    """What is wrong with the quote in the text that it was cut from, or that nothing is."""
    if then is None:
        return ()
    if _in_place(quote, then) and then.verdict == "exact":
        return (f"It is the article's text, characters {quote.start}–{quote.end}.",)
    said = f"It is not the article's text at characters {quote.start}–{quote.end}"
    match then.verdict:
        case "exact":
            start, end = then.spans[0]
            return (f"{said}; its words stand at {start}–{end}.",)
        case "misattributed":
            return (f"{said}, nor elsewhere in it; its words stand in {then.article_id}.",)
        case "stitched":
            return (f"{said}; it is put together from {len(then.spans)} pieces of it.",)
    return (f"{said}, nor anywhere in it.",)


def _since(
    quote: Quote,
    then: QuoteJudgement | None,
    now: QuoteJudgement,
    corrected: str | None,
    *,
    kept: bool,
) -> str:
    when = f"was corrected on {corrected[:10]}" if corrected else "has changed since"
    if not kept:
        when += f"; the text of then is not kept (its saved hash is {quote.text_sha256})"
    if now.verdict == "exact":
        start, end = now.spans[0]
        return f"The article {when}; the quote stands in it now, characters {start}–{end}."
    if then is not None and then.verdict == "exact":
        return f"The article {when}; the quote stood in the text of then, and does no longer."
    return f"The article {when}; the quote does not stand in it."


def _wrong_attribution(quote: Quote, article: Article) -> list[str]:
    return [
        f"The answer says {name} {said!r}; the article says {getattr(article, name) or 'nothing'}."
        for name in _ATTRIBUTION
        if (said := getattr(quote, name)) is not None and said != getattr(article, name)
    ]


def _current(archive: Archive, article_id: str) -> Article | None:
    try:
        return archive.article(article_id)
    except UnknownArticle:
        return None


def _elsewhere(quote: Quote, archive: Archive) -> Mapping[str, str]:
    """The texts of other articles in which the quote's words are likeliest to stand."""
    passages = [i for i, _ in archive.keyword_ranking(quote.text, ELSEWHERE)]
    ids = dict.fromkeys(passage.rpartition("#")[0] for passage in passages)
    found = (_current(archive, article_id) for article_id in ids if article_id != quote.article)
    return {article.id: article.text for article in found if article}


def _check_claim(
    claim: Claim, answer: Answer, quotes: Mapping[int, QuoteCheck], archive: Archive
) -> ClaimCheck:
    cited = [quotes[n] for n in claim.quotes if n in quotes]
    if not cited or len(cited) < len(claim.quotes):
        return ClaimCheck(claim, None, (), ("It points at a quote that there is not.",), False)
    failed = [check.quote.n for check in cited if not check.holds]
    details = [f"It rests on quote {n}, which does not hold." for n in failed]
    if any(check.verdict != "exact" for check in cited):
        return ClaimCheck(claim, None, (), tuple(details), False)
    support, objections = _support(claim, answer, [check.quote for check in cited], archive)
    details += [f"{_sentence(objection.detail)}." for objection in objections]
    if support is None and not objections:
        details.append("It is said to be a bare quote, and differs from its quote.")
    return ClaimCheck(
        claim, support, objections, tuple(details), not failed and support == claim.support
    )


def _support(
    claim: Claim, answer: Answer, quotes: Sequence[Quote], archive: Archive
) -> tuple[Support | None, tuple[Objection, ...]]:
    if claim.support == "quote_only":
        same = [q for q in quotes if " ".join(q.text.split()) == " ".join(claim.text.split())]
        return ("quote_only" if same else None), ()
    cited = []
    for quote in quotes:
        article = archive.article_version(quote.article, quote.text_sha256)
        article = article or _current(archive, quote.article)
        cited.append(cited_quote(quote.text, article) if article else CitedQuote(quote.text))
    asked = [answer.question, answer.searched_for or answer.question]
    result = check_support(claim.text, cited, questions=asked)
    return ("supported" if result.supported else None), result.objections


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
