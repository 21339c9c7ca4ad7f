"""Disagreements: planted ones are found, rewordings are not; spans are slices; no order matters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from index import Archive, Filters, MiniLM
from qa import (
    Answer,
    Answerer,
    Disagreement,
    Evidence,
    Finished,
    Records,
    find_disagreements,
    find_evidence,
)

STORM = "The storm killed {} people in the port of Marl on Tuesday, the coast guard said."
QUESTION = "How many people did the storm kill in Marl?"


@contextmanager
def archive_of(tmp_path: Path, articles: Sequence[dict[str, Any]]) -> Iterator[Archive]:
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in articles))
    with Archive.open(tmp_path / "home") as archive:
        archive.sync([file])
        yield archive


def article(name: str, text: str, day: str = "2024-03-06") -> dict[str, Any]:
    return {"id": name, "text": text, "outlet": f"Outlet {name}", "published": day}


def found_in(tmp_path: Path, question: str, *texts: str) -> tuple[Disagreement, ...]:
    articles = [article(name, text) for name, text in zip("abcdef", texts, strict=False)]
    with archive_of(tmp_path, articles) as archive:
        evidence = find_evidence(archive, question, Filters())
        found = find_disagreements(evidence, archive.origins([a.id for a in evidence.articles]))
        assert_sound(found, evidence)
        return found


def assert_sound(found: Sequence[Disagreement], evidence: Evidence) -> None:
    texts = {a.id: a.text for a in evidence.articles}
    for one in found:
        assert len(one.sides) >= 2
        assert len({span.article.id for side in one.sides for span in side.spans}) >= 2
        for side in one.sides:
            assert side.value in side.spans[0].text
            assert 1 <= side.origins <= len(side.spans)
            for span in side.spans:
                assert span.text == texts[span.article.id][span.start : span.end]
        words = f"{evidence.question} {' '.join(texts.values())}"
        assert all(word in words for word in one.about.split()), "nothing is invented"


@pytest.mark.parametrize(
    ("question", "one", "other", "values"),
    [
        (QUESTION, STORM.format("12"), STORM.format("at least 15"), {"12", "15"}),
        (
            QUESTION,
            STORM.format("twelve"),
            "In Marl, a storm on Tuesday killed 19 people, officials said.",
            {"twelve", "19"},
        ),
        (
            "When was the Marl bridge opened?",
            "The Marl bridge was opened to traffic on 3 May 1931 by the mayor.",
            "The Marl bridge was opened to traffic on 13 May 1931 by the mayor.",
            {"3 May 1931", "13 May 1931"},
        ),
        (
            "Where is the Larkin bridge located?",
            "The Larkin bridge is a wooden bridge located in Springfield near the old mill.",
            "The Larkin bridge is a wooden bridge located in Chesterton near the old mill.",
            {"Springfield", "Chesterton"},
        ),
    ],
)
def test_what_contradicts_is_found(
    tmp_path: Path, question: str, one: str, other: str, values: set[str]
) -> None:
    found = found_in(tmp_path, question, one, other)
    assert [{side.value for side in d.sides} for d in found] == [values]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The minister said the government will sign the grain agreement with Turkey.",
            "The minister said the government will not sign the grain agreement with Turkey.",
        ),
        (
            "The court found the former mayor of Marl guilty of taking bribes.",
            "The court found the former mayor of Marl innocent of taking bribes.",
        ),
    ],
)
def test_yes_and_no_are_found(tmp_path: Path, one: str, other: str) -> None:
    (found,) = found_in(tmp_path, one.replace(".", "?"), one, other)
    assert {side.value for side in found.sides} == {one, other}


@pytest.mark.parametrize(
    "other",
    [
        STORM.format("12"),
        STORM.format("twelve"),
        STORM.format("about 12"),
        STORM.format("a dozen"),
        "The coast guard said the storm on Tuesday killed 12 people in the port of Marl.",
        "The storm sank 15 boats in the port of Marl on Tuesday, the coast guard said.",
        "The storm killed 15 people in the port of Odby on Tuesday, the Norwegian navy said.",
        "The storm killed 12 people and injured 40 people in Marl, the coast guard said.",
        "The storm killed 12 people in the port of Marl, the coast guard did not say how.",
    ],
)
def test_what_agrees_or_is_about_something_else_is_no_disagreement(
    tmp_path: Path, other: str
) -> None:
    assert found_in(tmp_path, QUESTION, STORM.format("12"), other) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("about 100", "103"),
        ("more than 900", "940"),
        ("1.2 million", "1,234,567"),
        ("nearly 1,000", "990"),
    ],
)
def test_rounding_agrees(tmp_path: Path, one: str, other: str) -> None:
    assert found_in(tmp_path, QUESTION, STORM.format(one), STORM.format(other)) == ()


ACCOUNTS = yaml.safe_load((Path(__file__).parents[1] / "data" / "accounts.yaml").read_text())


@pytest.fixture(scope="module")
def accounts(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """All texts of ``accounts.yaml``, which are their own ids."""
    texts = {
        text: day
        for kinds in ACCOUNTS.values()
        for pairs in kinds.values()
        for _, *both in pairs
        for text, day in zip(both, ("2024-03-06", "2024-03-07"), strict=True)
    }
    folder = tmp_path_factory.mktemp("accounts")
    file = folder / "articles.jsonl"
    records = (article(text, text, day) for text, day in texts.items())
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    with Archive.open(folder / "home", embedding=minilm) as archive:
        archive.sync([file])
        yield archive


@pytest.mark.parametrize(("half", "least", "most"), [("development", 13, 0), ("held_out", 12, 2)])
def test_different_accounts_are_told_from_compatible_ones(
    accounts: Archive, half: str, least: int, most: int
) -> None:
    told = {"differ": 0, "agree": 0}
    for kind, pairs in ACCOUNTS[half].items():
        for question, *texts in pairs:
            evidence = find_evidence(accounts, question, Filters(articles=tuple(texts)))
            assert len(evidence.articles) == 2
            found = find_disagreements(evidence, {text: text for text in texts})
            assert_sound(found, evidence)
            told[kind] += bool(found)
    assert told["differ"] >= least
    assert told["agree"] <= most


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "Is Moscow willing to negotiate or not?",
            "expressed Russia’s willingness to negotiate",
            "no clear signal from the Russians that they are open",
        ),
        (
            "Is Zelenskiy prepared to negotiate with Putin?",
            "“I’m ready for negotiations with [Putin].",
            "ruling out any talks with Russian President Vladimir Putin",
        ),
    ],
)
def test_both_positions_of_real_articles_are_quoted(
    seeds_archive: Archive, question: str, yes: str, no: str
) -> None:
    with closing(Records.open(seeds_archive.home)) as records:
        answer = answer_to(seeds_archive, records, question)
    (found,) = answer.disagreements
    quotes = {quote.n: quote.text for quote in answer.quotes}
    sides = [" ".join(quotes[n] for n in side["quotes"]) for side in found["sides"]]
    assert len(sides) == 2
    assert {sum(said in side for side in sides) for said in (yes, no)} == {1}
    assert not any(yes in side and no in side for side in sides)


def test_the_order_of_articles_does_not_matter(tmp_path: Path) -> None:
    texts = [STORM.format(number) for number in ("12", "15", "21")]
    articles = [
        article(n, t, f"2024-03-0{6 + i}")
        for i, (n, t) in enumerate(zip("abc", texts, strict=True))
    ]
    with archive_of(tmp_path, articles) as archive:
        evidence = find_evidence(archive, QUESTION, Filters())
        origins = archive.origins(["a", "b", "c"])
        found = find_disagreements(evidence, origins)
        level = tuple(replace(c, score=1.0) for c in evidence.candidates)
        turned = [
            find_disagreements(replace(evidence, candidates=candidates), origins)
            for candidates in (level, level[::-1])
        ]
    assert found
    assert {d.sides for d in turned[0]} == {d.sides for d in turned[1]}
    for disagreement in found:
        days = [side.spans[0].article.published or "" for side in disagreement.sides]
        assert days == sorted(days, reverse=True), "the newest first"


def answer_to(archive: Archive, records: Records, question: str) -> Answer:
    (answer,) = [
        e.answer for e in Answerer(archive, records).ask(question) if isinstance(e, Finished)
    ]
    return answer


def test_an_answer_shows_both_sides_and_is_reloaded_with_them(tmp_path: Path) -> None:
    articles = [
        article("a", STORM.format("12")),
        article("b", STORM.format("at least 15"), "2024-03-07"),
    ]
    with archive_of(tmp_path, articles) as archive:
        records = Records.open(archive.home)
        answer = answer_to(archive, records, QUESTION)
        again = records.answer(answer.id)
        records.close()
    (found,) = answer.disagreements
    assert again == answer
    assert [side["value"] for side in found["sides"]] == ["15", "12"]
    assert [side["outlet"] for side in found["sides"]] == ["Outlet b", "Outlet a"]
    quotes = {quote.n: quote for quote in answer.quotes}
    for side in found["sides"]:
        assert side["quotes"]
        for n in side["quotes"]:
            assert side["value"] in quotes[n].text
            assert any(n in claim.quotes for claim in answer.claims)
    assert "Sources disagree" in answer.answer
    assert json.loads(json.dumps(answer.to_json()))["disagreements"] == [found]


def test_copies_of_one_report_are_one_origin(tmp_path: Path) -> None:
    rest = " ".join(
        f"Then, as the {n}th of its many boats came in, it counted again." for n in range(9)
    )
    articles = [
        article("a", f"{STORM.format('12')} {rest}"),
        article("b", f"{STORM.format('12')} {rest}", "2024-03-07"),
        article("c", "In Marl, a storm on Tuesday killed 19 people, officials said."),
    ]
    with archive_of(tmp_path, articles) as archive:
        evidence = find_evidence(archive, QUESTION, Filters())
        found = find_disagreements(evidence, archive.origins(["a", "b", "c"]))
    twelve = next(side for side in found[0].sides if side.value == "12")
    # The search shows one of the copies, and it counts as one report.
    assert {span.article.id for span in twelve.spans} <= {"a", "b"}
    assert twelve.origins == 1
