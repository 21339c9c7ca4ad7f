"""A conversation on the page, without the page."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index import Archive, ArchiveError, Article, EndpointError, Filters, UnknownArticle, UsageError
from qa import (
    Answer,
    Claim,
    ClaimDone,
    ClaimStarted,
    Event,
    EvidenceFound,
    Finished,
    Item,
    NearestArticle,
    Quote,
    Records,
    SearchResult,
)
from ui._chat import Chat, Session, Update
from ui._markdown import Draft

SENTENCE = "The council met on Friday and raised the budget by 4 percent."


OUTLET = Item("outlet:The Wire", "The Wire")
DAY = Item("published:2023-11-04/2023-11-04", "published 4 Nov 2023")
TODAY = date(2023, 11, 6)


class Scripted:
    """Answers with the first sentence of an article; some questions go wrong.

    It understands the same outlet and day of every question.
    """

    name = "scripted"

    def __init__(self, archive: Archive, records: Records) -> None:
        self.archive, self.records = archive, records
        self.asked: list[dict[str, Any]] = []

    def ask(self, question: str, **options: Any) -> Iterator[Event]:
        self.asked.append(options | {"question": question})
        if question == "long":
            raise UsageError("The question is too long.", "Shorten it.")
        article = self.archive.articles()[0]
        number = len(self.asked)
        quote = _quote(article)
        kept = tuple(item for item in (OUTLET, DAY) if item.key not in options["without"])
        removed = tuple(item for item in (OUTLET, DAY) if item not in kept)
        understood = Understanding(question, kept, removed)
        yield EvidenceFound(
            f"answer{number}",
            (quote,),
            {"articles": 1, "passages": 1},
            found=SearchResult((), understood),  # type: ignore[arg-type]
        )
        if question == "offline":
            raise EndpointError("No model answers.", "Start one.")
        if question == "bug":
            raise ZeroDivisionError("secret detail")
        claim = Claim("The budget grew.", (1,), "supported")
        yield ClaimStarted(0)
        yield ClaimDone(0, claim, (quote,))
        answer = Answer(
            f"answer{number}",
            question,
            "answered",
            "The budget grew.[1]",
            (claim,),
            (quote,),
            searched_for="the budget",
        )
        trace = {
            "understood": [asdict(item) for item in kept],
            "removed": [asdict(item) for item in removed],
            "without": options["without"],
            "filters": asdict(options["filters"]),
        }
        if not options["keep"]():
            return
        self.records.save(answer, conversation=options["conversation"], trace=trace)
        yield Finished(answer)


@dataclass(frozen=True)
class Understanding:
    """What of ``qa.Understood`` is shown."""

    question: str
    items: tuple[Item, ...]
    removed: tuple[Item, ...]


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
    return Chat(scripted, scripted.archive, scripted.records, lambda: TODAY)  # type: ignore[arg-type]


def ask(
    chat: Chat, session: Session, question: str, filters: Filters | None = None
) -> list[Update]:
    return collected(chat.ask(session, question, filters or Filters()))


def ask_with_less(chat: Chat, session: Session, answer_id: str, limit: str) -> list[Update]:
    return collected(chat.ask_with_less(session, answer_id, limit))


def collected(updates: AsyncIterator[Update]) -> list[Update]:
    async def collect() -> list[Update]:
        return [update async for update in updates]

    return asyncio.run(collect())


def told(session: Session, message: int = -1) -> str:
    """What a message says, and the buttons in it, as text."""
    return html.unescape(re.sub(r"</?(?!button)\w[^>]*>", "", session.messages[message]["content"]))


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
    (turn,) = scripted.asked[1]["history"]
    assert (turn.question, turn.searched_for) == ("What about the budget?", "the budget")
    assert scripted.asked[0]["conversation"] == scripted.asked[1]["conversation"]


def test_relative_days_are_taken_from_today(chat: Chat, scripted: Scripted) -> None:
    ask(chat, Session(), "What happened yesterday?")
    assert scripted.asked[0]["now"] == TODAY


def test_what_was_understood_can_be_taken_back_one_by_one(chat: Chat, scripted: Scripted) -> None:
    session = Session()
    ask(chat, session, "What did the Wire say?")
    ask(chat, session, "And then?")
    assert '<button class="pq-less" id="less-answer1-0">' in told(session, 1)
    assert "Ask again without outlet: The Wire" in told(session, 1)
    assert "Ask again without published 4 Nov 2023" in told(session, 1)

    updates = ask_with_less(chat, session, "answer1", "0")
    assert [update.question for update in updates] == [None] * len(updates), "the box is left alone"
    again = scripted.asked[2]
    assert (again["question"], again["without"]) == ("What did the Wire say?", (OUTLET.key,))
    assert again["history"] == (), "it is asked where it was asked first"
    assert (
        told(session, -2)
        == "What did the Wire say?\n\n\n\nAsked again without outlet: The Wire\n\n"
    )
    assert "Ask again without outlet" not in told(session)
    assert 'id="less-answer3-0"' in told(session)

    ask_with_less(chat, session, "answer3", "0")
    assert scripted.asked[3]["without"] == (OUTLET.key, DAY.key)
    assert "without outlet: The Wire; published 4 Nov 2023" in told(session, -2)
    assert "pq-less" not in session.messages[-1]["content"]
    assert len(session.messages) == 8, "nothing that was shown is gone"
    ask(chat, session, "And now?")
    assert len(scripted.asked[4]["history"]) == 4
    assert scripted.asked[4]["without"] == ()


def test_filters_are_taken_back_alone_or_all(chat: Chat, scripted: Scripted) -> None:
    session = Session()
    since, until = date(2023, 11, 1), date(2023, 11, 15)
    filters = Filters(("The Wire",), since, until, (scripted.archive.articles()[0].id,))
    ask(chat, session, "What happened?", filters)
    for text in ("outlet: The Wire", "since 2023-11-01", "until 2023-11-15", "1 chosen article"):
        assert f"Ask again without {text}</button>" in told(session)
    ask_with_less(chat, session, "answer1", "1")
    assert scripted.asked[1]["filters"] == replace(filters, since=None)
    left = chat.filters_left(session, "answer1", "1")
    assert left == scripted.asked[1]["filters"], "the boxes follow"
    assert chat.filters_left(session, "answer1", "4") is None, "an outlet of the question's own"
    assert chat.filters_left(Session(), "answer1", "1") is None
    ask_with_less(chat, session, "answer2", "filters")
    assert scripted.asked[2]["filters"] == Filters()
    assert "since 2023-11-01; outlet: The Wire; until 2023-11-15" in told(session, -2)


def test_only_questions_of_this_conversation_are_asked_again(
    chat: Chat, scripted: Scripted
) -> None:
    one, other = Session(), Session()
    ask(chat, one, "Mine?")
    for session, answer_id, limit in ((other, "answer1", "0"), (one, "answer9", "0")):
        (update,) = ask_with_less(chat, session, answer_id, limit)
        assert "Type it instead" in update.hint
    assert len(scripted.asked) == 1
    assert other.messages == []
    one.draft = Draft()
    (update,) = ask_with_less(chat, one, "answer1", "0")
    assert (update.busy, len(scripted.asked)) == (True, 1), "one answer at a time"


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


@pytest.mark.parametrize("late", [False, True])
def test_a_stopped_answer_is_kept_only_if_it_says_so(scripted: Scripted, late: bool) -> None:
    """It is stopped behind its last claim, before it is about to be saved or just then."""
    reached, go_on = threading.Event(), threading.Event()

    class Slow(Scripted):
        def ask(self, question: str, **options: Any) -> Iterator[Event]:
            def keep() -> bool:
                kept = late and options["keep"]()
                reached.set()
                assert go_on.wait(10)
                return kept or options["keep"]()

            return super().ask(question, **options | {"keep": keep})

    records, session = scripted.records, Session()
    chat = Chat(Slow(scripted.archive, records), scripted.archive, records)  # type: ignore[arg-type]

    async def stop() -> None:
        updates = chat.ask(session, "What about the budget?", Filters())
        while not (session.draft and session.draft.cited):
            await anext(updates)
        assert await asyncio.to_thread(reached.wait, 10)
        chat.stop(session)
        go_on.set()
        await updates.aclose()

    asyncio.run(stop())
    for thread in threading.enumerate():
        if thread.name == "pullquote-ask":
            thread.join(10)
    assert ("not kept" in told(session)) == (not late)
    assert ("all of it is kept" in told(session)) == late == bool(records.recent(2))


def test_a_conversation_is_taken_up_again(chat: Chat) -> None:
    before = Session()
    ask(chat, before, "What about the budget?")
    ask_with_less(chat, before, "answer1", "1")
    assert before.conversation
    after = Session()
    update = chat.restore(after, before.conversation)
    assert after == before
    assert update.panel
    assert 'id="q-answer2-1"' in update.panel["html"]
    assert chat.restore(after, "none such").panel
    assert (after.conversation, after.messages) == (None, [])


def test_sources_of_any_answer_can_be_shown_again(chat: Chat) -> None:
    ask(chat, Session(), "What about the budget?")
    assert 'id="q-answer1-1"' in chat.sources("answer1")["html"]
    assert "[1] The council met" in chat.copy("answer1")
    assert "not kept" in chat.sources("answer2")["html"]
    assert chat.copy("answer2") == ""


def test_an_article_that_a_refusal_names_can_be_read(chat: Chat, scripted: Scripted) -> None:
    known = scripted.archive.articles()[0]
    near = NearestArticle(known.id, known.source, None, None, None)
    gone = replace(near, article="gone")
    refusal = Answer("refusal", "Who?", "not_found", "", nearest=(near, gone))
    scripted.records.save(refusal)
    shown = chat.nearest("refusal", 1)["html"]
    assert "Nobody objected to it." in shown
    assert "<mark" not in shown
    assert "no longer in the archive" in chat.nearest("refusal", 2)["html"]
    for answer_id, number in (("refusal", 0), ("refusal", 3), ("refusal", -1), ("none such", 1)):
        assert "cannot be shown" in chat.nearest(answer_id, number)["html"]


def test_a_chat_is_saved_whole_and_alone(chat: Chat) -> None:
    one, other = Session(), Session()
    assert chat.saved(one, "md")["name"] == ""
    assert "no finished answer" in chat.saved(one, "md")["said"]
    ask(chat, one, "Mine?")
    ask_with_less(chat, one, "answer1", "0")
    ask(chat, other, "Theirs?")
    for form, kind in (
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("json", "application/json"),
    ):
        file = chat.saved(one, form)
        assert file["name"] == f"pullquote-2023-11-06.{form}"
        assert file["type"].startswith(kind)
        assert file["said"] == "2 answers saved."
        assert file["text"].count("Mine?") == 2
        assert "Theirs?" not in file["text"]
        assert SENTENCE in file["text"]
    assert "Asked without: The Wire." in chat.saved(one, "md")["text"]
    assert chat.saved(one, "../../x")["name"].endswith(".md")


def test_a_chat_is_saved_without_an_answer_that_cannot_be_read(
    chat: Chat, scripted: Scripted
) -> None:
    session = Session()
    ask(chat, session, "Mine?")
    ask(chat, session, "Torn?")
    with closing(sqlite3.connect(scripted.archive.home / "archive.sqlite")) as db, db:
        db.execute("UPDATE answers SET answer = '{' WHERE question = 'Torn?'")
    file = chat.saved(session, "md")
    assert "Mine?" in file["text"]
    assert file["said"].startswith("1 answer saved. The record of answer")
    with closing(sqlite3.connect(scripted.archive.home / "archive.sqlite")) as db, db:
        db.execute("UPDATE answers SET answer = '{'")
    with pytest.raises(ArchiveError, match="cannot be read"):
        chat.saved(session, "md")


def test_filters_are_read_and_checked(chat: Chat, scripted: Scripted, tmp_path: Path) -> None:
    articles = tmp_path / "wire.jsonl"
    articles.write_text('{"id": "wire", "outlet": "The Wire", "text": "It rained on Sunday."}\n')
    scripted.archive.sync([articles])
    known = scripted.archive.articles()[0].id
    filters = chat.filters(["the wire"], " 2023-11-04", "", [known])
    assert filters == Filters(("the wire",), date(2023, 11, 4), articles=(known,))
    assert not chat.filters([], "", " ", [])
    for outlets, since, until, said in (
        ([], "4.11.2023", "", r"From date '4.11.2023' is not a date"),
        ([], "", "2023-02-30", r"Until date '2023-02-30' is not a date"),
        ([], "2023-11-05", "2023-11-04", r"From date 2023-11-05 is after Until date 2023-11-04"),
        (["The Wirre"], "", "", r"No article is from an outlet called 'The Wirre'.*The Wire"),
        (["Qqq"], "", "", "Choose one of the list"),
    ):
        with pytest.raises(UsageError) as caught:
            chat.filters(outlets, since, until, [])
        assert re.search(said, str(caught.value))
    with pytest.raises(UnknownArticle):
        chat.filters([], "", "", ["none such"])
