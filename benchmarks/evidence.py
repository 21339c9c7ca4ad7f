"""Evidence: whether the sentence that answers is among those that are quoted and shown.

    python benchmarks/evidence.py [SET ...]

For every evidence sentence of a question, given that its article was retrieved: the share that
stands among the first 1, 4, 8 and 10 candidates, and among the sentences that a language model is
shown: the embedded one, and one at an endpoint (ten at most); each with its 95 %
interval (Wilson). The last column is the embedded one's share of the evidence of the whole set, its
article retrieved or not. Of squad2's answers and of the suites' quotes any one place counts;
multihop-rag asks for each of its facts.

The weights of a sentence's score were chosen on wikinews and on the development half of
multihop-rag; the other sets only report.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from _retrieval_sets import QuestionSet, all_sets

from evals import Case, Corpus, corpus_archive, wilson
from evals._corpus import GoldQuote
from evals._retrieval import gold_quotes
from index import Archive, Filters, MiniLM
from qa import AnswerSettings, Candidate, Turn, find_evidence, stand_alone
from qa._reply.request import model_request
from ui._settings import load_settings

DEPTHS = (1, 4, 8, 10)


def facts(chosen: QuestionSet, case: Case, corpus: Corpus) -> list[list[GoldQuote]]:
    """The places of each fact that is needed; any place of a fact will do."""
    places = [place for found in gold_quotes(case, corpus).values() for place in found]
    if case.id in chosen.facts:
        return [[place] for place in places]
    return [places] if places else []


def rank(candidates: list[Candidate], places: list[GoldQuote]) -> int | None:
    """From 1, of the first candidate that holds any part of one of the places."""
    for n, candidate in enumerate(candidates, 1):
        start, end = candidate.sentence.start, candidate.sentence.end
        if any(
            place.article_id == candidate.article.id and place.start < end and start < place.end
            for place in places
        ):
            return n
    return None


class Fact(NamedTuple):
    """Its rank among the candidates, and whether a model is shown it; one with room for more."""

    rank: int | None
    shown: bool
    with_room: bool


def found(chosen: QuestionSet, archive: Archive) -> Iterator[Fact | None]:
    """What became of each fact; None without its article."""
    corpus = Corpus(archive)
    for case in chosen.suite.cases:
        *before, question = case.questions
        asked = stand_alone(question, [Turn(text, "") for text in before])
        evidence = find_evidence(archive, asked, Filters())
        small, large = (
            list(model_request(evidence, question, None, settings).labels.values())
            for settings in (AnswerSettings(), AnswerSettings().with_room())
        )
        there = {candidate.article.id for candidate in evidence.candidates}
        for places in facts(chosen, case, corpus):
            if not there & {place.article_id for place in places}:
                yield None
            else:
                yield Fact(
                    rank(list(evidence.candidates), places),
                    rank(small, places) is not None,
                    rank(large, places) is not None,
                )


def share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} ({low:.2f}-{high:.2f})" if of else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sets", nargs="*", help="names of sets; all by default")
    wanted = parser.parse_args().sets
    settings = load_settings()
    embedding = MiniLM.open(settings.models)
    for chosen in all_sets(settings.home):
        if wanted and chosen.name not in wanted:
            continue
        with corpus_archive(chosen.suite, settings.home, embedding) as archive:
            results = list(found(chosen, archive))
        there = [fact for fact in results if fact is not None]
        of = len(there)
        columns = [
            f"in {depth}: {share(sum(f.rank is not None and f.rank <= depth for f in there), of)}"
            for depth in DEPTHS
        ]
        shown = sum(fact.shown for fact in there)
        columns.append(f"shown: {share(shown, of)}")
        columns.append(f"with room: {share(sum(fact.with_room for fact in there), of)}")
        columns.append(f"shown of all: {share(shown, len(results))}")
        print(f"{chosen.name}: {of} of {len(results)} facts' articles retrieved")
        print("    " + "; ".join(columns))


if __name__ == "__main__":
    main()
