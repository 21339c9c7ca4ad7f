"""``answers``, ``verify`` and ``export``: from the outside."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from scripted_endpoint import ScriptedEndpoint, says

from index import Archive
from qa import Answerer, EvidenceFound, Finished, Records

ARTICLE = {
    "id": "bridge",
    "title": "Bridge closed after storm",
    "outlet": "Harbour Post",
    "published": "2021-03-02",
    "text": "The old bridge in Marl was closed on Monday after a storm.\n\n"
    "Repairs of the bridge in Marl will cost 1.5 million euros, the mayor said.",
}
ASK = "How much will the repairs of the bridge in Marl cost?"
REPLY = (
    '{"answerable": true, "claims": [{"quotes": [1], '
    '"claim": "Repairs of the bridge in Marl will cost 1.5 million euros."}]}'
)

Command = Callable[..., Any]


@pytest.fixture
def sync(command: Command, tmp_path: Path) -> Callable[[str], None]:
    def sync(text: str) -> None:
        file = tmp_path / "articles.jsonl"
        file.write_text(json.dumps(ARTICLE | {"text": text}) + "\n")
        assert command("index", "sync", file).code == 0

    sync(ARTICLE["text"])
    return sync


def _sqlite() -> sqlite3.Connection:
    return sqlite3.connect(Path(os.environ["PULLQUOTE_HOME"]) / "archive.sqlite")


def test_before_and_after_the_first_answer(command: Command, sync: Callable[[str], None]) -> None:
    nothing = command("answers")
    assert (nothing.code, nothing.out) == (0, "")
    assert "pullquote ask" in nothing.error
    assert command("answers", "--json").lines() == []

    ids = [command("ask", ASK, "--model", "extractive", "--json").json()["id"] for _ in range(3)]
    listed = command("answers", "--json", "-n", 2).lines()
    assert [line["id"] for line in listed] == ids[:0:-1]
    assert listed[0]["question"] == ASK
    assert listed[0]["conversation"] is None
    table = command("answers").out.splitlines()
    assert table[0].split("\t")[0] == "id"
    assert [line.split("\t")[0] for line in table[1:]] == ids[::-1]
    assert command("answers", "-n", 0).code == 2


def test_verify_through_a_correction_a_change_and_a_removal(
    command: Command, sync: Callable[[str], None]
) -> None:
    asked = command("ask", ASK, "--model", "extractive", "--json").json()
    done = command("verify", asked["id"], "--json")
    found = done.json()
    assert (done.code, found["holds"], found["id"]) == (0, True, asked["id"])
    (quote,) = (q for q in found["quotes"] if "1.5 million" in q["text"])
    assert (quote["verdict"], quote["state"], quote["holds"]) == ("exact", "unchanged", True)
    assert "Everything holds." in command("verify", asked["id"]).out

    sync(ARTICLE["text"].replace("1.5 million", "1.9 million"))
    done = command("verify", asked["id"])
    assert done.code == 1
    assert "was corrected on" in done.out
    assert "stood in the text of then" in done.out
    assert "Not everything holds." in done.out

    sync(ARTICLE["text"])
    assert command("verify", asked["id"]).code == 0
    with closing(_sqlite()) as db, db:
        db.execute("UPDATE answers SET answer = replace(answer, '1.5 million', '1.6 million')")
    done = command("verify", asked["id"])
    assert done.code == 1
    assert "changed after it was saved" in done.out
    assert "not found" in done.out.replace("_", " ")

    assert command("index", "remove", "bridge").code == 0
    done = command("verify", asked["id"], "--json")
    assert (done.code, done.json()["quotes"][0]["state"]) == (1, "gone")
    assert "cannot be checked" in command("verify", asked["id"]).out

    with closing(_sqlite()) as db, db:
        db.execute("UPDATE answers SET answer = '{'")
    assert command("verify", asked["id"]).code == 1


def test_what_an_answer_quotes_is_kept_though_it_was_replaced_while_it_was_written(
    command: Command, sync: Callable[[str], None]
) -> None:
    home = Path(os.environ["PULLQUOTE_HOME"])
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        events = Answerer(archive, records).ask(ASK)
        assert isinstance(next(events), EvidenceFound)
        sync(ARTICLE["text"].replace("1.5 million", "1.9 million"))
        *_, last = events
    assert isinstance(last, Finished)
    with closing(_sqlite()) as db, db:
        db.execute("UPDATE article_versions SET replaced = '2021-03-02T12:00:00+00:00'")
    # Once it is old, what no answer quotes goes with the next sync, whatever that finds.
    for figure in ("2.1", "2.2", "2.2"):
        sync(ARTICLE["text"].replace("1.5 million", f"{figure} million"))
        with closing(_sqlite()) as db, db:
            db.execute("UPDATE article_versions SET replaced = '2021-03-02T12:00:00+00:00'")
    with closing(_sqlite()) as db:
        (text,) = db.execute("SELECT text FROM article_versions").fetchone()
        assert "1.5 million" in text
        assert db.execute("SELECT count(*) FROM article_versions").fetchone() == (1,)
    assert "stood in the text of then" in command("verify", last.answer.id).out


def test_a_damaged_record_stops_neither_a_sync_nor_what_is_done_with_the_others(
    command: Command, sync: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui._command_ask._typed", lambda: iter([ASK, ASK]))
    assert command("chat", "--model", "extractive").code == 0
    torn, whole = command("answers", "--json").lines()
    with closing(_sqlite()) as db, db:
        db.execute("UPDATE answers SET answer = '{' WHERE id = ?", (torn["id"],))

    sync(ARTICLE["text"].replace("1.5 million", "1.9 million"))
    with closing(_sqlite()) as db, db:
        db.execute("UPDATE article_versions SET replaced = '2021-03-02T12:00:00+00:00'")
    sync(ARTICLE["text"].replace("1.5 million", "2.1 million"))
    with closing(_sqlite()) as db:
        assert db.execute("SELECT count(*) FROM article_versions").fetchone() == (2,)

    listed = command("answers", "--json")
    assert [line["id"] for line in listed.lines()] == [whole["id"]]
    assert torn["id"] in listed.error
    exported = command("export", whole["conversation"])
    assert exported.code == 0
    assert ASK in exported.out
    assert torn["id"] in exported.error
    assert command("export", torn["id"]).code == 1
    with closing(_sqlite()) as db, db:
        db.execute("UPDATE answers SET answer = '{'")
    assert command("answers").code == 0
    assert command("export", whole["conversation"]).code == 1


@pytest.mark.parametrize("name", ["verify", "export"])
@pytest.mark.parametrize("wanted", ["nothing", "\udcff"])
def test_an_unknown_id_says_how_to_find_one(command: Command, name: str, wanted: str) -> None:
    done = command(name, wanted)
    assert (done.code, done.out) == (2, "")
    assert "pullquote answers" in done.error


def test_export_of_an_answer_and_of_a_conversation(
    command: Command, sync: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter([ASK, "Why was the bridge in Marl closed?"])
    monkeypatch.setattr("ui._command_ask._typed", lambda: lines)
    assert command("chat", "--model", "extractive").code == 0
    listed = command("answers", "--json").lines()
    (conversation,) = {line["conversation"] for line in listed}

    printed = command("export", listed[0]["id"])
    assert printed.code == 0
    assert printed.out.startswith("# ")
    assert "Harbour Post" in printed.out
    for suffix in ("md", "html", "json"):
        file = tmp_path / f"out.{suffix}"
        assert command("export", conversation, "-o", file).code == 0
        both = file.read_text("utf-8")
        assert all(line["question"].rstrip("?") in both for line in listed)
        out = command("export", conversation, "--format", suffix).out
        assert out == both
    assert len(json.loads(both)["answers"]) == 2
    assert command("export", conversation, "--format", "pdf").code == 2
    assert command("export", conversation, "-o", tmp_path / "no" / "such.md").code == 1


def test_a_reply_is_taken_again_unless_it_is_turned_off(
    command: Command, sync: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedEndpoint([says(REPLY)]) as endpoint:
        ask = ("ask", ASK, "--model", f"{endpoint.url}#scripted", "--json")
        first = command(*ask).json()
        again = command(*ask)
        assert len(endpoint.requests) == 1
        assert again.json()["claims"] == first["claims"]
        assert again.json()["quotes"] == first["quotes"]
        assert "its reply of" in again.error
        assert command(*ask, "--no-cache").json()["tokens"] == first["tokens"]
        assert len(endpoint.requests) == 2
        monkeypatch.setenv("PULLQUOTE_CACHE", "0")
        command(*ask)
        assert len(endpoint.requests) == 3
        monkeypatch.setenv("PULLQUOTE_ANSWER_TOKENS", "20")
        cut = command(*ask)
        assert len(endpoint.requests) == 3, "the prompt alone is more"
        assert "20 tokens" in cut.error
        assert cut.json()["quotes"]
        monkeypatch.setenv("PULLQUOTE_ANSWER_SECONDS", "0")
        assert command(*ask).code == 2


def test_a_run_of_a_suite_asks_the_model_unless_told_otherwise(
    command: Command, sync: Callable[[str], None], tmp_path: Path
) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "suite: small\ncorpus: {path: articles.jsonl}\ncases:\n"
        f"  - id: cost\n    ask: {json.dumps(ASK)}\n    expect:\n      facts: [1.5 million]\n"
    )
    with ScriptedEndpoint([says(REPLY)]) as endpoint:
        run = ("eval", "run", suite, "--model", f"{endpoint.url}#scripted")
        for asked in (1, 2):
            assert command(*run).code == 0
            assert len(endpoint.requests) == asked
        for _ in range(2):
            assert command(*run, "--cache").code == 0
            assert len(endpoint.requests) == 3
