"""What a set states, held against its articles as an archive will hold them.

A quote that does not stand in its article, or an answer that no source of its question states,
cannot be told from a mistake of the answer that is judged: it is left out, and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals._corpus import Corpus
from evals._facts import is_pattern, missing
from evals._suite import Case, Expect, Side, Sources
from evals._validate import texts_of
from index import Article, Passage, clean, read_path

UNCHECKED = "answer-not-checked"
"""The tag of a case that expects less than the set's own answer."""

NOT_VERBATIM = "quotes that do not stand verbatim in their article"
NOT_STATED = f"answers that do not stand in their articles (tag {UNCHECKED})"


@dataclass(frozen=True, slots=True)
class Frozen:
    """Articles as an archive would freeze them, without one.

    Attributes:
        found: The articles; the text of one outlet is kept once.
        kept: The id under which the text of each article that was read is kept.
    """

    found: tuple[Article, ...]
    kept: Mapping[str, str]

    def articles(self) -> list[Article]:
        return list(self.found)

    def passages(self, article_id: str) -> list[Passage]:
        """None: nothing is searched."""
        del article_id
        return []


def freeze(path: Path, told: Callable[[int], None]) -> Frozen:
    """Read and clean the articles of a JSONL file; ``told`` hears how many it has been."""
    first: dict[tuple[str, str | None], Article] = {}
    kept: dict[str, str] = {}
    for number, document in enumerate(read_path(path, lambda _: None), 1):
        article = Article(
            id=document.id or document.source,
            source=document.source,
            text=clean(document.text, title=document.title).text,
            title=document.title,
            outlet=document.outlet,
            author=document.author,
            published=document.published,
            url=document.url,
        )
        same = first.setdefault((article.text_sha256, article.outlet), article)
        kept[article.id] = same.id
        told(number)
    return Frozen(tuple(first.values()), kept)


def as_fact(answer: str) -> str:
    """An answer as a fact that is looked for as it is written, also ``/between slashes/``."""
    answer = answer.strip()
    return f"/{re.escape(answer)}/" if is_pattern(answer) else answer


def settle(case: Case, frozen: Frozen, corpus: Corpus, left_out: Counter[str]) -> Case | None:
    """The case with what its articles bear out; None if nothing that is expected is left.

    Args:
        corpus: Over ``frozen``.
        left_out: Counts what is left out, in words.
    """
    if case.expect.abstain:
        return case
    named = [name for group in case.expect.source_groups for name in group]
    if not frozen.kept.keys() >= set(named):
        left_out["questions on an article that cannot be read"] += 1
        return None
    case = _with_kept(case, frozen.kept)
    expect = case.expect
    among = corpus.find_any([name for group in expect.source_groups for name in group])
    quotes = tuple(quote for quote in expect.quotes if corpus.places(quote, among))
    facts = tuple(fact for fact in expect.facts if _states(among, fact, corpus))
    sides = tuple(side for side in expect.conflict if _shows(side, corpus))
    lost = len(expect.facts) - len(facts) + len(expect.conflict) - len(sides)
    left_out[NOT_VERBATIM] += len(expect.quotes) - len(quotes)
    left_out[NOT_STATED] += lost
    tags = case.tags if not lost or UNCHECKED in case.tags else (*case.tags, UNCHECKED)
    changed: dict[str, object] = {"quotes": quotes, "facts": facts, "conflict": sides}
    if len(sides) == 1:  # one side is no conflict
        changed |= {"facts": sides[0].facts, "sources": sides[0].sources, "conflict": ()}
    settled = expect.model_copy(update=changed)
    if not _expects(settled):
        left_out["questions of which nothing is left to expect"] += 1
        return None
    return case.model_copy(update={"tags": tags, "expect": settled})


def _with_kept(case: Case, kept: Mapping[str, str]) -> Case:
    """The case with the ids under which its articles are kept; those that were not read go."""

    def ids(names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(kept[name] for name in names if name in kept))

    def sources(old: Sources) -> Sources:
        return Sources.model_validate({"any": ids(old.any_of), "all": ids(old.all_of)})

    expect = case.expect
    sides = [s.model_copy(update={"sources": sources(s.sources)}) for s in expect.conflict]
    changed = {"sources": sources(expect.sources), "conflict": tuple(sides)}
    return case.model_copy(
        update={"articles": tuple(ids(case.articles)), "expect": expect.model_copy(update=changed)}
    )


def _expects(expect: Expect) -> bool:
    return bool(expect.all_facts or expect.source_groups or expect.verdict)


def _shows(side: Side, corpus: Corpus) -> bool:
    among = corpus.find_any([name for group in side.sources.groups for name in group])
    return all(_states(among, fact, corpus) for fact in side.facts)


def _states(among: frozenset[str], fact: Sequence[str], corpus: Corpus) -> bool:
    articles = [article for i in sorted(among) if (article := corpus.get(i))]
    return not missing([fact], [text for article in articles for text in texts_of(article)])
