"""Is a suite true of its corpus? Found out before a model is paid to be judged by it."""

from __future__ import annotations

from collections.abc import Iterator

from evals._corpus import Corpus
from evals._facts import missing, pattern_error
from evals._suite import Case, Problem, Suite, check_suite
from index import Article


def validate(suite: Suite, corpus: Corpus) -> list[Problem]:
    """All that is wrong with a suite, in itself and held against its corpus; [] when sound.

    Every expected source is an article of the corpus. Every expected quote stands, character
    for character, in one of its case's sources. Every expected fact occurs in one of them, or
    in what is known of it (title, outlet, author, date). Where a case names no sources, all
    articles count.
    """
    problems = check_suite(suite)
    for case in suite.cases:
        problems += (Problem(case.id, message) for message in _check(case, corpus))
    return problems


def _check(case: Case, corpus: Corpus) -> Iterator[str]:
    names = [name for group in case.expect.source_groups for name in group]
    for name in dict.fromkeys(names):
        if not corpus.find(name):
            yield f"no article in the corpus is named {name!r}"
    for name in case.articles:
        if not corpus.find(name):
            yield f"no article in the corpus is named {name!r}"
    asked_over = corpus.find_any(case.articles) or frozenset(a.id for a in corpus.all())
    for name in dict.fromkeys(names):
        if corpus.find(name) and not corpus.find(name) & asked_over:
            yield f"{name!r} is none of the articles that it is asked over"
    among = corpus.find_any(names) if names else asked_over
    for quote in case.expect.quotes:
        yield from _check_quote(quote, among, corpus)
    yield from _check_facts(case.expect.facts, among, corpus)
    for side in case.expect.conflict:
        side_names = [name for group in side.sources.groups for name in group]
        yield from _check_facts(
            side.facts, corpus.find_any(side_names) if side_names else among, corpus
        )


def _check_quote(quote: str, among: frozenset[str], corpus: Corpus) -> Iterator[str]:
    if corpus.places(quote, among):
        return
    near = corpus.nearly(quote, among)
    elsewhere = [place.article_id for place in corpus.places(quote)]
    if near:
        hint = f"{near} has it with other quotation marks, spaces or capitals"
    elif elsewhere:
        hint = f"it stands in {', '.join(elsewhere)}"
    else:
        hint = "it stands in no article"
    yield f"quote not in its sources: {quote!r}; {hint}"


def _check_facts(
    facts: tuple[tuple[str, ...], ...], among: frozenset[str], corpus: Corpus
) -> Iterator[str]:
    articles = [article for article in corpus.all() if article.id in among]
    sound = [fact for fact in facts if not any(map(pattern_error, fact))]
    absent = missing(sound, [text for article in articles for text in texts_of(article)])
    for fact in absent:
        everywhere = [a.id for a in corpus.all() if not missing([[fact]], texts_of(a))]
        hint = f"it occurs in {', '.join(everywhere)}" if everywhere else "it occurs nowhere"
        yield f"fact not in its sources: {fact!r}; {hint}"


def texts_of(article: Article) -> list[str]:
    """Where a fact may stand: an article's text, and what is known of it."""
    known = (article.title, article.outlet, article.author, article.published)
    return [article.text, *(value for value in known if value)]
