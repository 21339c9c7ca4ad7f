"""Imports: what a published set states is expected, and every imported suite is sound."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import published
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals import (
    KINDS,
    Corpus,
    ImportReport,
    Suite,
    corpus_archive,
    import_suite,
    load_suite,
    run,
    validate,
)
from index import UsageError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
WRITERS: dict[str, Callable[[Path], Path]] = {
    "multihop-rag": published.multihop_rag,
    "squad2": published.squad2,
    "ramdocs": published.ramdocs,
}


def sound(report: ImportReport, home: Path) -> Suite:
    """The imported suite, after ``validate`` found nothing wrong with it."""
    suite = load_suite(report.suite)
    with corpus_archive(suite, home, None) as archive:
        assert len(archive.articles()) == report.articles
        assert [str(problem) for problem in validate(suite, Corpus(archive))] == []
    assert len(suite.cases) == report.cases
    return suite


def expected(suite: Suite) -> list[dict[str, Any]]:
    return [
        case.model_dump(mode="json", by_alias=True, exclude_defaults=True) for case in suite.cases
    ]


def test_multihop_rag_states_answers_articles_and_evidence(tmp_path: Path) -> None:
    report = import_suite("multihop-rag", published.multihop_rag(tmp_path), tmp_path / "out")
    suite = sound(report, tmp_path / "home")
    bridge, opera = (
        f"mhr-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        for url in (published.BRIDGE, published.OPERA)
    )
    both = {"all": sorted([bridge, opera])}
    cost, season = published.COST["fact"], published.SEASON["fact"]
    assert [(case["tags"], case["expect"]) for case in expected(suite)] == [
        (
            ["inference_query"],
            {"facts": [["Anna Berg"]], "sources": both, "quotes": [cost, season]},
        ),
        (["comparison_query"], {"verdict": "yes", "sources": both, "quotes": [cost]}),
        (
            ["temporal_query", "answer-not-checked"],
            {"sources": both, "quotes": [cost, season]},
        ),
        (
            ["inference_query", "answer-not-checked"],
            {"sources": {"all": [bridge]}, "quotes": [cost]},
        ),
        (["null_query"], {"abstain": True}),
    ]
    assert sorted(report.left_out.values()) == [1, 1, 1]
    assert [(file.official, file.holds) for file in report.files] == [
        (False, "5 questions"),
        (False, "2 articles"),
    ]
    assert "no score is comparable" in suite.description
    assert "ODC-BY" in suite.description


def test_the_form_of_the_shared_data_gives_the_same_cases(tmp_path: Path) -> None:
    whole = import_suite("multihop-rag", published.multihop_rag(tmp_path), tmp_path / "whole")
    renamed = {"query": "question", "question_type": "type", "evidence_list": "evidence"}
    rows = [{renamed.get(k, k): v for k, v in row.items()} for row in published.MULTIHOP]
    renamed = {"source": "outlet", "published_at": "published", "body": "text"}
    corpus = [{renamed.get(k, k): v for k, v in a.items()} for a in published.MULTIHOP_CORPUS]
    part = tmp_path / "part"
    part.mkdir()
    published.write_lines(part / "articles.jsonl", corpus)
    lines = published.write_lines(part / "questions.jsonl", rows)
    again = import_suite("multihop-rag", lines, tmp_path / "lines")
    assert again.suite.read_bytes() == whole.suite.read_bytes()
    assert again.corpus.read_bytes() == whole.corpus.read_bytes()


def test_squad2_takes_any_accepted_span_from_its_paragraph(tmp_path: Path) -> None:
    report = import_suite("squad2", published.squad2(tmp_path), tmp_path / "out")
    suite = sound(report, tmp_path / "home")
    with corpus_archive(suite, tmp_path / "home", None) as archive:
        (article,) = archive.articles()
    many, said, other = suite.cases
    assert article.title == "Marl (town)"
    assert many.ask == "How many live in Marl?"
    assert many.expect.facts == (("3,200", "3,200 inhabitants"),)
    assert many.expect.source_groups == ((article.id,),)
    assert said.expect.facts == (("//maːl//",),)  # a pattern for what is written with slashes
    assert other.expect.abstain
    assert report.tags == {"answerable": 2, "unanswerable": 1}


def test_ramdocs_asks_each_question_over_its_own_documents(tmp_path: Path) -> None:
    report = import_suite("ramdocs", published.ramdocs(tmp_path), tmp_path / "out")
    suite = sound(report, tmp_path / "home")
    ritter, rutter = suite.cases
    assert [[side.facts, len(side.sources.any_of)] for side in ritter.expect.conflict] == [
        [(("1868",),), 1],
        [(("1899",),), 1],
    ]
    assert ritter.tags == ("several answers", "misinformation")
    assert (rutter.expect.facts, rutter.expect.conflict) == ((("1920",),), ())
    assert len(set(ritter.articles) & set(rutter.articles)) == 1  # the text that both have
    searched = run(
        suite,
        archive_for=lambda suite: corpus_archive(suite, tmp_path / "home", None),
        answerer_factory=None,
        out=tmp_path / "runs",
    )
    for case, record in zip(suite.cases, searched.records, strict=True):
        found = {hit.article for hit in record.retrieved}
        assert found
        assert found <= set(case.articles)
    assert searched.info["description"] == suite.description


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_files_give_the_same_bytes(kind: str, tmp_path: Path) -> None:
    file = WRITERS[kind](tmp_path)
    first, second = (import_suite(kind, file, tmp_path / name) for name in ("a", "b"))
    assert first.suite.read_bytes() == second.suite.read_bytes()
    assert first.corpus.read_bytes() == second.corpus.read_bytes()


def test_an_official_file_is_told_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = published.squad2(tmp_path)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(
        KINDS,  # type: ignore[arg-type]
        "squad2",
        replace(KINDS["squad2"], official=frozenset({sha256})),
    )
    report = import_suite("squad2", file, tmp_path / "out")
    assert report.files[0].official is True
    assert "the official files (3 questions)" in load_suite(report.suite).description


# --- Whatever the texts hold ------------------------------------------------------------------

# What readers and cleaning change or take out, what looks like a pattern, what ends a line.
PIECES = st.sampled_from(
    [
        *("The bridge was closed.", "JOIN US ON TELEGRAM", "Share", "/x/", "/(/", "\u2028", "\x00"),
        *("\r\n", "\n\n", "#tag", "é", "Ã©", "<p>", "</p>", " ", "7", "70", "no", "1,007"),
        *("Read more here:", "“quoted”", "A Story", "\ufb01ne", "\u00ad", "[1]"),
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=8).map(" ".join)


@st.composite
def slices(draw: st.DrawFn, text: str) -> str:
    start = draw(st.integers(0, len(text) - 1))
    return text[start : draw(st.integers(start + 1, len(text)))]


@st.composite
def multihop_sets(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    corpus = [
        {"title": draw(PIECES), "source": "Post", "url": f"https://e.example/{n}", "body": body}
        for n, body in enumerate(draw(st.lists(TEXTS, min_size=1, max_size=4)))
    ]
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        cited = draw(st.lists(st.sampled_from(corpus), min_size=0, max_size=3))
        rows.append(
            {
                "query": draw(st.sampled_from(["Did it close?", "Who said so?", "Did it?"])),
                "answer": draw(st.one_of(PIECES, slices(corpus[0]["body"]), st.just("Yes"))),
                "question_type": draw(st.sampled_from(["inference_query", "temporal_query"])),
                "evidence_list": [
                    {"url": article["url"], "fact": draw(slices(article["body"]))}
                    for article in cited
                ],
            }
        )
    return rows, corpus


@given(multihop_sets())
@settings(max_examples=40)
def test_every_imported_suite_is_sound(made: tuple[list[Any], list[Any]]) -> None:
    rows, corpus = made
    with TemporaryDirectory() as name:
        folder = Path(name)
        published.write_json(folder / "corpus.json", corpus)
        file = published.write_json(folder / "questions.json", rows)
        with suppress(UsageError):  # where none of its articles has a text
            sound(import_suite("multihop-rag", file, folder / "out"), folder / "home")


@pytest.mark.parametrize("kind", WRITERS)
def test_the_shared_sets_are_imported_soundly(kind: str, tmp_path: Path) -> None:
    file = SHARED / kind / "questions.jsonl"
    if not file.exists():
        pytest.skip("the shared test data is not here")
    report = import_suite(kind, file, tmp_path / "out")
    sound(report, tmp_path / "home")
    assert report.cases >= 249
    assert not any("quotes" in reason for reason in report.left_out)


# --- What is refused --------------------------------------------------------------------------


def damaged(folder: Path, content: str | bytes, name: str = "set.json") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("kind", "name", "content", "complaint"),
    [
        ("squad", "set.json", "{}", "no kind of question set squad"),
        ("squad2", "set.json", '{"data":\n[1,]}', "line 2, column 4: not valid JSON"),
        ("squad2", "set.jsonl", '{"a": 1}\n\n{"a"}\n', "line 3, column 5: not valid JSON"),
        ("squad2", "set.json", '{"a": 1}\n{"a": 2}\n', "an object a line ends in .jsonl"),
        ("squad2", "set.json", b'{"a":\n"\xff"}', "line 2: not valid UTF-8"),
        ("squad2", "set.json", "[" * 100_000, "not valid JSON"),
        (
            "squad2",
            "set.json",
            "version https://git-lfs.github.com/spec/v1\n",
            "pointer of Git LFS",
        ),
        ("squad2", "set.json", '{"title": 1, "body": 2}', "an object with 'title', 'body'"),
        ("squad2", "set.json", "[]", "Found: an empty list"),
        ("squad2", "set.jsonl", "", "Found: an empty list"),
        ("squad2", "set.json", '{"data": [{"title": "x", "paragraphs": []}]}', "no question"),
        (
            "squad2",
            "set.json",
            '{"data": [{"title": "x"}]}',
            "Record 1: paragraphs: Field required",
        ),
        ("ramdocs", "set.jsonl", '{"question": "Who?"}', "Record 1: documents"),
        ("ramdocs", "set.json", '"text"', "Found: a text"),
        (
            "multihop-rag",
            "set.json",
            '[{"title": "x", "body": "y"}]',
            "found an object with 'title'",
        ),
        ("multihop-rag", "set.json", '[{"query": 7}]', "Record 1: query"),
    ],
)
def test_what_is_not_the_set_is_refused_with_the_place(
    tmp_path: Path, kind: str, name: str, content: str | bytes, complaint: str
) -> None:
    with pytest.raises(UsageError) as refused:
        import_suite(kind, damaged(tmp_path, content, name), tmp_path / "out")
    assert complaint in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_the_corpus_of_multihop_rag_is_missed_or_another(tmp_path: Path) -> None:
    file = published.write_json(tmp_path / "MultiHopRAG.json", published.MULTIHOP)
    with pytest.raises(UsageError, match=r"neither corpus\.json nor articles\.jsonl.*--corpus"):
        import_suite("multihop-rag", file, tmp_path / "out")
    other = [published.MULTIHOP_CORPUS[0] | {"url": "https://else.example"}]
    corpus = published.write_json(tmp_path / "other.json", other)
    with pytest.raises(UsageError, match="is not the corpus of"):
        import_suite("multihop-rag", file, tmp_path / "out", corpus=corpus)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        import_suite("multihop-rag", file, tmp_path / "out", corpus=tmp_path / "absent.json")
    with pytest.raises(UsageError, match="articles in the file of its questions"):
        import_suite("squad2", published.squad2(tmp_path), tmp_path / "out", corpus=corpus)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_empty_is_kept(tmp_path: Path) -> None:
    file, out = published.squad2(tmp_path), tmp_path / "out"
    out.mkdir()
    kept = damaged(out, "mine", "notes.txt")
    with pytest.raises(UsageError, match=r"not empty\..*--force"):
        import_suite("squad2", file, out)
    report = import_suite("squad2", file, out, force=True)
    assert sorted(path.name for path in out.iterdir()) == [
        "articles.jsonl",
        "notes.txt",
        "suite.jsonl",
    ]
    assert kept.read_text() == "mine"
    with pytest.raises(UsageError, match="is not a folder"):
        import_suite("squad2", file, kept, force=True)
    other = tmp_path / "other"
    other.mkdir()
    questions = published.multihop_rag(other)
    (other / "corpus.json").unlink()
    rows = [article | {"text": article["body"]} for article in published.MULTIHOP_CORPUS]
    corpus = published.write_lines(other / "articles.jsonl", rows).read_bytes()
    with pytest.raises(UsageError, match=r"articles\.jsonl is read and would be replaced"):
        import_suite("multihop-rag", questions, other, force=True)
    assert (other / "articles.jsonl").read_bytes() == corpus
    assert load_suite(report.suite).name == "squad2"


@pytest.mark.parametrize("there", [False, True])
def test_an_interrupted_import_leaves_nothing_half_done(tmp_path: Path, there: bool) -> None:
    file, out = published.multihop_rag(tmp_path), tmp_path / "sets" / "out"
    if there:
        import_suite("squad2", published.squad2(tmp_path), out)
    before = {path: path.read_bytes() for path in out.parent.rglob("*") if path.is_file()}

    def strike(what: str, done: int, total: int) -> None:
        if what == "questions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_suite("multihop-rag", file, out, force=there, progress=strike)
    after = {path: path.read_bytes() for path in out.parent.rglob("*") if path.is_file()}
    assert after == before
    assert [path.name for path in out.parent.iterdir()] == (["out"] if there else [])
