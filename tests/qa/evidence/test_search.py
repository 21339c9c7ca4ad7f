"""The search behind answers: what a question names is preferred, and nothing else is hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Archive, Filters, UsageError
from qa import (
    confidence,
    find_evidence,
    make_quote,
    search_question,
    select_quotes,
    understand,
)
from qa._evidence.not_there import NO_WORDS, unmet
from qa._evidence.selection import Span
from qa._evidence.thinning import PER_ARTICLE

WIRE = (
    "The ferry from Bergen hit the old quay of Marl on Monday morning. Rescue boats brought 85"
    " people ashore, said Ada Brandt, the mayor. The hull had been repaired in spring. A report on"
    " the engine was never published by the owners of the line. Divers will look at the wreck."
)
ARTICLES = [
    ("a", "Alpha Post", "2023-10-07", "The harbour bridge of Marl will close for repairs."),
    ("b", "The Beacon", "2023-10-07", "The harbour bridge of Marl was sold to a bank."),
    ("c", "Alpha Post", "2023-11-20", "The harbour bridge of Marl opened again."),
    ("d", "Courier", "2023-11-21", "Zelensky spoke in Kyiv of “a quiet winter at sea”, and left."),
    ("e", "Courier", None, "A quiet sea, at last, was what the winter brought to Oslo."),
    ("w1", "Alpha Post", "2023-12-01", WIRE),
    ("w2", "The Beacon", "2023-12-02", WIRE),
    ("w3", "Courier", "2023-12-03", WIRE.replace("85 people", "97 people")),
    ("long", "Courier", "2023-12-05", "\n".join(
        f"Paragraph {n} tells of the opera house in Oslo. " + f"Its roof number {n} leaks. " * 20
        for n in range(12)
    )),
    ("short", "The Beacon", "2023-12-05", "The opera house in Oslo has a roof that leaks."),
]  # fmt: skip


ONLY_A = Filters(articles=("a",))
OF_THOSE = "No article that passes the filters"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("search")
    lines = [
        json.dumps({"id": i, "outlet": outlet, "published": day, "text": text, "title": f"On {i}"})
        for i, outlet, day, text in ARTICLES
    ]
    (folder / "articles.jsonl").write_text("\n".join(lines))
    with Archive.open(folder / "home", embedding=HashEmbedding()) as opened:
        opened.sync([folder / "articles.jsonl"])
        yield opened


def found(archive: Archive, question: str, **options: object) -> list[str]:
    return [h.article.id for h in search_question(archive, question, **options).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What did the Beacon report on the harbour bridge of Marl?", "b"),
        ("What of the harbour bridge of Marl, according to the Alpha Post of 20 November?", "c"),
        ("What of the harbour bridge of Marl in late November 2023?", "c"),
        ("What did the Alpha Post say of the harbour bridge in early October 2023?", "a"),
    ],
)
def test_what_is_named_comes_first_and_the_rest_is_still_there(
    archive: Archive, question: str, first: str
) -> None:
    ids = found(archive, question)
    assert ids[0] == first
    assert {"a", "b", "c"} <= set(ids)


def test_relative_days_count_from_the_day_that_is_given(archive: Archive) -> None:
    question = "What about the harbour bridge of Marl last month?"
    assert found(archive, question, now=date(2023, 12, 10))[0] == "c"
    assert understand(question, archive, date(2023, 12, 10)).line() == (
        "looked first at: published 1 Nov 2023 to 30 Nov 2023"
    )
    assert understand(question, archive).line() == ""


def test_each_side_of_a_comparison_has_its_share(archive: Archive) -> None:
    question = (
        "Does the Alpha Post report on the harbour bridge of Marl mention repairs, while the"
        " Courier article has the roof of the opera house in Oslo leak?"
    )
    result = search_question(archive, question, k=4)
    assert {"a", "long"} <= {hit.article.id for hit in result.hits}
    assert [part.aims[0].outlets for part in result.understood.parts] == [
        ("Alpha Post",),
        ("Courier",),
    ]
    assert [hit.rank for hit in result.hits] == [1, 2, 3, 4]


def test_a_phrase_in_quotation_marks_prefers_where_it_stands(archive: Archive) -> None:
    for question in ('Who said "a quiet winter at sea"?', "Who said ‘A quiet winter at sea’?"):
        result = search_question(archive, question)
        assert result.hits[0].article.id == "d"
        assert "e" in {hit.article.id for hit in result.hits}
        assert len(result.understood.phrases) == 1


def test_what_was_understood_can_be_taken_back(archive: Archive) -> None:
    question = "What did the Beacon say of “harbour bridge” and Zelenskyy on October 7, 2023?"
    understood = understand(question, archive)
    keys = [item.key for item in understood.items]
    assert [key.partition(":")[0] for key in keys] == [
        "outlet",
        "published",
        "phrase",
        "spelling",
    ]
    for key in keys:
        less = understand(question, archive, without=[key])
        assert key not in [item.key for item in less.items]
        assert [item.key for item in less.removed] == [key]
    without = search_question(archive, question, without=keys)
    assert without.understood.items == ()
    assert without.understood.line() == ""


def test_only_the_filters_exclude(archive: Archive) -> None:
    question = "What did the Beacon report on the harbour bridge of Marl on October 7, 2023?"
    assert set(found(archive, question, filters=Filters(outlet=("alpha post",)))) <= {
        "a",
        "c",
        "w1",
    }
    assert found(archive, question, filters=Filters(articles=("e",))) == ["e"]


def test_filters_that_leave_nothing_say_what_there_is_without_them(archive: Archive) -> None:
    filters = Filters(outlet=("Courier",), until=date(2020, 1, 1))
    result = search_question(archive, "Who sold the harbour bridge of Marl?", filters)
    assert result.hits == ()
    assert "b" in {hit.article.id for hit in result.outside}
    (note,) = result.notes
    assert "Courier" in note
    assert "2020-01-01" in note
    assert result.outside[0].article.title in note
    evidence = find_evidence(archive, "Who sold the harbour bridge of Marl?", filters)
    assert evidence.candidates == ()
    assert evidence.searched == {"articles": 0, "passages": 0}
    assert evidence.found is not None
    assert evidence.found.notes == result.notes


def test_copies_of_one_report_count_once_but_for_another_number(archive: Archive) -> None:
    ids = found(archive, "Who was brought ashore from the ferry that hit the quay of Marl?")
    assert ("w1" in ids) + ("w2" in ids) == 1
    assert "w3" in ids
    question = "What did the Beacon and the Alpha Post report on the ferry that hit the quay?"
    assert {"w1", "w2"} <= set(found(archive, question)), "both were asked for by name"


def test_a_long_article_does_not_crowd_out_the_rest(archive: Archive) -> None:
    question = "Does the roof of the opera house in Oslo leak, paragraph number?"
    ids = found(archive, question)
    assert len(archive.passages("long")) > PER_ARTICLE
    assert "short" in ids
    before = ids[: max(n for n, i in enumerate(ids) if i != "long")]
    assert before.count("long") <= PER_ARTICLE
    only = found(archive, question, filters=Filters(articles=("long",)))
    assert only == ["long"] * min(10, len(archive.passages("long")))


@pytest.mark.parametrize(
    "question",
    [
        "of the and to",
        "?!",
        "",
        "日本の首相は誰ですか",
        "bridge " * 3000,
        "“”",
        "''",
        "(",
        "\ud800",
    ],
)
def test_questions_that_say_little_or_too_much(archive: Archive, question: str) -> None:
    for k in (1, 10_000):
        hits = search_question(archive, question, k=k).hits
        assert len({hit.passage.id for hit in hits}) == len(hits) <= k


def test_bad_limits(archive: Archive) -> None:
    for k in (0, -1):
        with pytest.raises(UsageError, match="asked for is"):
            search_question(archive, "bridge", k=k)
    with pytest.raises(UsageError, match="is after"):
        search_question(archive, "bridge", Filters(since=date(2023, 2, 1), until=date(2023, 1, 1)))


WORDS = "the Beacon Alpha Post bridge Marl 7 October 2023 while “quiet sea” ferry , and Kiev ?"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join), st.integers(1, 12))
def test_a_search_is_the_same_each_time_and_never_repeats(
    archive: Archive, question: str, k: int
) -> None:
    result = search_question(archive, question, k=k)
    ids = [hit.passage.id for hit in result.hits]
    assert len(set(ids)) == len(ids) <= k
    assert [hit.rank for hit in result.hits] == list(range(1, len(ids) + 1))
    assert "".join(question[p.start : p.end] for p in result.understood.parts) == question
    again = search_question(archive, question, k=k)
    assert [(h.passage.id, h.score) for h in again.hits] == [
        (h.passage.id, h.score) for h in result.hits
    ]


def test_an_archive_with_nothing_and_one_without_a_model(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "empty") as empty:
        assert search_question(empty, "bridge", Filters(outlet=("X",))).hits == ()
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"id": "a", "outlet": "Alpha Post", "text": "The bridge closed."})
    )
    with Archive.open(tmp_path / "words") as words:
        words.sync([tmp_path / "a.jsonl"])
        result = search_question(words, "According to the Alpha Post, what closed?")
        assert [hit.article.id for hit in result.hits] == ["a"]
        assert result.vectors == {}


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What happened on 7 October 2023?", {"a", "b"}),
        ("What was reported before 1 November 2023?", {"a", "b"}),
        ("What's the latest news from the Courier?", {"d", "e", "w3", "long"}),
        ("What did the Alpha Post write in November 2023?", {"c"}),
        ("what did the Beacon and the Courier say on december 5, 2023", {"long", "short"}),
    ],
)
def test_a_question_of_outlets_and_days_alone_is_answered_by_all_that_is_of_them(
    archive: Archive, question: str, first: set[str]
) -> None:
    result = search_question(archive, question, k=12)
    assert result.understood.bare
    ids = [hit.article.id for hit in result.hits]
    assert set(ids[: len(first)]) == first, "each report once before any a second time"
    assert all(hit.passage.ordinal == 0 for hit in result.hits[: len(first)])
    evidence = find_evidence(archive, question, Filters())
    assert {c.article.id for c in evidence.candidates[: len(first)]} == first
    assert confidence(evidence) == 1.0
    assert {span.article.id for span in select_quotes(evidence)} == first


def test_a_question_of_outlets_and_days_that_nothing_is_of_has_no_answer(archive: Archive) -> None:
    question = "What did the Beacon report in November 2023?"
    assert confidence(find_evidence(archive, question, Filters())) == 0.0
    old = find_evidence(archive, "What happened in March 1999?", Filters())
    assert old.candidates
    assert confidence(old) == 0.0
    asked = "What did the Beacon report on Marl in November 2023?"
    assert not understand(asked, archive).bare
    for each in (question, asked):
        result = search_question(archive, each)
        assert result.hits, "nothing is hidden"
        assert result.notes == ("No article from The Beacon is of 1 Nov 2023 to 30 Nov 2023.",)


@pytest.mark.parametrize(
    ("question", "filters", "note"),
    [
        ("Who sold Marl on 8 October 2023?", None, "No article is of 8 Oct 2023."),
        ("Who said “a winter in town”?", None, "No article has the words “a winter in town”."),
        ("Who said “A quiet winter, at sea”?", None, None),
        ("Is there “On d” on the sea?", None, None),  # in a title
        ("What did the Beacon say of Marl?", ONLY_A, f"{OF_THOSE} is from The Beacon."),
        ("Who said “a quiet winter”?", ONLY_A, f"{OF_THOSE} has the words “a quiet winter”."),
        ("What did Reuters say about Marl?", None, "No article is from Reuters."),
        ("According to the Alpha Times, who sold Marl?", None, "No article is from Alpha Times."),
        ("What did Brandt say about Marl?", None, None),
        ("it was not", None, NO_WORDS),
        ("Who is it, and what of that?", None, NO_WORDS),
    ],
)
def test_what_is_not_there_is_told(
    archive: Archive, question: str, filters: Filters | None, note: str | None
) -> None:
    result = search_question(archive, question, filters)
    assert result.notes == ((note,) if note else ())
    assert bool(result.hits) == (note != NO_WORDS)


def test_other_outlets_than_one_come_first_and_it_is_not_hidden(archive: Archive) -> None:
    question = "Which outlets other than the Alpha Post wrote about the harbour bridge of Marl?"
    result = search_question(archive, question)
    ids = [hit.article.id for hit in result.hits]
    assert ids[0] == "b"
    assert {"a", "c"} <= set(ids)
    (item,) = result.understood.items
    assert (item.key, item.label) == ("not-outlet:Alpha Post", "not from Alpha Post")
    taken_back = search_question(archive, question, without=[item.key]).understood
    assert (taken_back.items, taken_back.removed) == ((), (item,))


@pytest.mark.parametrize(
    ("question", "quoted", "said"),
    [
        ("What did the Beacon say of Marl?", ["a"], "No quote of this answer is from The Beacon."),
        ("What did the Beacon say of Marl?", ["a", "b"], None),
        (
            "What did the Alpha Post say of Marl on 7 October 2023?",
            ["b", "c"],
            "No quote of this answer is from Alpha Post and published 7 Oct 2023.",
        ),
        (
            "What did the Alpha Post say of Marl on 7 October 2023?",
            ["e"],
            "No quote of this answer is from Alpha Post or published 7 Oct 2023.",
        ),
        ("What did the Beacon say of Marl in November 2023?", ["a"], None),  # told already
        (
            "Who but not the Alpha Post wrote of Marl, except the Courier?",
            ["a", "d"],
            "Every quote of this answer is from Alpha Post or Courier.",
        ),
        ("Who but not the Alpha Post wrote of Marl?", ["a", "d"], None),
    ],
)
def test_quotes_that_are_not_what_was_asked_for_are_told(
    archive: Archive, question: str, quoted: list[str], said: str | None
) -> None:
    found = search_question(archive, question)
    spans = [Span(archive.article(i), 0, 5) for i in quoted]
    quotes = [make_quote(n, span) for n, span in enumerate(spans, 1)]
    assert unmet(found.understood, found.told, quotes) == said


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Who sold the harbour bridge in March 1999?", "1 Mar 1999 to 31 Mar 1999"),
        ("Who sold the harbour bridge in 1999?", "1 Jan 1999 to 31 Dec 1999"),
        ("Who sold the harbour bridge before May 2001?", "until 30 Apr 2001"),
        ("Who sold the harbour bridge in October 2023?", None),
        ("Who sold the harbour bridge since March 1999?", None),
        ("Who sold the harbour bridge?", None),
    ],
)
def test_a_time_without_articles_is_told_and_hides_nothing(
    archive: Archive, question: str, told: str | None
) -> None:
    result = search_question(archive, question)
    assert {"a", "b", "c"} <= {hit.article.id for hit in result.hits}
    expected = f"No article is of {told}: those with a date are of 7 Oct 2023 to 5 Dec 2023."
    assert result.notes == ((expected,) if told else ())
    assert told is None or not result.understood.aims


def test_years_that_articles_write_of_are_no_days_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"published": "2023-10-07", "text": "The treaty of 1999 on the bridge ends."})
    )
    with Archive.open(tmp_path / "home", embedding=HashEmbedding()) as archive:
        archive.sync([tmp_path / "a.jsonl"])
        assert not search_question(archive, "What became of the treaty of 1999?").notes
        assert search_question(archive, "What became of the treaty of 1998?").notes
