"""A saved answer, proved again: against the articles as they were, and as they are now.

Nothing that the record states of articles is taken at its word. Quotes are looked up in the
archive by the hash of the text that they were cut from, and must stand there character for
character; title, outlet, author, day and address must be the article's; who speaks is told anew;
every claim's support is checked again on what the articles say, not on what the record says they
say; what disagrees must stand in its quotes; and the status must be one that the claims allow.

Not checked, for there is nothing to check it against: the notes, a model's "Yes" or "No" among
them; that the sides of a disagreement contradict each other, and how many reports say the same;
that a quote is a whole sentence; what was searched and came near; where a file lay; model, times
and tokens; and ``answer``, which was written from all this. The record's digest covers these too,
but it is no signature: whoever can write to the archive can make a new one.

An answer of an earlier version holds, though rules have changed since. A speaker whom they do not
find today is "not confirmed", as long as the article has the name; a shorter or fuller form of the
name that they find is as good; another person is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from index import Archive, Article, UnknownArticle
from qa._answer import Answer, Claim, Quote, Support, Verdict
from qa._records.disagreeing import DisagreementCheck, check_disagreement
from qa._records.records import SavedAnswer
from qa._verify.attribution import hidden_speaker
from qa._verify.cited import CitedQuote, cited_quote
from qa._verify.persons import words_of
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
            is; None when there is neither. ``exact`` is character for character; a quote that
            differs in letters' case or in the kind of its marks and spaces is ``stitched``.
        now: On the article as it is; None when it is gone.
        start, end: Where it stands in the article as it is; None when it does not.
        found_in: Another article that its words stand in, where they are not in their own.
        details: The same for a reader, a sentence each.
        holds: Whether the quote stands where the answer says, in the article as it is, under
            the name that the answer gives, in the mouth of no other than the rules find.
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
    """A saved answer, checked again.

    Attributes:
        disagreements: One for each of the answer's.
        details: What is wrong with the answer as a whole, a sentence each.
    """

    saved: SavedAnswer
    quotes: tuple[QuoteCheck, ...]
    claims: tuple[ClaimCheck, ...]
    disagreements: tuple[DisagreementCheck, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the record is as it was saved, and all of it is still so."""
        if self.saved.intact is False or self.details:
            return False
        held = [check.holds for check in self.quotes]
        held += [check.holds for check in self.claims]
        held += [check.holds for check in self.disagreements]
        return all(held)

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
            "disagreements": [check.to_json() for check in self.disagreements],
            "details": list(self.details),
        }


def reverify(saved: SavedAnswer, archive: Archive) -> Verification:
    """Prove a saved answer again."""
    answer = saved.answer
    quotes = tuple(_check_quote(quote, archive) for quote in answer.quotes)
    by_number = {check.quote.n: check for check in quotes}
    claims = tuple(_check_claim(claim, answer, by_number, archive) for claim in answer.claims)
    held = {check.quote.n: (check.quote, check.holds) for check in quotes}
    disagreements = tuple(check_disagreement(d, answer, held) for d in answer.disagreements)
    return Verification(saved, quotes, claims, disagreements, tuple(_wrong_in_all(answer)))


def _wrong_in_all(answer: Answer) -> Iterator[str]:
    """What is wrong with the answer as a whole."""
    if answer.status not in ("answered", "partial", "not_found"):
        yield f"There is no status {answer.status!r}."
    elif answer.status == "not_found" and (answer.claims or answer.quotes or answer.disagreements):
        yield "It is said that the articles don't tell, and they are quoted."
    elif answer.status != "not_found" and not answer.claims:
        yield "It is said to answer the question, and claims nothing."
    if len({quote.n for quote in answer.quotes}) < len(answer.quotes):
        yield "Two of its quotes have the same number."


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
    spoken, unsure = _speaker(quote, known, now if known is current else then)
    wrong += spoken
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
        details=(*details, *wrong, *unsure),
        holds=now.verdict == "exact" and _in_place(quote, then) and not wrong,
    )


def _judge(quote: Quote, article: Article, archive: Archive) -> QuoteJudgement:
    """Where the quote was said to be, else anywhere in the article, else in others."""
    inside = 0 <= quote.start < quote.end <= len(article.text)
    if inside and article.text[quote.start : quote.end] == quote.text:
        return QuoteJudgement("exact", None, ((quote.start, quote.end),))
    found = judge_quote(quote.text, article.text, {})
    if found.verdict == "exact":
        # The same after folding: at its place it must be the same without.
        ((start, end),) = found.spans
        at = article.text.find(quote.text, start, end)
        if at < 0:
            return replace(found, verdict="stitched")
        return replace(found, spans=((at, at + len(quote.text)),))
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
            start, end = then.spans[0]
            how = f"put together from {len(then.spans)} pieces of it"
            if len(then.spans) == 1:
                how = f"like what stands at {start}–{end}, but not in all characters"
            return (f"{said}; it is {how}.",)
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


def _speaker(
    quote: Quote, article: Article, judged: QuoteJudgement | None
) -> tuple[list[str], list[str]]:
    """What is wrong with the speaker that the answer names, and what cannot be confirmed."""
    name = str(quote.speaker or "")
    if not name:
        return [], []
    said = f"The answer says that {name} speaks;"
    if not re.search(r"\s+".join(map(re.escape, name.split())), article.text):
        return [f"{said} the article has no such name."], []
    if judged is None or judged.verdict != "exact":
        return [], []
    found = hidden_speaker(article.text, *judged.spans[0])
    if found is None:
        return [], [f"{said} that is not confirmed."]
    return ([] if _same_person(name, found) else [f"{said} by the article it is {found}."]), []


def _same_person(one: str, other: str) -> bool:
    """Whether two names may be one in a shorter and a fuller form."""
    first, second = words_of(one), words_of(other)
    if not first or not second or first[-1] != second[-1]:
        return False
    return min(len(first), len(second)) == 1 or first[0][0] == second[0][0]


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
        # It is printed with the first one's outlet and day.
        same = " ".join(quotes[0].text.split()) == " ".join(claim.text.split())
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
