"""Quotes from the reports that a question names, and from no others beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from index import Archive, Filters
from qa import find_evidence, select_quotes
from qa._evidence.asked_reports import asked_reports
from qa._evidence.selection import select_sentences

ARTICLES = [
    ("Harbour Post", "2021-03-02", "The stone bridge in Marl was closed because of storm damage."),
    ("Inland Gazette", "2021-03-05", "The stone bridge in Marl was closed as a pillar had sunk."),
    ("Inland Gazette", "2021-09-01", "The stone bridge in Marl was closed once more for repairs."),
    ("Coast Herald", "2021-03-03", "The stone bridge in Marl was closed on the mayor's order."),
    ("Coast Herald", "2021-03-09", "An opera about a whale opens on Friday at the old theatre."),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("asked")
    rows = [
        {"id": f"a{n}", "outlet": outlet, "published": published, "text": text}
        for n, (outlet, published, text) in enumerate(ARTICLES)
    ]
    file = folder / "articles.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Archive.open(folder / "home") as archive:
        archive.sync([file])
        yield archive


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Why was the stone bridge in Marl closed, according to the Harbour Post?", {"a0"}),
        (
            "Do the Harbour Post and the Coast Herald agree on why the stone bridge was closed?",
            {"a0", "a3"},
        ),
        (
            "Why was the stone bridge in Marl closed, according to the Inland Gazette report "
            "published on March 5, 2021?",
            {"a1"},
        ),
    ],
)
def test_only_the_reports_that_are_named_are_quoted(
    archive: Archive, question: str, quoted: set[str]
) -> None:
    evidence = find_evidence(archive, question, Filters())
    assert {article.id for article in evidence.articles} > quoted, "others were found as well"
    assert {span.article.id for span in select_quotes(evidence)} == quoted


def test_a_model_judges_by_the_reports_that_it_is_asked_about(archive: Archive) -> None:
    """But what a report is only a clue to may stand in another."""
    named = "the Harbour Post and the Coast Herald"
    for question, outlets in (
        (
            f"Do {named} agree on why the stone bridge in Marl was closed?",
            {"Harbour Post", "Coast Herald"},
        ),
        (f"Why was the stone bridge closed that {named} write of?", {o for o, *_ in ARTICLES}),
    ):
        evidence = find_evidence(archive, question, Filters())
        shown = select_sentences(evidence, 8, 400)
        assert {candidate.article.outlet for candidate in shown} == outlets
        # Where there is room, more of them.
        more = select_sentences(evidence, 8, 400, reports_near=0.0)
        assert {candidate.article.outlet for candidate in more} == outlets
        assert set(more) >= set(shown)


def test_a_question_that_names_none_is_answered_from_all(archive: Archive) -> None:
    evidence = find_evidence(archive, "Why was the stone bridge in Marl closed?", Filters())
    assert asked_reports(evidence) == []
    assert len({span.article.outlet for span in select_quotes(evidence)}) == 3


def test_quotes_come_from_elsewhere_where_the_filters_leave_no_such_report(
    archive: Archive,
) -> None:
    question = "Why was the stone bridge in Marl closed, according to the Harbour Post?"
    evidence = find_evidence(archive, question, Filters(articles=("a1", "a3")))
    assert asked_reports(evidence) == []
    assert {span.article.id for span in select_quotes(evidence)} == {"a1", "a3"}
