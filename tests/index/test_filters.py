"""A limited search is the whole search with everything else left out."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from hypothesis import given
from hypothesis import strategies as st

from index import Archive, Article, Filters, UsageError, _keywords, reciprocal_rank_fusion
from index._search import POOL

WORDS = ("bridge", "harbour", "storm", "council", "vote", "school", "ferry", "opera", "budget")
OUTLETS = ["The Post", "ÄRZTE Zeitung", "gazette", None]
FIRST = date(2023, 1, 30)
Ranking = list[tuple[str, float]]


@pytest.fixture(scope="module", params=["sets of ids", "deeper rankings", "both"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Archive]:
    """Articles of several passages; more of them match than a ranking is read for."""
    folder, rng = tmp_path_factory.mktemp("town"), random.Random(4)
    with (folder / "town.jsonl").open("w") as file:
        for n in range(100):
            lines = [" ".join(rng.choices(WORDS, k=40)).capitalize() + "." for _ in range(9)]
            day = FIRST + timedelta(days=n % 40)
            record = {
                "id": f"a#{n}",
                "text": "\n\n".join(lines),
                "outlet": rng.choice(OUTLETS),
                "published": rng.choice([day.isoformat(), f"{day}T23:30:00+02:00", None]),
            }
            file.write(json.dumps({k: v for k, v in record.items() if v is not None}) + "\n")
    some = {"sets of ids": (10**6, 1), "deeper rankings": (0, 10**3), "both": (4, 2)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_keywords, "SOME", some[request.param][0])
        patch.setattr(_keywords, "DEEPER", some[request.param][1])
        with Archive.open(folder / "home", embedding=HashEmbedding(), once=True) as archive:
            archive.sync([folder / "town.jsonl"])
            assert archive.counts()["passages"] > 3 * POOL
            yield archive


def _passes(article: Article, filters: Filters) -> bool:
    if filters.articles and article.id not in filters.articles:
        return False
    outlets = [outlet.lower() for outlet in filters.outlet]
    if outlets and (article.outlet is None or article.outlet.lower() not in outlets):
        return False
    if not (filters.since or filters.until):
        return True
    day = article.published_day
    return day is not None and (filters.since or day) <= day <= (filters.until or day)


days = st.none() | st.dates(FIRST - timedelta(days=3), FIRST + timedelta(days=43))
filters_of_town = st.builds(
    lambda outlet, since, until, articles: Filters(
        outlet=tuple(outlet),
        since=min(since, until) if since and until else since,
        until=max(since, until) if since and until else until,
        articles=tuple(articles),
    ),
    st.lists(st.sampled_from(["the post", "Ärzte ZEITUNG", "Gazette", "nobody"]), max_size=2),
    days,
    days,
    st.lists(st.integers(0, 125).map(lambda n: f"a#{n}"), max_size=30),
)


def _same(found: Ranking, expected: Ranking) -> None:
    """The same scores, and the same ids but for ties with the last, of which any may be in."""
    assert [score for _, score in found] == pytest.approx([score for _, score in expected])
    if expected:
        above = expected[-1][1] * (1 + 1e-5) + 1e-6
        assert {i for i, s in found if s > above} == {i for i, s in expected if s > above}
        assert len({i for i, _ in found}) == len(found)


@given(
    filters=filters_of_town,
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    k=st.integers(1, 80),
)
def test_as_if_the_rest_were_left_out(
    town: Archive, filters: Filters, words: Sequence[str], k: int
) -> None:
    question = " ".join(words)
    articles = {a.id: a for a in town.articles() if _passes(a, filters)}
    allowed = town.matching(filters)
    assert sorted(allowed) == sorted(articles)

    rankings = []
    for rank in (town.keyword_ranking, town.dense_ranking):
        whole = rank(question, town.counts()["passages"])
        expected = [hit for hit in whole if hit[0].rpartition("#")[0] in articles]
        _same(rank(question, k, allowed), expected[:k])
        limit = allowed if filters else None
        rankings.append([i for i, _ in rank(question, max(POOL, k), limit)])
    searched = {"articles": len(articles), "passages": len(expected)}
    assert town.searched(filters) == searched

    hits = town.search(question, k=k, filters=filters)
    found = [(hit.passage.id, hit.score) for hit in hits]
    assert found == (reciprocal_rank_fusion(rankings)[:k] if articles else [])
    for rank_from_1, hit in enumerate(hits, 1):
        assert hit.rank == rank_from_1
        assert hit.article == articles[hit.passage.article_id]


def test_filters_follow_the_articles(tmp_path: Path) -> None:
    """What filters ask for is kept by the process; it must not outlive a change by another."""
    corpus = tmp_path / "corpus.jsonl"
    record = {"id": "a", "outlet": "Post", "published": "2023-02-01", "text": "A bridge."}
    post, since = Filters(outlet=("post",)), Filters(since=date(2023, 3, 1))
    with Archive.open(tmp_path / "home") as reader, Archive.open(tmp_path / "home") as writer:
        assert reader.matching(post) == []
        corpus.write_text(json.dumps(record))
        writer.sync([corpus])
        assert (reader.matching(post), reader.matching(since)) == (["a"], [])
        corpus.write_text(json.dumps(record | {"outlet": "Gazette", "published": "2023-03-01"}))
        writer.sync([corpus])
        assert (reader.matching(post), reader.matching(since)) == ([], ["a"])
        assert reader.searched() == {"articles": 1, "passages": 1}
        writer.remove(["a"])
        assert reader.matching(since) == []
        with pytest.raises(UsageError, match="Swap"):
            reader.searched(Filters(since=date(2023, 3, 1), until=date(2023, 2, 1)))
