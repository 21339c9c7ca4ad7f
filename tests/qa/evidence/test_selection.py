"""Which of the evidence is quoted, and which a model is shown."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from index import Archive, Filters
from qa import find_evidence, select_quotes, select_sentences
from qa._evidence.selection import MAX_QUOTES, best_span, estimate_tokens
from qa._evidence.sentences import Evidence

QUESTIONS = [
    "What share of Russians would support ending the war?",
    "Who is Henrik Landerholm?",
    "What did Zelensky say about negotiations with Putin?",
    "Why are Western officials worried about the war?",
]


@pytest.fixture(params=QUESTIONS)
def evidence(request: pytest.FixtureRequest, seeds_archive: Archive) -> Evidence:
    return find_evidence(seeds_archive, request.param, Filters())


def test_quotes_are_whole_sentences_of_one_paragraph_and_do_not_overlap(
    evidence: Evidence, seeds_archive: Archive
) -> None:
    spans = select_quotes(evidence)
    assert 0 < len(spans) <= MAX_QUOTES
    for span in spans:
        sentences = seeds_archive.sentences(span.article.id)
        assert span.start in {sentence.start for sentence in sentences}
        assert span.end in {sentence.end for sentence in sentences}
        assert span.text == span.article.text[span.start : span.end]
        assert "\n" not in span.text
    for one, other in combinations(spans, 2):
        apart = one.end <= other.start or other.end <= one.start
        assert apart or one.article.id != other.article.id
    best = evidence.candidates[0].sentence
    assert spans[0] == best_span(evidence)
    assert spans[0].start <= best.start < best.end <= spans[0].end


@pytest.mark.parametrize(("limit", "tokens"), [(1, 1), (3, 1000), (8, 120), (8, 400), (99, 9999)])
def test_a_model_is_shown_no_more_than_there_is_room_for(
    evidence: Evidence, limit: int, tokens: int
) -> None:
    shown = select_sentences(evidence, limit, tokens)
    assert 0 < len(shown) <= limit
    assert shown[0] == evidence.candidates[0], "the best one always, whatever its length"
    assert len({(c.article.id, c.sentence.ordinal) for c in shown}) == len(shown)
    assert set(shown) <= set(evidence.candidates)
    used = sum(estimate_tokens(candidate.sentence.text) for candidate in shown)
    assert used <= tokens or len(shown) == 1


def test_copies_of_a_report_are_quoted_once(tmp_path: Path) -> None:
    """The same sentence in two outlets' articles, with a word of difference."""
    said = "The old stone bridge in the town of Marl was closed on Monday after a {} storm."
    articles = [
        {"id": "a", "text": said.format("heavy") + "\n\nThe mayor closed it herself."},
        {"id": "b", "text": "Nothing else is new.\n\n" + said.format("winter")},
    ]
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in articles))
    with Archive.open(tmp_path / "home") as archive:
        archive.sync([file])
        evidence = find_evidence(archive, "When was the stone bridge in Marl closed?", Filters())
        texts = [span.text for span in select_quotes(evidence)]
        shown = [candidate.sentence.text for candidate in select_sentences(evidence, 9, 999)]
    assert sum("stone bridge" in text for text in texts) == 1
    assert sum("stone bridge" in text for text in shown) == 1


def test_no_evidence_no_quotes() -> None:
    nothing = Evidence("Who?", (), {"articles": 0, "passages": 0}, {}, frozenset())
    assert select_quotes(nothing) == []
    assert select_sentences(nothing, 8, 400) == []


@pytest.mark.parametrize("text", ["", "word", "Ein Satz, länger als der andere.", "它说了什么？"])
def test_tokens_are_estimated_with_the_length(text: str) -> None:
    assert estimate_tokens(text) <= max(len(text), 1)
    assert estimate_tokens(text * 10) >= estimate_tokens(text)
