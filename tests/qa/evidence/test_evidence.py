"""Evidence: sentences of what was found, best first, and what was searched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from index import Archive, Filters, MiniLM
from qa import find_evidence

QUESTIONS = [
    "What share of Russians would support ending the war?",
    "Who is Henrik Landerholm?",
    "What did Zelensky say about negotiations with Putin?",
    "Which zebras dance on the moon?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_candidates_are_the_sentences_of_the_archive_best_first(
    seeds_archive: Archive, question: str
) -> None:
    evidence = find_evidence(seeds_archive, question, Filters())
    places = [(c.article.id, c.sentence.ordinal) for c in evidence.candidates]
    assert len(set(places)) == len(places) > 0
    for candidate in evidence.candidates:
        article = seeds_archive.article(candidate.article.id)
        sentence = seeds_archive.sentences(article.id)[candidate.sentence.ordinal]
        assert (candidate.article, candidate.sentence) == (article, sentence)
        assert sentence.kind == "sentence", "a heading is no evidence"
        assert article.text[sentence.start : sentence.end] == sentence.text
        assert 0 <= candidate.coverage <= 1 + 1e-9
        assert -1 <= candidate.cosine <= 1 + 1e-6
        assert candidate.passage_rank >= 1
    scores = [candidate.score for candidate in evidence.candidates]
    assert scores == sorted(scores, reverse=True)
    assert sum(evidence.rarity.values()) == pytest.approx(1 if evidence.rarity else 0)
    assert evidence.articles[0] == evidence.candidates[0].article
    again = find_evidence(seeds_archive, question, Filters())
    assert again.candidates == evidence.candidates


def test_a_question_of_stop_words_alone_has_no_evidence(seeds_archive: Archive) -> None:
    assert find_evidence(seeds_archive, "Who is the of and to?", Filters()).candidates == ()


def test_the_sentence_that_is_asked_for_comes_first(seeds_archive: Archive) -> None:
    """Each of some sentences, asked for in its own words."""
    for article in seeds_archive.articles():
        sentences = [s for s in seeds_archive.sentences(article.id) if s.kind == "sentence"]
        wanted = max(sentences, key=lambda sentence: len(sentence.text))
        evidence = find_evidence(seeds_archive, wanted.text, Filters())
        assert evidence.candidates[0].sentence == wanted


def test_filters_bound_what_is_found_and_what_is_counted(seeds_archive: Archive) -> None:
    one, other, *_ = (article.id for article in seeds_archive.articles())
    for chosen in ((one,), (one, other)):
        evidence = find_evidence(seeds_archive, QUESTIONS[0], Filters(articles=chosen))
        assert {c.article.id for c in evidence.candidates} <= set(chosen)
        assert evidence.searched == counted(seeds_archive, chosen)
    everything = [article.id for article in seeds_archive.articles()]
    evidence = find_evidence(seeds_archive, QUESTIONS[0], Filters())
    assert evidence.searched == counted(seeds_archive, everything)


INTERVIEW = """The founder of the reading club talked about its recordings.

How many people record books for the club?

About two hundred, most of them in the evenings.

Is there a recording in the club's library that you like best{mark}

Notes from the Underground, read by a retired miner.

What do the neighbours say?

They close the windows.
"""


def test_what_follows_an_interviewer_s_question_answers_it(tmp_path: Path, minilm: MiniLM) -> None:
    """It says in no word what was asked; after a statement it would only be the next thing."""
    asked = "Which of the club's recordings does its founder like best?"
    ranks = []
    for mark in ("?", "."):
        home = tmp_path / str(len(ranks))
        home.mkdir()
        (home / "interview.txt").write_text(INTERVIEW.format(mark=mark), "utf-8")
        with Archive.open(home / "archive", embedding=minilm) as archive:
            archive.sync([home / "interview.txt"])
            found = find_evidence(archive, asked, Filters()).candidates
        ranks.append([c.sentence.text.startswith("Notes") for c in found].index(True))
    assert ranks[0] < 2 < ranks[1], ranks


def counted(archive: Archive, ids: Sequence[str]) -> dict[str, int]:
    passages = sum(len(archive.passages(article_id)) for article_id in ids)
    return {"articles": len(ids), "passages": passages}


def test_nothing_to_search(tmp_path: Path) -> None:
    with Archive.open(tmp_path) as archive:
        evidence = find_evidence(archive, QUESTIONS[0], Filters())
    assert (evidence.candidates, evidence.articles) == ((), ())
    assert evidence.searched == {"articles": 0, "passages": 0}
