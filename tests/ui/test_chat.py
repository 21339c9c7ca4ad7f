"""A conversation on the page, without the page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Archive, Article, EndpointError, Filters, UnknownArticle, UsageError
from qa import (
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    Event,
    EvidenceFound,
    Finished,
    Quote,
    Records,
)
from ui._chat import Chat, Session, Update

SENTENCE = "The council met on Friday and raised the budget by 4 percent."


class Scripted:
    """Answers with the first sentence of an article; some questions go wrong."""

    name = "scripted"

    def __init__(self, archive: Archive, records: Records) -> None:
        self.archive, self.records = archive, records
        self.asked: list[dict[str, Any]] = []

    def ask(self, question: str, **options: Any) -> Iterator[Event]:
        self.asked.append(options)
        if question == "long":
            raise UsageError("The question is too long.", "Shorten it.")
        article = self.archive.articles()[0]
        number = len(self.asked)
        quote = _quote(article)
        yield EvidenceFound(f"answer{number}", (quote,), {"articles": 1, "passages": 1})
        if question == "offline":
            raise EndpointError("No model answers.", "Start one.")
        if question == "bug":
            raise ZeroDivisionError("secret detail")
        claim = Claim("The budget grew.", (1,), "supported")
        yield ClaimStarted(0)
        yield ClaimDone(0, claim, (quote,))
        answer = Answer(
            f"answer{number}", question, "answered", "The budget grew.[1]", (claim,), (quote,)
        )
        self.records.save(answer, conversation=options["conversation"])
        yield Finished(answer)


def _quote(article: Article) -> Quote:
    return Quote(
        n=1,
        text=article.text[: len(SENTENCE)],
        verdict="exact",
        article=article.id,
        source=article.source,
        title=None,
        outlet=None,
        author=None,
        published=None,
        url=None,
        start=0,
        end=len(SENTENCE),
        text_sha256=article.text_sha256,
    )


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Scripted]:
    (tmp_path / "council.txt").write_text(f"{SENTENCE}\nNobody objected to it.\n")
    home = tmp_path / "home"
    with Archive.open(home) as archive:
        archive.sync([tmp_path / "council.txt"])
        records = Records.open(home)
        yield Scripted(archive, records)
        records.close()


@pytest.fixture
def chat(scripted: Scripted) -> Chat:
    return Chat(scripted, scripted.archive, scripted.records)  # type: ignore[arg-type]


def ask(chat: Chat, session: Session, question: str) -> list[Update]:
    async def collect() -> list[Update]:
        return [update async for update in chat.ask(session, question, Filters())]

    return asyncio.run(collect())


def test_a_question_is_answered_and_remembered(chat: Chat, scripted: Scripted) -> None:
    session = Session()
    updates = ask(chat, session, "What about the budget?")
    assert (updates[0].busy, updates[0].question) == (True, "")
    assert not updates[-1].busy
    assert [m["role"] for m in session.messages] == ["user", "assistant"]
    assert "(#cite-answer1-1 " in session.messages[-1]["content"]
    panels = [update.panel for update in updates if update.panel]
    assert panels
    assert all('id="q-answer1-1"' in panel["html"] for panel in panels)
    assert "Nobody objected" in panels[-1]["html"]

    ask(chat, session, "And then?")
    assert [t.question for t in scripted.asked[1]["history"]] == ["What about the budget?"]
    assert scripted.asked[0]["conversation"] == scripted.asked[1]["conversation"]


def test_readers_are_apart(chat: Chat, scripted: Scripted) -> None:
    one, other = Session(), Session()
    ask(chat, one, "Mine?")
    ask(chat, other, "Theirs?")
    assert scripted.asked[1]["history"] == ()
    assert one.conversation != other.conversation
    assert "Mine" not in str(other.messages)


@pytest.mark.parametrize("question", ["", " \n\t"])
def test_no_question_no_answer(chat: Chat, scripted: Scripted, question: str) -> None:
    session = Session()
    (update,) = ask(chat, session, question)
    assert update.hint
    assert session.messages == []
    assert scripted.asked == []


def test_a_wrong_question_is_given_back(chat: Chat) -> None:
    session = Session()
    last = ask(chat, session, "long")[-1]
    assert last == Update(busy=False, question="long", hint="The question is too long. Shorten it.")
    assert session.messages == []


def test_a_failure_is_said_with_what_to_do(chat: Chat) -> None:
    session = Session()
    assert not ask(chat, session, "offline")[-1].busy
    assert "No model answers" in session.messages[-1]["content"]
    assert "Start one" in session.messages[-1]["content"]
    assert session.turns == []


def test_a_fault_of_the_program_is_not_spelled_out(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    session = Session()
    assert not ask(chat, session, "bug")[-1].busy
    assert "Something went wrong" in session.messages[-1]["content"]
    assert "secret" not in session.messages[-1]["content"]
    assert "secret detail" in caplog.text


def test_a_stopped_answer_says_so_and_is_no_turn(chat: Chat) -> None:
    session = Session()

    async def stop_early() -> None:
        updates = chat.ask(session, "What about the budget?", Filters())
        await anext(updates)
        await updates.aclose()

    asyncio.run(stop_early())
    assert chat.stop(session) == Update(busy=False)
    assert "Stopped" in session.messages[-1]["content"]
    assert session.turns == []


def test_a_conversation_is_taken_up_again(chat: Chat) -> None:
    before = Session()
    ask(chat, before, "What about the budget?")
    assert before.conversation
    after = Session()
    update = chat.restore(after, before.conversation)
    assert after == before
    assert update.panel
    assert 'id="q-answer1-1"' in update.panel["html"]
    assert chat.restore(after, "none such").panel
    assert (after.conversation, after.messages) == (None, [])


def test_sources_of_any_answer_can_be_shown_again(chat: Chat) -> None:
    ask(chat, Session(), "What about the budget?")
    assert 'id="q-answer1-1"' in chat.sources("answer1")["html"]
    assert "[1] The council met" in chat.copy("answer1")
    assert "not kept" in chat.sources("answer2")["html"]
    assert chat.copy("answer2") == ""


def test_filters_are_read_and_checked(chat: Chat, scripted: Scripted) -> None:
    known = scripted.archive.articles()[0].id
    filters = chat.filters(["The Wire"], " 2023-11-04", "", [known])
    assert filters == Filters(outlet=("The Wire",), since=filters.since, articles=(known,))
    assert str(filters.since) == "2023-11-04"
    assert not chat.filters([], "", " ", [])
    with pytest.raises(UsageError, match=r"From date: '4.11.2023' is not a date"):
        chat.filters([], "4.11.2023", "", [])
    with pytest.raises(UsageError, match="after"):
        chat.filters([], "2023-11-05", "2023-11-04", [])
    with pytest.raises(UnknownArticle):
        chat.filters([], "", "", ["none such"])
