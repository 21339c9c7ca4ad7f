"""The runner and its record: interrupted, resumed, damaged, repeated, scored again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripted import Reply, ScriptedAnswerer, answer, refusal

from evals import Corpus, RunProgress, RunResult, Suite, load_run, load_suite, rescore, run
from index import Archive, EndpointError, UsageError
from qa import Answer, Event, search_question

COST = ("bridge-a", "Repairs will cost 1.5 million euros and take 70 days.")
HURT = (
    ("bridge-a", "Twelve people were hurt, the mayor said."),
    ("bridge-b", "Fourteen people were hurt, according to the hospital."),
)
OPEN = ("bridge-b", "Nobody knows when the bridge will open again.")
ASK_COST = "How much will the repairs of the bridge cost?"
ASK_MOON = "Who was the first woman on the moon?"

Start = Callable[..., RunResult]


class Kept:
    """An archive that survives the runner's closing it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.closed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def script(archive: Archive) -> dict[str, Reply | list[Reply]]:
    """Every case passes by it."""
    return {
        ASK_COST: answer(archive, COST),
        "How many people were hurt in Marl?": answer(archive, *HURT),
        "What happened to the bridge?": answer(archive, COST, prose="It was closed"),
        "When will it open again?": answer(archive, OPEN),
        ASK_MOON: refusal(),
    }


@pytest.fixture
def kept(archive: Archive) -> Kept:
    return Kept(archive)


@pytest.fixture
def scripted(script: dict[str, Reply | list[Reply]]) -> ScriptedAnswerer:
    return ScriptedAnswerer(script)


@pytest.fixture
def start(suite: Suite, kept: Kept, scripted: ScriptedAnswerer, tmp_path: Path) -> Start:
    """Runs the suite with the scripted answerer."""

    def start(**options: Any) -> RunResult:
        chosen = {"suite": suite, "out": tmp_path / "runs"} | options
        return run(
            chosen.pop("suite"),
            archive_for=lambda _: kept,
            answerer_factory=lambda _: scripted,
            **chosen,
        )

    return start


def lines(result: RunResult) -> list[dict[str, Any]]:
    assert result.directory is not None
    text = (result.directory / "cases.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_and_its_record(
    start: Start, kept: Kept, scripted: ScriptedAnswerer, tmp_path: Path, town: Path
) -> None:
    told: list[RunProgress] = []
    result = start(progress=told.append, settings={"prompt": "v3", "home": Path("x")})
    assert result.summary_line == "4 passed, 0 failed, 0 skipped"
    assert result.exit_code == 0
    assert result.directory is not None
    assert re.fullmatch(r"\d{8}T\d{6}Z-town-[0-9a-f]{8}", result.directory.name)
    assert [row["id"] for row in lines(result)] == ["cost", "hurt", "again", "moon"]
    assert [(p.done, p.total) for p in told] == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert (told[-1].passed, told[-1].tokens, told[-1].seconds_left) == (4, 440, 0)
    info = json.loads((result.directory / "run.json").read_text(encoding="utf-8"))
    assert info["settings"] == {"prompt": "v3", "home": "x"}
    assert info["model"] == "scripted"
    assert {"suite_sha256", "corpus_sha256", "articles_sha256", "git", "versions"} <= info.keys()
    assert info["finished"] >= info["started"]
    assert str(town) not in json.dumps(info)
    assert str(tmp_path) not in json.dumps(info)
    summary = (result.directory / "summary.md").read_text(encoding="utf-8")
    assert summary.endswith("\n4 passed, 0 failed, 0 skipped\n")
    assert load_run(result.directory).to_json() == result.to_json()
    assert kept.closed == 1
    assert scripted.closed == 5


def test_a_record_holds_all_that_was_seen(start: Start) -> None:
    row = lines(start(only=["cost"]))[0]
    assert row["answer"]["quotes"][0]["text"] == COST[1]
    assert row["retrieved"][0]["article"] == "bridge-a"
    assert row["retrieval"]["hit@1"] == 1
    assert row["scores"]["facts"] == 1
    assert row["tokens"] == {"prompt": 100, "completion": 10}
    assert set(row["timings_ms"]) == {"retrieve", "first_quote", "first_text", "total"}


def test_follow_ups_hear_the_turns_before_them(start: Start, scripted: ScriptedAnswerer) -> None:
    result = start(only=["again"])
    (_, first, _), (_, second, _) = scripted.asked
    assert first == ()
    assert [(turn.question, turn.answer) for turn in second] == [
        ("What happened to the bridge?", "It was closed [1]")
    ]
    assert result.records[0].tokens == {"prompt": 200, "completion": 20}, "of both turns"


def test_times_are_those_of_the_last_turn(start: Start, scripted: ScriptedAnswerer) -> None:
    scripted.script["When will it open again?"] = refusal()
    (record,) = start(only=["again"]).records
    assert set(record.timings_ms) == {"first_text", "total"}, "no quote since the last question"


@pytest.mark.parametrize("error", [EndpointError("The model is gone."), ZeroDivisionError("oh")])
def test_a_case_that_breaks_is_not_measured_and_the_run_goes_on(
    start: Start, scripted: ScriptedAnswerer, error: Exception
) -> None:
    scripted.script["How many people were hurt in Marl?"] = error
    result = start()
    assert result.summary_line == "3 passed, 0 failed, 1 skipped"
    assert result.exit_code == 3
    record = result.records[1]
    assert (record.outcome, record.stage) == ("not_measured", "not_measured")
    assert record.reason == f"{type(error).__name__}: {error}"
    assert record.retrieval["all_gold@10"] == 1, "the search is measured all the same"
    assert result.metrics["pass_rate"].value == 0.75
    assert result.metrics["facts"].n == 2
    assert scripted.closed == 5


def test_quotes_that_stand_in_for_a_failed_model_are_no_result_of_the_model(
    start: Start, scripted: ScriptedAnswerer
) -> None:
    scripted.notice = "The model failed: quotes are shown instead."
    result = start(only=["cost"])
    assert result.records[0].outcome == "not_measured"
    assert result.records[0].reason == scripted.notice
    assert result.records[0].answer is not None


def test_an_interrupted_run_is_resumed_where_it_stopped(
    start: Start, scripted: ScriptedAnswerer, kept: Kept, tmp_path: Path, archive: Archive
) -> None:
    scripted.script["What happened to the bridge?"] = [
        KeyboardInterrupt(),
        answer(archive, COST),
    ]
    with pytest.raises(KeyboardInterrupt):
        start()
    (directory,) = (tmp_path / "runs").iterdir()
    stopped = load_run(directory)
    assert [record.id for record in stopped.records] == ["cost", "hurt"]
    assert stopped.info["finished"] is None
    assert scripted.closed == len(scripted.asked) == 3
    assert kept.closed == 1
    # A power cut tore the line that was being written.
    with (directory / "cases.jsonl").open("ab") as file:
        file.write(b'{"id": "agai')

    result = start(resume=True)
    assert result.directory == directory
    assert result.summary_line == "4 passed, 0 failed, 0 skipped"
    assert [row["id"] for row in lines(result)] == ["cost", "hurt", "again", "moon"]
    asked = [question for question, _, _ in scripted.asked]
    assert asked.count(ASK_COST) == 1


class Interrupted:
    """Events that Ctrl-C breaks off from outside, so that only closing them stops the model."""

    closed = False

    def __iter__(self) -> Interrupted:
        return self

    def __next__(self) -> Event:
        raise KeyboardInterrupt

    def close(self) -> None:
        self.closed = True


def test_an_interruption_stops_the_model(
    start: Start, scripted: ScriptedAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Interrupted()
    monkeypatch.setattr(scripted, "ask", lambda *_, **__: events)
    with pytest.raises(KeyboardInterrupt):
        start()
    assert events.closed


def test_resuming_asks_again_what_could_not_be_measured(
    start: Start, scripted: ScriptedAnswerer, archive: Archive
) -> None:
    scripted.script[ASK_COST] = [EndpointError("gone"), answer(archive, COST)]
    first = start()
    again = start(resume=True)
    assert again.directory == first.directory
    assert again.summary_line == "4 passed, 0 failed, 0 skipped"
    assert len(lines(again)) == 5, "the failed attempt stays on record"
    assert len(scripted.asked) == 6


@pytest.mark.parametrize(
    "change", [{"settings": {"k": 2}}, {"repeats": 2}, {"only": ["cost"]}, {"limit": 3}]
)
def test_only_a_run_of_the_same_kind_is_resumed(start: Start, change: dict[str, Any]) -> None:
    first = start(settings={"k": 1})
    assert start(resume=True, **({"settings": {"k": 1}} | change)).directory != first.directory


def test_repeats_show_what_is_flaky(
    start: Start, scripted: ScriptedAnswerer, archive: Archive
) -> None:
    wrong = answer(archive, HURT[0])
    scripted.script[ASK_COST] = [answer(archive, COST), wrong, answer(archive, COST)]
    result = start(repeats=3)
    assert result.flaky == ["cost"]
    assert result.summary_line == "3 passed, 1 failed, 0 skipped"
    assert result.metrics["stable"].value == 0.75
    assert result.metrics["facts"].n == 6
    assert result.metrics["hit@1"].n == 3, "a search repeated is no further evidence"


def test_nothing_selected(start: Start, tmp_path: Path) -> None:
    result = start(limit=0)
    assert (result.exit_code, result.directory) == (4, None)
    assert result.summary_line == "0 passed, 0 failed, 0 skipped"
    assert not (tmp_path / "runs").exists()


def test_an_invalid_suite_is_refused_before_anything_is_asked(
    start: Start, scripted: ScriptedAnswerer, tmp_path: Path
) -> None:
    (tmp_path / "s.yaml").write_text("suite: s\ncases: [{id: a, ask: b, expect: {}}]")
    with pytest.raises(UsageError, match="a: nothing is expected"):
        start(suite=load_suite(tmp_path / "s.yaml"))
    assert scripted.asked == []


def test_as_of_limits_what_is_asked_and_searched(
    start: Start, scripted: ScriptedAnswerer, town: Path, tmp_path: Path
) -> None:
    text = (town / "town.yaml").read_text(encoding="utf-8")
    shutil.copy(town / "articles.jsonl", tmp_path)
    dated = text.replace("  - id: cost", "  - as_of: 2021-03-02\n    id: cost")
    (tmp_path / "town.yaml").write_text(dated, encoding="utf-8")
    (record,) = start(suite=load_suite(tmp_path / "town.yaml"), only=["cost"]).records
    assert {hit.article for hit in record.retrieved} == {"bridge-a"}
    assert scripted.asked[0][2] is not None
    assert str(scripted.asked[0][2].until) == "2021-03-02"
    # It is asked on that day, by the answerer and by the search that is written down.
    assert [str(day) for day in scripted.days] == ["2021-03-02"]


# --- Scoring again ----------------------------------------------------------------------------


def test_rescoring_changes_verdicts_and_asks_nothing(
    start: Start, scripted: ScriptedAnswerer, archive: Archive, town: Path, tmp_path: Path
) -> None:
    first = start()
    assert first.directory is not None
    asked = len(scripted.asked)
    text = (town / "town.yaml").read_text(encoding="utf-8")
    shutil.copy(town / "articles.jsonl", tmp_path)
    changed = text.replace('"1.5 million"', '"2.5 million"').replace("first woman", "last man")
    changed = changed.replace("  - id: hurt", "  - id: wounded")
    (tmp_path / "town.yaml").write_text(changed, encoding="utf-8")

    again = rescore(first.directory, load_suite(tmp_path / "town.yaml"), archive)
    assert len(scripted.asked) == asked
    assert [(r.id, r.outcome) for r in again.records] == [
        ("cost", "failed"),
        ("again", "passed"),
        ("moon", "not_measured"),
    ]
    assert again.records[0].reason == "missing: 2.5 million"
    assert again.records[2].reason == "the question has changed since the run"
    assert again.records[0].answer == first.records[0].answer
    assert again.records[0].timings_ms == first.records[0].timings_ms
    assert again.info["finished"] == first.info["finished"]
    assert again.info["suite_sha256"] != first.info["suite_sha256"]
    assert load_run(first.directory).summary_line == "1 passed, 1 failed, 1 skipped"


def test_rescoring_by_the_same_suite_changes_nothing(
    start: Start, scripted: ScriptedAnswerer, archive: Archive, suite: Suite
) -> None:
    scripted.script[ASK_MOON] = EndpointError("gone")
    scripted.script[ASK_COST] = answer(archive, HURT[0])
    first = start()
    assert first.directory is not None
    again = rescore(first.directory, suite, archive)
    assert again.records == first.records
    assert again.metrics == first.metrics


def test_rescoring_over_other_articles_is_refused(
    start: Start, suite: Suite, tmp_path: Path
) -> None:
    first = start()
    assert first.directory is not None
    (tmp_path / "other.txt").write_text("Another article altogether.")
    with Archive.open(tmp_path / "other") as other:
        other.sync([tmp_path / "other.txt"])
        with pytest.raises(UsageError, match="articles have changed"):
            rescore(first.directory, suite, other)


def test_a_tampered_answer_is_found_when_scored_again(
    start: Start, suite: Suite, archive: Archive
) -> None:
    first = start()
    assert first.directory is not None
    path = first.directory / "cases.jsonl"
    path.write_text(path.read_text().replace("1.5 million", "2.5 million"))
    again = rescore(first.directory, suite, archive)
    assert (again.records[0].outcome, again.records[0].stage) == ("failed", "misquoted")


def test_the_search_alone_can_be_judged(
    suite: Suite, kept: Kept, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(suite, archive_for=lambda _: kept, answerer_factory=None, out=tmp_path)
    assert [(r.id, r.outcome) for r in result.records] == [("cost", "passed"), ("hurt", "passed")]
    assert result.metrics["hit@1"].value == 1
    assert "facts" not in result.metrics
    assert result.directory is not None
    assert rescore(result.directory, suite, archive).records == result.records
    wrong = search_question(archive, "opera tickets", k=1)
    monkeypatch.setattr("evals._run.search_question", lambda *_, **__: wrong)
    result = run(suite, archive_for=lambda _: kept, answerer_factory=None, out=tmp_path)
    assert {r.stage for r in result.records} == {"not_retrieved"}


def test_a_folder_that_is_no_run(tmp_path: Path, suite: Suite, corpus: Corpus) -> None:
    with pytest.raises(UsageError, match="not the folder of a run"):
        load_run(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 99}')
    with pytest.raises(UsageError, match="another version"):
        load_run(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1}')
    (tmp_path / "cases.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(UsageError, match=r"cases\.jsonl line 1"):
        load_run(tmp_path)


def test_the_answer_of_the_record_is_the_documented_json(start: Start, archive: Archive) -> None:
    expected: Answer = answer(archive, COST, question=ASK_COST)
    assert start(only=["cost"]).records[0].answer == json.loads(json.dumps(expected.to_json()))
