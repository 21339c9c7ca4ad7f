import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index._article import Article, Passage
from index._errors import ArchiveError
from index._keywords import KeywordIndex
from index._passages import build_passages
from index._sentences import split_sentences

WIKINEWS = Path(__file__).parents[2] / "evals" / "suites" / "wikinews" / "articles.jsonl"
TEXTS = {
    "bridge": ("Bridge closed", "The old bridge was closed after a storm. Repairs take weeks."),
    "harbour": (None, "Ships wait in the harbour. The bridge is open to trucks and to buses only."),
    "who": (None, "The band The Who played what they always play."),
    "it's #1: 東京": ("Žižek", "Ana Žižek hält eine Rede über 東京. C++ und 3.5 % zählen."),
}


def _passages(article_id: str, title: str | None, text: str) -> list[tuple[Passage, Article]]:
    article = Article(article_id, f"{article_id}.txt", text, title=title)
    passages = build_passages(article, split_sentences(text, article_id))
    return [(passage, article) for passage in passages]


def _fill(folder: Path) -> KeywordIndex:
    index = KeywordIndex(folder)
    index.update([p for i, (title, text) in TEXTS.items() for p in _passages(i, title, text)])
    return index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> KeywordIndex:
    return _fill(tmp_path_factory.mktemp("keywords") / "index")


def _found(index: KeywordIndex, question: str, articles: Sequence[str] | None = None) -> list[str]:
    return [i for i, _ in index.search(question, 10, articles=articles)]


def test_ranking(index: KeywordIndex) -> None:
    # Stemmed, regardless of case; a title counts; the shorter and more frequent match wins.
    assert _found(index, "When was the BRIDGE closed?") == ["bridge#0", "harbour#0"]
    assert _found(index, "repaired bridges") == ["bridge#0", "harbour#0"]
    assert _found(index, "a harbour") == ["harbour#0"]
    assert _found(index, "žižek 東京") == ["it's #1: 東京#0"]
    assert _found(index, "zebra") == []
    scores = [score for _, score in index.search("bridge storm", 10)]
    assert scores == sorted(scores, reverse=True)
    assert len(index.search("bridge", 1)) == 1
    assert index.search("bridge", 0) == []
    assert len(index.search("bridge", 10**12)) == 2


def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = _fill(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    questions = ("When was the BRIDGE closed?", "a harbour", "žižek 東京", "zebra")
    ranked = [index.search(question, 10) for question in questions]
    reader = KeywordIndex(folder, writable=False)
    index.update([], everything=True)  # is seen by who opens it afterwards
    assert [reader.search(question, 10) for question in questions] == ranked
    assert _found(reader, "bridge", ["harbour"]) == ["harbour#0"]
    assert (reader.count(), reader.ids(), reader.holding("Ships")) == (
        4,
        {f"{i}#0" for i in TEXTS},
        1,
    )
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "meta.json").write_text("{")
    with pytest.raises(ArchiveError, match="cannot be read"):
        KeywordIndex(folder, writable=False)
    assert {path.name for path in folder.iterdir()} == files.keys(), "nothing is thrown away"


def test_an_outlet_counts_where_it_is_named(tmp_path: Path) -> None:
    index = KeywordIndex(tmp_path / "index")
    text = "The old bridge was closed after a storm."
    for outlet in ("Kyiv Post", "The Beacon"):
        passages = [(p, replace(a, outlet=outlet)) for p, a in _passages(outlet, None, text)]
        index.update(passages)
    for outlet in ("Kyiv Post", "The Beacon"):
        assert _found(index, f"bridge, says the {outlet}")[0] == f"{outlet}#0"
    assert len(_found(index, "bridge, says the Kyiv Post")) == 2


def test_variants_count_for_the_word_and_only_once(index: KeywordIndex) -> None:
    plain = dict(index.search("harbour", 10))
    for variants in (["harbour"], ["zebra", "harbours"], ["harbour", "harbor", "HARBOURS"]):
        found = dict(index.search("port", 10, variants={"port": variants}))
        assert found == pytest.approx(plain)
    assert index.search("port", 10, variants={"ship": ["harbour"]}) == []
    both = index.search("bridges", 10, variants={"bridge": ["harbour"]})
    assert {i for i, _ in both} == {"bridge#0", "harbour#0"}


def test_a_phrase_counts_only_where_its_words_stand_together(index: KeywordIndex) -> None:
    words = dict(index.search("bridge is open", 10))
    phrased = dict(index.search("bridge is open", 10, phrases=["bridge is open"]))
    assert phrased["harbour#0"] > words["harbour#0"]
    assert phrased["bridge#0"] == pytest.approx(words["bridge#0"])
    for odd in ("", "bridge", "“", "\ud800 x"):
        assert dict(index.search("bridge is open", 10, phrases=[odd])) == pytest.approx(words)


def test_what_words_the_index_holds(index: KeywordIndex) -> None:
    assert index.holding("Bridges") == 2
    assert index.holding("Žižek") == 1
    assert index.holding("zebra") == index.holding("") == 0
    assert index.term("Repairing") == "repair"
    assert dict(index.terms("re")) == {"repair": 1, "rede": 1}
    assert index.terms("zz") == []


def test_a_question_of_stop_words_only_still_searches(index: KeywordIndex) -> None:
    assert _found(index, "the who")[0] == "who#0"
    # Next to a word of content, stop words find nothing by themselves.
    assert _found(index, "who closed the zebra?") == ["bridge#0"]


def test_limited_to_articles(index: KeywordIndex) -> None:
    assert _found(index, "bridge", ["harbour"]) == ["harbour#0"]
    assert _found(index, "bridge", ["it's #1: 東京", "bridge", "unknown"]) == ["bridge#0"]
    assert _found(index, "bridge", []) == []
    everywhere = dict(index.search("bridge", 10))
    assert dict(index.search("bridge", 10, articles=list(TEXTS))) == pytest.approx(everywhere)


@given(
    st.text(st.characters(codec=None), max_size=200)
    | st.text(alphabet='"+-()[]{}:^~*?\\/ ANDORT0', max_size=40)
)
def test_no_question_is_a_syntax_error(index: KeywordIndex, question: str) -> None:
    found = _found(index, question)

    assert len(found) == len(set(found)) <= len(TEXTS)


def test_long_question(index: KeywordIndex) -> None:
    question = " ".join(f"word{n}" for n in range(3000)) + " bridge " + "x" * 50_000
    assert _found(index, question) == ["bridge#0", "harbour#0"]


def test_replace_remove_and_start_anew(tmp_path: Path) -> None:
    index = _fill(tmp_path / "index")

    index.update(_passages("bridge", None, "A zebra."), removed=["bridge", "it's #1: 東京"])
    assert _found(index, "zebra storm") == ["bridge#0"]
    assert _found(index, "rede") == []
    assert index.count() == 3

    files = {path.name for path in (tmp_path / "index").iterdir()}
    index.update(_passages("new", None, "A giraffe."), everything=True)
    assert index.count() == 1
    assert _found(index, "zebra ships giraffe") == ["new#0"]
    # No file that held deleted words is left: of the old ones only the lists of files and locks.
    left = files & {path.name for path in (tmp_path / "index").iterdir()}
    assert {name for name in left if not name.endswith((".json", ".lock"))} == set()


def test_another_reader_sees_the_change(tmp_path: Path) -> None:
    reader = KeywordIndex(tmp_path / "index")
    assert reader.search("bridge", 10) == []

    _fill(tmp_path / "index")

    assert _found(reader, "bridge") == ["bridge#0", "harbour#0"]


@pytest.mark.parametrize("damage", ["meta", "schema"])
def test_torn_index_opens_empty(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    _fill(folder)
    if damage == "meta":
        (folder / "meta.json").write_text('{"segm')
    else:
        meta = json.loads((folder / "meta.json").read_text())
        meta["schema"][0]["name"] = "other"
        (folder / "meta.json").write_text(json.dumps(meta))

    assert KeywordIndex(folder).count() == 0
    assert _found(_fill(folder), "storm") == ["bridge#0"]


def test_many_threads(tmp_path: Path) -> None:
    index = _fill(tmp_path / "index")
    failures: list[BaseException] = []
    start = threading.Barrier(5)

    def search() -> None:
        try:
            start.wait()
            for _ in range(50):
                assert "bridge#0" in _found(index, "bridge")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    start.wait()
    for n in range(3):
        index.update(_passages(f"more{n}", None, "Another bridge."))
    for thread in threads:
        thread.join()
    assert failures == []


def test_headlines_find_their_articles(tmp_path: Path) -> None:
    records = [json.loads(line) for line in WIKINEWS.read_text().splitlines()]
    index = KeywordIndex(tmp_path / "index")
    # The headline is asked for; it is not in the index.
    index.update([p for r in records for p in _passages(r["id"], None, r["text"])])

    first = [_found(index, r["title"])[0].rpartition("#")[0] == r["id"] for r in records]

    assert sum(first) / len(first) >= 0.9
