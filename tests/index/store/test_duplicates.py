"""Copies and origins: counted against plain sets of words, and on edited copies of real news."""

import importlib.util
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article
from index._store.duplicates import (
    MIN_CONTAINMENT,
    MIN_RESEMBLANCE,
    MIN_SHARED,
    SHINGLE_WORDS,
    are_copies,
    origins,
    shared,
    shingles,
    sketch,
)
from index._store.origins import MAX_HOLDERS
from index._store.store import Store, StoredArticle

ROOT = Path(__file__).parents[3]
WIKINEWS = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
NEWS = [json.loads(line)["text"] for line in WIKINEWS.read_text("utf-8").splitlines()]
WORDS = st.lists(
    st.sampled_from(["the", "port", "of", "Nordvik", "closed", "東", "京"]), max_size=40
)


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + SHINGLE_WORDS]) for n in range(len(words) - SHINGLE_WORDS + 1)}


# --- texts as sets --------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_shingles_are_the_runs_of_words(one: list[str], other: list[str]) -> None:
    a, b = shingles(" ".join(one)), shingles(" ".join(other))
    assert len(a) == len(_runs(one))
    assert shared(a, b) == len(_runs(one) & _runs(other))
    # Chosen by the shingle alone: what both texts have is in both sketches or in neither.
    common = [value for value in a if value in b]
    assert set(sketch(a)) & set(sketch(b)) == set(sketch(a[[value in common for value in a]]))


def test_how_it_is_written_does_not_count() -> None:
    plain = shingles("the ferry don t wait said the mayor of Åland 1 200 times")
    for written in (
        "“The ferry DON’T wait”, said the Mayor of Åland 1,200 times.",
        "the ferry\n\ndon't wait; said the mayor of A\u030aland - 1 200 times!",
    ):
        assert shingles(written).tolist() == plain.tolist()
    assert len(shingles("北京市長在星期一說")) == 9 - SHINGLE_WORDS + 1
    assert len(shingles("four words are few")) == len(shingles("")) == 0
    assert len(shingles("a lone \udcff half of a pair")) > 0


def test_hashes_are_the_same_everywhere() -> None:
    """Sketches are stored: another value here needs another ``DUPLICATES_VERSION``."""
    assert shingles("one two three four five six").tolist() == PINNED


PINNED = [10569689021439733725, 10694954968005074639]


@pytest.mark.parametrize(
    ("common", "one", "other", "expected"),
    [
        (40, 100, 100, True),  # a quarter of all there is in either
        (39, 100, 100, False),
        (60, 100, 5000, True),  # a brief cut from a long report
        (59, 100, 5000, False),
        (MIN_SHARED, MIN_SHARED, 5000, True),
        (MIN_SHARED - 1, MIN_SHARED - 1, 5000, False),  # one quoted sentence
        (0, 0, 0, False),
    ],
)
def test_are_copies(common: int, one: int, other: int, expected: bool) -> None:
    assert (MIN_RESEMBLANCE, MIN_CONTAINMENT) == (0.25, 0.6)
    assert are_copies(common, one, other) is are_copies(common, other, one) is expected


# --- grouping -------------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    sizes = draw(st.dictionaries(st.text("abcdefgh", min_size=1), st.integers(20, 60), max_size=12))
    copies: dict[str, dict[str, int]] = {}
    for one in sizes:
        for other in sizes:
            if one < other and draw(st.booleans()):
                common = draw(st.integers(12, min(sizes[one], sizes[other])))
                copies.setdefault(one, {})[other] = copies.setdefault(other, {})[one] = common
    return sizes, copies


@given(graphs(), st.randoms())
def test_groups(
    graph: tuple[dict[str, int], dict[str, dict[str, int]]], rng: random.Random
) -> None:
    sizes, copies = graph
    groups = origins(sizes, copies)

    assert sorted(text for group in groups for text in group) == sorted(sizes)
    for lead, *others in groups:
        assert all(text in copies[lead] for text in others)

    def shuffled(entries: dict[str, int]) -> dict[str, int]:
        items = list(entries.items())
        rng.shuffle(items)
        return dict(items)

    again = {text: shuffled(near) for text, near in copies.items()}
    assert origins(shuffled(sizes), again) == groups


def test_a_round_up_does_not_glue_its_stories() -> None:
    # Each brief stands in the round-up whole, and has a copy elsewhere.
    briefs = ("a", "a2", "b", "b2")
    copies = {brief: {"round-up": 50} for brief in briefs}
    for one, other in (("a", "a2"), ("b", "b2")):
        copies[one][other] = copies[other][one] = 48
    copies["round-up"] = dict.fromkeys(briefs, 50)

    groups = origins({"round-up": 200, **dict.fromkeys(briefs, 50)}, copies)

    assert sorted(map(sorted, groups)) in (
        [["a", "a2"], ["b", "b2"], ["round-up"]],
        [["a", "a2", "round-up"], ["b", "b2"]],
        [["a", "a2"], ["b", "b2", "round-up"]],
    )


# --- real news ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edits() -> ModuleType:
    """The generator of edited copies that the benchmark uses."""
    path = ROOT / "benchmarks" / "_edited_copies.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "archive.sqlite")) as store:
        yield store


def _bare(article_id: str, text: str, published: str | None = None) -> StoredArticle:
    article = Article(article_id, "source", text, outlet=article_id, published=published)
    return StoredArticle(article, f"/{article_id}", text, [], article_id, [], [])


def test_edited_copies_and_stories_that_are_none(store: Store, edits: ModuleType) -> None:
    rng = random.Random(7)
    originals = [text for text in NEWS if len(text.split()) >= 150]
    stories, others = originals[:24], originals[24:]
    texts = {f"{n}/": text for n, text in enumerate(stories)}
    for n, text in enumerate(stories):
        for m, names in enumerate([*((name,) for name in edits.EDITS), *edits.COMBINATIONS[:4]]):
            texts[f"{n}/{m}"] = edits.edited(text, names, rng, rng.choice(others))
    for n, other in enumerate(others):
        texts[f"other {n}/"] = edits.sharing(other, stories[n], rng, 0.3)
    items = list(texts.items())
    rng.shuffle(items)

    store.put([_bare(i, text) for i, text in items])

    found = store.origins(list(texts))
    home = {i.partition("/")[0]: origin for i, origin in found.items() if i.endswith("/")}
    copies = [i for i in texts if not i.endswith("/")]
    recall = sum(found[i] == home[i.partition("/")[0]] for i in copies) / len(copies)
    pairs = [(a, b) for a in texts for b in texts if a < b and found[a] == found[b]]
    precision = sum(a.partition("/")[0] == b.partition("/")[0] for a, b in pairs) / len(pairs)
    assert recall >= 0.95
    assert precision >= 0.99


def test_stories_on_one_event_are_kept_apart(store: Store) -> None:
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    store.put([_bare(path.stem, path.read_text("utf-8")) for path in seeds])
    assert store.origin_count() == len(seeds) == 5


def test_origins_depend_on_the_articles_alone(tmp_path: Path, edits: ModuleType) -> None:
    """Not on the order, the batches, nor on what was there and went, or was another text."""
    rng = random.Random(3)
    items = []
    for n, text in enumerate(NEWS[:8]):
        items.append(_bare(f"{n}", text, "2023-05-01"))
        for m, names in enumerate(edits.COMBINATIONS):
            copy = edits.edited(text, names, rng, NEWS[20 + n])
            items.append(_bare(f"{n}-{m}", copy, rng.choice([None, "2023-05-02", "2023-04-01"])))
    # The same text from another outlet, and a round-up that has something of several.
    items.append(_bare("same", NEWS[0], "2023-04-30T23:00:00"))
    items.append(_bare("round-up", edits.roundup(NEWS[:5])))
    passing = [_bare(f"passing {n}", f"{text} Updated.") for n, text in enumerate(NEWS[:8])]
    ids = [item.article.id for item in items]
    outcomes = []
    for attempt in range(3):
        everything = [*items, *passing] if attempt else list(items)
        rng.shuffle(everything)
        with closing(Store(tmp_path / f"{attempt}.sqlite")) as store:
            if attempt == 2:
                store.put([_bare(i, f"{NEWS[9]} {i}") for i in ids[::3]])
            step = (len(everything), 1, 7)[attempt]
            for first in range(0, len(everything), step):
                store.put(everything[first : first + step])
            store.delete([item.article.id for item in passing])
            outcomes.append((store.origins(ids), store.origin_count()))
            for article_id in ("0", "same", "round-up"):
                first, *_ = members = store.origin_members(article_id)
                assert article_id in [a.id for a in members]
                assert {store.origins([a.id])[a.id] for a in members} == {first.id}
                days = [a.published_day for a in members if a.published]
                assert days == sorted(days)
                dated = [a.published is not None for a in members]
                assert dated == sorted(dated, reverse=True)
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][0]["same"] == outcomes[0][0]["0"]
    assert 8 <= outcomes[0][1] < 20


def test_who_was_first(store: Store) -> None:
    dates = {
        "e": None,
        "a": None,
        "d": "2023-02-01T23:30:00-08:00",
        "c": "2023-02-02T06:00:00Z",
        "f": "2023-02-02",
        "b": "2023-02-02T00:00:00+00:00",
    }
    store.put([_bare(i, NEWS[0], published) for i, published in dates.items()])
    assert [a.id for a in store.origin_members("e")] == ["b", "f", "c", "d", "a", "e"]
    # Who is first goes, a date is corrected: the same origin under another name.
    store.delete(["b"])
    assert set(store.origins(list(dates)).values()) == {"f"}
    store.put([_bare("e", NEWS[0], "2022-01-01")])
    assert set(store.origins(list(dates)).values()) == {"e"}
    assert store.origins(["nobody"]) == {}
    assert store.origin_count() == 1


def test_a_text_that_very_many_have(store: Store) -> None:
    """Page furniture in every article: the cost stays bounded, the stories stay apart."""
    furniture = " ".join(f"word{n}" for n in range(60))
    texts = [f"{furniture} {text}" for text in NEWS]
    copies = [f"{text} {n}" for n in range(MAX_HOLDERS + 30) for text in texts[:1]]
    store.put([_bare(f"{n:03}", text) for n, text in enumerate([*texts[1:], *copies])])
    assert store.origin_count() == len(texts)


def test_other_rules_find_origins_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.link_copies()
    store.put([_bare("a", NEWS[0]), _bare("b", f"Updated. {NEWS[0]}"), _bare("c", NEWS[1])])
    assert store.link_copies() == 0
    assert store.origin_count() == 2

    monkeypatch.setattr("index._store.origins.DUPLICATES_VERSION", "another")
    monkeypatch.setattr("index._store.duplicates.MIN_SHARED", 10**6)

    assert store.link_copies() == 3
    assert store.origin_count() == 3
