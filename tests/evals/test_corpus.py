"""The corpus of a suite: names of articles, its hash, its own archive."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evals import Corpus, Suite, corpus_archive, corpus_sha256, load_suite
from evals._corpus import GoldQuote
from index import Archive, UsageError


def test_an_article_is_found_under_each_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("The first story.\n\nIt is short.\n", encoding="utf-8")
    (tmp_path / "two.jsonl").write_text(
        '{"id": "x", "title": "A title", "url": "https://a.example/x", "text": "Story x."}\n'
        '{"id": "y", "title": "A title", "text": "Story y is here."}\n'
        '{"id": "one", "text": "Story with a misleading id."}\n',
        encoding="utf-8",
    )
    with Archive.open(tmp_path / "home") as archive:
        archive.sync([tmp_path / "one.txt", tmp_path / "two.jsonl"])
        corpus = Corpus(archive)
    (first,) = [a.id for a in corpus.all() if a.text.startswith("The first")]
    assert corpus.find(first) == corpus.find("one.txt") == {first}
    assert corpus.find("https://a.example/x") == corpus.find("x") == {"x"}
    assert corpus.find("A title") == {"x", "y"}
    assert corpus.find("one") == {"one"}, "an id comes before a file's stem"
    for name in ("two", "two.jsonl", "a title", "", "One.txt"):
        assert corpus.find(name) == frozenset()
    assert corpus.find_any(["x", "one.txt"]) == {"x", first}


def test_overlap_counts_each_character_once() -> None:
    gold = GoldQuote("a", 10, 20)
    assert gold.overlap([]) == 0
    assert gold.overlap([(0, 10), (20, 30)]) == 0
    assert gold.overlap([(0, 15), (12, 15)]) == 0.5
    assert gold.overlap([(0, 15), (15, 99)]) == 1


def test_the_hash_is_of_contents_and_names_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a" / "news").mkdir(parents=True)
    (tmp_path / "a" / "news" / "one.txt").write_text("One.")
    (tmp_path / "a" / "s.yaml").write_text("suite: s\ncorpus: {path: news}\ncases: []")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    a, b = (load_suite(tmp_path / name / "s.yaml") for name in "ab")
    digest = corpus_sha256(a)
    assert digest == corpus_sha256(b)
    (tmp_path / "b" / "news" / "__pycache__").mkdir()
    (tmp_path / "b" / "news" / "__pycache__" / "x.pyc").write_bytes(b"0")
    (tmp_path / "b" / "news" / ".DS_Store").write_bytes(b"0")
    assert digest == corpus_sha256(b)
    (tmp_path / "b" / "news" / "one.txt").rename(tmp_path / "b" / "news" / "two.txt")
    assert digest != corpus_sha256(b)
    (tmp_path / "b" / "s.yaml").write_text(
        f'suite: s\ncorpus: {{path: news, sha256: "{digest}"}}\ncases: []'
    )
    with pytest.raises(UsageError, match="is for the corpus with SHA-256"):
        corpus_sha256(load_suite(tmp_path / "b" / "s.yaml"))


def test_the_corpus_has_an_archive_of_its_own(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("An article of the user's own.")
    with Archive.open(tmp_path) as users:
        users.sync([tmp_path / "mine.txt"])
    with corpus_archive(suite, tmp_path, None) as archive:
        assert [a.id for a in archive.articles()] == ["bridge-a", "bridge-b", "opera", "harvest"]
    with corpus_archive(suite, tmp_path, None) as again:
        assert again.home == archive.home
    with Archive.open(tmp_path) as users:
        assert len(users.articles()) == 1


@pytest.mark.parametrize(
    ("corpus", "complaint"),
    [("", "names no corpus"), ("corpus: {path: nowhere}", "not there"),
     ("corpus: {path: empty}", "holds no article")],
)  # fmt: skip
def test_a_corpus_that_is_not_there(tmp_path: Path, corpus: str, complaint: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "s.yaml").write_text(f"suite: s\n{corpus}\ncases: []")
    with pytest.raises(UsageError, match=complaint):
        corpus_archive(load_suite(tmp_path / "s.yaml"), tmp_path, None)
