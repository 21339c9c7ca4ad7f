"""``ask`` and ``search``: what was understood is said, and what filters leave out is named."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

ARTICLES = [
    {
        "id": "bridge",
        "title": "Bridge closed after storm",
        "outlet": "Harbour Post",
        "published": "2021-03-02",
        "text": "The old bridge in Marl was closed on Monday after a storm.",
    },
    {
        "id": "sold",
        "title": "Bridge sold",
        "outlet": "Inland Gazette",
        "published": "2021-04-10",
        "text": "The old bridge in Marl was sold to a bank, and the storm forgotten.",
    },
]


@pytest.fixture
def town(command: Command, tmp_path: Path) -> Command:
    path = tmp_path / "town.jsonl"
    path.write_text("\n".join(map(json.dumps, ARTICLES)))
    assert command("index", "sync", path).code == 0
    return command


@pytest.mark.parametrize("name", ["ask", "search"])
def test_what_was_understood_is_said_on_stderr(town: Command, name: str) -> None:
    question = "What did the Inland Gazette say of the brigde in Marl last month?"
    done = town(name, question, "--now", "2021-05-03", "--json")
    assert done.code == 0
    assert "Looked first at: Inland Gazette; published 1 Apr 2021 to 30 Apr 2021" in done.error
    assert "brigde is not in the archive; searched for bridge" in done.error
    done.json()


def test_a_conversation_shows_what_a_follow_up_is_searched_for_with(
    town: Command, monkeypatch: Any
) -> None:
    asked = (
        "What did the Inland Gazette say of the old bridge?\nAnd why?\nWhat about the Harbour Post?"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(asked))
    said = town("chat").error
    first = asked.partition("\n")[0]
    assert f"Searched for: And why? ({first}" in said
    assert "Searched for: What did the Harbour Post say of the old bridge?" in said
    assert said.count("Searched for:") == 2


def test_a_question_without_a_word_says_so_once(town: Command) -> None:
    for name in ("ask", "search"):
        done = town(name, "is it")
        assert done.error.count("no word to search for") == 1
        assert "no word" not in done.out
        assert "Nothing found" not in done.error


def test_search_and_answers_look_at_the_same_passages_first(town: Command) -> None:
    for outlet, first in (("Harbour Post", "bridge"), ("Inland Gazette", "sold")):
        question = f"What did the {outlet} report on the old bridge in Marl?"
        results = town("search", question, "--json").json()["results"]
        assert results[0]["article"] == first
        assert len(results) == 2, "the other article is still there"
    last = town("search", "What of the bridge in Marl last month?", "--now", "2021-05-03", "--json")
    assert last.json()["results"][0]["article"] == "sold"


def test_filters_that_leave_nothing(town: Command) -> None:
    arguments = ("Was the old bridge in Marl sold?", "--since", "2031-01-01")
    shown = town("search", *arguments)
    assert shown.code == 0
    assert "No article is of 2031-01-01 or later." in shown.error
    assert "Bridge sold" in shown.out
    done = town("search", *arguments, "--json")
    assert done.json()["results"] == []
    assert "Bridge sold (Inland Gazette, 2021-04-10)" in done.error
    answered = town("ask", *arguments, "--model", "extractive", "--json")
    answer = answered.json()
    assert (answer["status"], answer["searched"]) == ("not_found", {"articles": 0, "passages": 0})
    assert "Bridge sold" in answer["answer"]
    assert "No article is of 2031-01-01 or later." in answered.error


def test_a_filter_that_stands_in_the_way_is_told(town: Command, monkeypatch: Any) -> None:
    question = "Was the old bridge in Marl sold to a bank?"
    asked = ("ask", question, "--model", "extractive")
    monkeypatch.setattr("qa._evidence.outside.confidence", lambda evidence: 0.9)
    monkeypatch.setattr("qa._answerer.confidence", lambda evidence: 0.1)
    told = "Without these filters an answer is likely in: Bridge sold (Inland Gazette, 2021-04-10)"
    for how in (("--outlet", "Harbour Post"), ("--until", "2021-03-31")):
        shown = town(*asked, *how)
        assert shown.code == 0
        assert told in shown.error
        assert "- Bridge sold" in shown.out
        answer = town(*asked, *how, "--json").json()
        assert answer["status"] == "not_found"
        assert told in answer["answer"].replace("\\", "")
        assert [article["article"] for article in answer["nearest"]] == ["sold", "bridge"]
    # What would answer it passes this one: it is not what is in the way.
    shown = town(*asked, "--outlet", "Inland Gazette")
    assert "Without these filters" not in shown.error + shown.out
    assert "Without these filters" not in town(*asked).error


def test_bad_days_and_outlets_say_what_to_write(town: Command) -> None:
    for name in ("ask", "search"):
        wrong = town(name, "Who?", "--now", "yesterday")
        assert wrong.code == 2
        assert "--now 'yesterday' is not a date" in wrong.error
        unknown = town(name, "Who?", "--outlet", "gazette")
        assert unknown.code == 2
        assert "Inland Gazette" in unknown.error


def test_more_passages_than_there_are(town: Command) -> None:
    results = town("search", "bridge", "-k", 10_000, "--json").json()["results"]
    assert [result["rank"] for result in results] == [1, 2]
