"""Whether a claim is borne out by the quotes it points at.

A quote can be verbatim and still not say what the claim says. This check cannot prove that it
does, but it objects to what small models get wrong: a number, date or name that is nowhere in the
quotes, a lost or added "not", a "may", plan or condition turned into a fact, words put into the
wrong mouth, and claims about something else altogether. It knows words, not meaning: it has no
model, and takes about a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qa._language.names import KnownNames, names
from qa._language.normalise import content_words, stem
from qa._language.number_words import NUMBER_WORDS
from qa._language.opposites import opposite_conflicts
from qa._language.polarity import modality_conflicts, negation_conflicts, polarity
from qa._language.quantifiers import only_conflicts, quantifier_conflicts
from qa._language.saying import SAYING
from qa._language.unreal import falsehood_conflicts, reality_conflicts
from qa._verify.cited import CitedQuote
from qa._verify.figures import date_conflicts, number_conflicts
from qa._verify.quotes import find_quoted_strings, locate
from qa._verify.speakers import speaker_conflicts

ObjectionKind = Literal[
    "number", "date", "name", "speaker", "negation", "modality", "quotation", "broken_off", "topic"
]

MIN_SHARE_IN_QUOTES = 0.5
"""Of a claim's content words, the share that must be in its quotes themselves.

Of 122 true claims about the seed articles the lowest share was just that; of 14,520 pairs of a
claim with some other sentence of these articles, 12 passed all checks.
"""

_REPORTING = frozenset(map(stem, ("report", "state", "announce", "write", "add", "note")))
_NUMERALS = frozenset(stem(word) for word in NUMBER_WORDS)

# Before a quotation, and after one, that somebody said: not the title of an article.
_SAYS_BEFORE = re.compile(rf"\b(?:{SAYING})(?:\s+that)?[\s,:]*$", re.IGNORECASE)
_SAYS_AFTER = re.compile(
    rf"(?:[,!?]\W|.\W,)\s*(?:(?:{SAYING})\b|(?:[\w.’'-]+\s+){{1,4}}(?:{SAYING})\b)", re.IGNORECASE
)

_SHARED_ENDING = 2
"""Last words of a claim by which the place in its quotes is found where it broke off."""

MIN_PREFIX = 5
"""Words that share so many first letters count as one: their stems may differ."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason not to show a claim.

    Attributes:
        kind: What went wrong.
        detail: The same for a reader, naming the words.
    """

    kind: ObjectionKind
    detail: str


@dataclass(frozen=True, slots=True)
class SupportResult:
    """``supported`` is true if there are no objections."""

    supported: bool
    objections: tuple[Objection, ...] = ()


def check_support(
    claim: str, quotes: Sequence[CitedQuote | str], *, questions: Sequence[str] = ()
) -> SupportResult:
    """Look for reasons why ``claim`` does not follow from ``quotes``.

    Args:
        claim: One statement, in English.
        quotes: What it points at, each with what is known of its article; a bare string is a quote
            of which nothing else is known.
        questions: What was asked, in one wording or several.

    Questions and the titles, outlets, authors and days of publication of the articles bear out
    names, numbers and dates, and nothing else.

    Objections, by kind:
        number: See ``number_conflicts`` and ``quantifier_conflicts``.
        date: See ``date_conflicts``.
        name: A capitalised name that is not there, in any spelling.
        speaker: See ``speaker_conflicts``.
        modality: See ``modality_conflicts`` and ``reality_conflicts``.
        negation: See ``negation_conflicts``, ``opposite_conflicts``, ``falsehood_conflicts`` and
            ``only_conflicts``.
        quotation: A string in quotation marks that is neither verbatim in the quotes nor the name
            of an outlet or author or a whole title, and one of these where somebody says it.
        broken_off: It ends without a full stop where its quotes open a quotation mark, as a reply
            does whose model did not escape one.
        topic: Fewer than half of the claim's content words are in its quotes, or fewer than half
            of those that are neither names nor numbers in words. Names of questions and articles
            do not count, nor do words such as "reported".
    """
    cited = [CitedQuote(quote) if isinstance(quote, str) else quote for quote in quotes]
    objections = tuple(_objections(claim, cited, questions))
    return SupportResult(not objections, objections)


def _objections(
    claim: str, quotes: Sequence[CitedQuote], questions: Sequence[str]
) -> Iterator[Objection]:
    texts = [quote.text for quote in quotes]
    titles = [quote.title for quote in quotes if quote.title]
    reporters = [name for quote in quotes for name in quote.named]
    named = [*titles, *reporters]
    context = [*questions, *named]
    for reason in number_conflicts(claim, quotes, questions, named):
        yield Objection("number", reason)
    for reason in quantifier_conflicts(claim, texts):
        yield Objection("number", reason)
    for reason in date_conflicts(claim, quotes, questions, named):
        yield Objection("date", reason)
    for name in KnownNames([*texts, *context]).missing(claim):
        yield Objection("name", f"the name {name.text} is not in its quotes")
    for reason in speaker_conflicts(claim, texts, reporters):
        yield Objection("speaker", reason)
    said, quoted = polarity([claim]), polarity(texts)
    for reason in (
        *negation_conflicts(said, quoted),
        *opposite_conflicts(said, quoted),
        *falsehood_conflicts(claim, texts),
        *only_conflicts(claim, texts),
    ):
        yield Objection("negation", reason)
    for reason in (*modality_conflicts(said, quoted), *reality_conflicts(claim, texts)):
        yield Objection("modality", reason)
    for quotation in _quotations(claim, titles, reporters):
        if not any(locate(quotation, text) for text in texts):
            yield Objection("quotation", f"“{quotation}” is not verbatim in its quotes")
    if _broken_off(claim, texts):
        yield Objection("broken_off", "it ends where its quotes have a quotation mark")
    yield from _check_topic(claim, texts, context)


def _quotations(claim: str, titles: Sequence[str], reporters: Sequence[str]) -> Iterator[str]:
    """What stands in quotation marks, but for the names of articles and who published them."""
    named = {text.casefold() for text in (*titles, *reporters)}
    for start, end in find_quoted_strings(claim):
        text = claim[start:end]
        said = _SAYS_BEFORE.search(claim[: start - 1]) or _SAYS_AFTER.match(claim, end - 1)
        # 'The Age' in quotation marks is an outlet, not something that was said.
        if said or text.strip(" .,;").casefold() not in named:
            yield text


def _broken_off(claim: str, quotes: Sequence[str]) -> bool:
    words = claim.split()
    if not words or not words[-1][-1].isalnum():
        return False
    ending = r"\s+".join(re.escape(word) for word in words[-_SHARED_ENDING:])
    cut = re.compile(rf"\b{ending}\s+[\"“„«]", re.IGNORECASE)
    return any(cut.search(quote) for quote in quotes)


def _check_topic(claim: str, quotes: Sequence[str], context: Sequence[str]) -> Iterator[Objection]:
    there = {word for quote in quotes for word in content_words(quote)}
    prefixes = {word[:MIN_PREFIX] for word in there if len(word) >= MIN_PREFIX}
    named = {word for name in names(claim) for word in content_words(name.text)}
    # "CNN reported that" says where it stands, not what.
    attributed = {word for text in context for word in content_words(text)} & named - there
    wanted = set(content_words(claim)) - attributed - _REPORTING
    if not wanted:
        yield Objection("topic", "it says nothing that its quotes could bear out")
        return
    for words in (wanted, wanted - named - _NUMERALS):
        covered = sum(
            word in there or (len(word) >= MIN_PREFIX and word[:MIN_PREFIX] in prefixes)
            for word in words
        )
        if covered < MIN_SHARE_IN_QUOTES * len(words):
            yield Objection("topic", f"only {covered} of {len(words)} words are in its quotes")
            return
