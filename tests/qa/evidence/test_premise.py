"""Premises: what the articles deny is corrected with their words, and what they bear out is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from index import Archive, Filters, MiniLM
from qa import Answer, Answerer, AnswerSettings, Finished, Notice, Records, find_evidence
from qa._evidence.premise import less_sure, premise
from qa._evidence.stance import proposition
from qa._write import CORRECTION

CASES = yaml.safe_load((Path(__file__).parents[1] / "data" / "premises.yaml").read_text())
SUITES = Path(__file__).parents[3] / "evals" / "suites"


@pytest.fixture(scope="module")
def cases(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """All texts of ``premises.yaml``, which are their own ids."""
    pairs = [pair for kinds in CASES.values() for found in kinds.values() for pair in found]
    folder = tmp_path_factory.mktemp("premises")
    file = folder / "articles.jsonl"
    texts = dict.fromkeys(text for _, text in pairs)
    file.write_text("".join(json.dumps({"id": text, "text": text}) + "\n" for text in texts))
    with Archive.open(folder / "home", embedding=minilm) as archive:
        archive.sync([file])
        yield archive


def ask(archive: Archive, question: str, filters: Filters) -> tuple[Answer, list[str]]:
    settings = AnswerSettings(refuse_below=0.2)
    with closing(Records.open(archive.home)) as records:
        events = list(Answerer(archive, records, None, settings).ask(question, filters=filters))
        assert isinstance(events[-1], Finished)
        answer = events[-1].answer
        assert records.answer(answer.id) == answer
    return answer, [event.text for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(("half", "fewest"), [("development", 7), ("held_out", 8)])
def test_what_is_denied_is_told_from_what_is_borne_out(
    cases: Archive, half: str, fewest: int
) -> None:
    corrected = {"denied": 0, "borne_out": 0}
    for kind, pairs in CASES[half].items():
        for question, text in pairs:
            held = premise(find_evidence(cases, question, Filters(articles=(text,))))
            corrected[kind] += bool(held and held.denied)
    assert corrected["borne_out"] == 0
    assert corrected["denied"] >= fewest


def test_a_denied_premise_is_answered_with_the_denial(cases: Archive) -> None:
    question, text = CASES["development"]["denied"][0]
    answer, notices = ask(cases, question, Filters(articles=(text,)))
    assert answer.status == "answered"
    assert notices == [CORRECTION]
    (claim,) = answer.claims
    assert claim.support == "quote_only"
    assert claim.text == "The Marl mayor has not resigned, his office said on Monday."
    assert answer.answer.startswith(f"{CORRECTION}\n\n“The Marl mayor has not resigned")
    assert answer.answer.count(CORRECTION) == 1


def test_a_premise_that_is_both_stated_and_denied_is_not_corrected(cases: Archive) -> None:
    question, denied = CASES["development"]["denied"][0]
    _, stated = CASES["development"]["borne_out"][0]
    answer, notices = ask(cases, question, Filters(articles=(denied, stated)))
    assert CORRECTION not in notices
    assert {quote.article for quote in answer.quotes} == {denied, stated}


def test_what_nothing_speaks_of_makes_an_answer_less_likely(cases: Archive) -> None:
    _, text = CASES["development"]["borne_out"][0]
    told = {}
    for verb in ("resign", "quit", "sneeze"):
        question = f"Why did the Marl mayor {verb}?"
        held = premise(find_evidence(cases, question, Filters(articles=(text,))))
        told[verb] = held and held.unspoken
    assert told == {"resign": False, "quit": False, "sneeze": True}
    assert [less_sure(sure) for sure in (0.0, 1.0)] == [0.0, 1.0]
    assert all(0 < less_sure(sure / 10) < sure / 10 for sure in range(1, 10))


def test_no_answerable_question_of_the_seeds_is_corrected(seeds_archive: Archive) -> None:
    suite = yaml.safe_load((SUITES / "seeds.yaml").read_text())["cases"]
    asked = [c["ask"] for c in suite if "ask" in c and not c["expect"].get("abstain")]
    told = [premise(find_evidence(seeds_archive, q, Filters())) for q in asked]
    assert sum(held is not None for held in told) > 10
    assert not [held.about.question for held in told if held and (held.denied or held.unspoken)]


@pytest.mark.parametrize(
    ("question", "pivot"),
    [
        ("Why did Antony Blinken resign?", "resign"),
        ("Did police arrest the man who set fire to the church?", "arrest"),
        ("Is the Marl government willing to negotiate or not?", "will"),
        ("Will the ferry to Sund sail this year?", "sail"),
        ("Are the Vik miners on strike?", "strike"),
        ("Why was the Odby festival called off?", "cancel"),
        ("Which town did US officials visit?", "visit"),
        ("Why did the mayor not resign?", None),
        ("What did the mayor say about negotiations with the union?", None),
        ("When did the talks take place?", None),
        ("Does the Post praise it, while the Gazette does not?", None),
        ("Bridge in Marl", None),
        ("", None),
    ],
)
def test_what_a_question_takes_for_granted(question: str, pivot: str | None) -> None:
    about = proposition(question)
    assert (about and about.pivot) == pivot
