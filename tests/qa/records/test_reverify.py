"""A saved answer, proved again: after nothing, a correction, a removal, and tampering."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from town import ALWAYS, ARTICLES, COST, HURT, TRUE, ScriptedModel, finished, says

from index import Archive
from qa import Answerer, Records, Verification, reverify


@dataclass
class Town:
    """An archive, its records, and one answer: two claims on one article, and a bare quote."""

    folder: Path
    archive: Archive
    records: Records
    answer_id: str

    def correct(self, **texts: str | None) -> None:
        """Give articles other texts; None removes one."""
        articles = [
            article | ({"text": texts[article["id"]]} if article["id"] in texts else {})
            for article in ARTICLES
            if texts.get(article["id"], "") is not None
        ]
        file = self.folder / "articles.jsonl"
        file.write_text("".join(json.dumps(article) + "\n" for article in articles))
        self.archive.sync([file], prune=True)

    def tamper(self, change: Callable[[dict[str, Any]], None], *, digest: bool = False) -> None:
        """Change the saved answer behind the program's back; ``digest`` is left in place."""
        with closing(sqlite3.connect(self.archive.home / "archive.sqlite")) as db, db:
            (text,) = db.execute(
                "SELECT answer FROM answers WHERE id = ?", (self.answer_id,)
            ).fetchone()
            answer = json.loads(text)
            change(answer)
            db.execute("UPDATE answers SET answer = ?", (json.dumps(answer),))
            if not digest:  # as of a record from before there were any
                db.execute("UPDATE answers SET digest = NULL")

    def verify(self) -> Verification:
        saved = self.records.saved(self.answer_id)
        assert saved is not None
        return reverify(saved, self.archive)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    home = tmp_path / "home"
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        town = Town(tmp_path, archive, records, "")
        town.correct()
        false = ("Tickets for the opera start at 35 euros.", "Tickets for the opera")
        model = ScriptedModel(says(HURT, TRUE, false))
        question = f"{COST} Do tickets for the opera cost as much?"
        answer = finished(list(Answerer(archive, records, model, ALWAYS).ask(question)))
        assert [claim.support for claim in answer.claims][:3] == [
            "supported",
            "supported",
            "quote_only",
        ]
        town.answer_id = answer.id
        yield town


HURT_QUOTE, COST_QUOTE, TICKETS_QUOTE = range(3)


def test_nothing_happened_and_everything_holds(town: Town) -> None:
    found = town.verify()
    assert found.holds
    assert found.saved.intact is True
    for check in found.quotes:
        assert (check.state, check.verdict, check.now) == ("unchanged", "exact", "exact")
        assert (check.start, check.end) == (check.quote.start, check.quote.end)
    assert [check.support for check in found.claims] == [
        check.claim.support for check in found.claims
    ]


def test_a_correction_elsewhere_in_the_article_is_said_and_takes_nothing_away(town: Town) -> None:
    town.correct(**{"bridge-a": f"Corrected.\n\n{ARTICLES[0]['text']}"})
    found = town.verify()
    assert found.holds
    moved = found.quotes[COST_QUOTE]
    assert (moved.state, moved.verdict, moved.now) == ("corrected", "exact", "exact")
    assert moved.start == moved.quote.start + len("Corrected.\n\n")
    assert (moved.corrected or "")[:10] == datetime.now(UTC).date().isoformat()
    assert "stands in it now" in moved.details[-1]
    assert found.quotes[TICKETS_QUOTE].state == "unchanged"


def test_a_corrected_quote_stood_in_the_text_of_then(town: Town) -> None:
    town.correct(**{"bridge-a": ARTICLES[0]["text"].replace("1.5 million", "1.8 million")})
    found = town.verify()
    assert not found.holds
    wrong = found.quotes[COST_QUOTE]
    assert (wrong.state, wrong.verdict, wrong.now) == ("corrected", "exact", "not_found")
    assert (wrong.start, wrong.end, wrong.holds) == (None, None, False)
    assert "stood in the text of then" in wrong.details[-1]
    assert found.quotes[HURT_QUOTE].holds, "the other quote of the same article stands"
    assert [check.holds for check in found.claims[:3]] == [True, False, True]
    assert found.claims[1].support == "supported", "it was borne out by the text of then"

    # With the text of then dropped, it can only be held against the article as it is.
    assert town.archive.drop_versions([]) == 0, "it may be quoted by an answer being written"
    assert town.archive.drop_versions([], replaced_before=datetime.now(UTC)) == 1
    dropped = town.verify().quotes[COST_QUOTE]
    assert (dropped.verdict, dropped.now, dropped.holds) == ("not_found", "not_found", False)
    assert dropped.quote.text_sha256 in dropped.details[-1]
    assert town.verify().quotes[HURT_QUOTE].holds


def test_an_article_that_is_gone_cannot_be_checked(town: Town) -> None:
    town.correct(**{"bridge-a": None})
    found = town.verify()
    assert not found.holds
    gone = found.quotes[COST_QUOTE]
    assert (gone.state, gone.verdict, gone.now, gone.holds) == ("gone", None, None, False)
    assert "cannot be checked" in gone.details[0]
    assert gone.quote.text_sha256 in gone.details[0]
    assert [check.support for check in found.claims[:3]] == [None, None, "quote_only"]
    assert [check.holds for check in found.claims[:3]] == [False, False, True]
    town.correct()
    assert town.verify().holds, "the same text is back"


def _quote(n: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["quotes"][n].update(changes)


def _claim(n: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["claims"][n].update(changes)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (_quote(COST_QUOTE, text=TRUE[0].replace("1.5", "1.6")), "not_found"),
        (
            _quote(COST_QUOTE, text="Repairs will cost 1.6 million euros and take 70 days."),
            "not_found",
        ),
        (
            _quote(COST_QUOTE, text="Fourteen people were hurt at the bridge"),
            "misattributed",
        ),
        (
            _quote(COST_QUOTE, text="Twelve people were hurt … Repairs will cost 1.5 million"),
            "stitched",
        ),
        (_quote(COST_QUOTE, start=0, end=12), "exact"),
        (_quote(COST_QUOTE, start=-12, end=-1), "exact"),
        (_quote(COST_QUOTE, text=""), "not_found"),
        (_quote(COST_QUOTE, article="opera"), "not_found"),
        (_quote(COST_QUOTE, outlet="Inland Gazette"), "exact"),
        (_quote(COST_QUOTE, published="2020-03-02"), "exact"),
    ],
)
def test_a_changed_quote_is_caught_whatever_was_changed(
    town: Town, change: Callable[[dict[str, Any]], None], verdict: str
) -> None:
    town.tamper(change)
    found = town.verify()
    assert found.saved.intact is None
    assert not found.holds
    check = found.quotes[COST_QUOTE]
    assert not check.holds
    if verdict != "not_found" or check.quote.article == "bridge-a":
        assert check.verdict == verdict
    assert (check.found_in == "bridge-b") == (verdict == "misattributed")
    assert not found.claims[1].holds
    assert found.claims[0].holds


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_claim(1, text="Repairs will cost 15 million euros."), "number"),
        (_claim(1, text="Repairs will not cost 1.5 million euros."), "negation"),
        (_claim(1, quotes=[TICKETS_QUOTE + 1]), "number"),
        (_claim(1, quotes=[9]), None),
        (_claim(1, quotes=[]), None),
        (_claim(1, support="quote_only"), None),
    ],
)
def test_a_changed_claim_is_caught(
    town: Town, change: Callable[[dict[str, Any]], None], kind: str | None
) -> None:
    town.tamper(change)
    found = town.verify()
    assert all(check.holds for check in found.quotes)
    check = found.claims[1]
    assert (check.holds, check.support) == (False, None)
    assert check.details
    assert kind is None or kind in {objection.kind for objection in check.objections}


OLD = "The “dead” port is old."
SAID = "She said that the storm had killed 12 people in the port of Marl on Tuesday."
STORM = {
    "Post": f"{OLD} Mayor Ada Berg came to Marl. {SAID}",
    "Gazette": "The storm killed 19 people in the port of Marl on Tuesday.",
}


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Town]:
    """An answer of two bare quotes that disagree; the first hides that Ada Berg speaks."""
    home, file = tmp_path / "home", tmp_path / "articles.jsonl"
    rows = [
        {"id": outlet, "outlet": outlet, "published": f"2024-03-0{day}", "text": text}
        for day, (outlet, text) in enumerate(STORM.items(), 5)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    with Archive.open(home) as archive, closing(Records.open(home)) as records:
        archive.sync([file])
        asked = "How many people did the storm kill in Marl?"
        answer = finished(list(Answerer(archive, records, None, ALWAYS).ask(asked)))
        assert [side["outlet"] for side in answer.disagreements[0]["sides"]] == ["Gazette", "Post"]
        town = Town(tmp_path, archive, records, answer.id)

        def only_sentences(answer: dict[str, Any]) -> None:
            """Quote the two sentences alone, in the order of the outlets above."""
            quotes = {quote["article"]: quote for quote in answer["quotes"]}
            answer["quotes"] = [quotes["Post"] | {"n": 1}, quotes["Gazette"] | {"n": 2}]
            answer["quotes"][0] |= {"speaker": "Ada Berg", "text": SAID}
            start, end = STORM["Post"].index(SAID), len(STORM["Post"])
            answer["quotes"][0] |= {"start": start, "end": end}
            answer["claims"] = [
                {"text": quote["text"], "quotes": [quote["n"]], "support": "quote_only"}
                for quote in answer["quotes"]
            ]
            for side, n in zip(answer["disagreements"][0]["sides"], (2, 1), strict=True):
                side["quotes"] = [n]

        town.tamper(only_sentences)
        found = town.verify()
        assert found.holds
        assert not any(check.details for check in found.disagreements)
        assert len(found.quotes[0].details) == 1
        yield town


def _side(n: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["disagreements"][0]["sides"][n].update(changes)


def _disagreement(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["disagreements"][0].update(changes)


def _whole(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update(changes)


@pytest.mark.parametrize(
    "change",
    [
        _quote(0, text=SAID.upper()),
        _quote(0, text=SAID.replace(" ", "\u00a0")),
        _quote(0, start=-len(SAID), end=len(STORM["Post"])),
        _quote(0, speaker="Vladimir Putin"),
        _quote(0, speaker="Marl"),
        lambda answer: answer["quotes"][0].update(n=2),
        _claim(0, text=SAID.upper()),
        _claim(0, quotes=[2, 1]),
        _side(0, value="made up"),
        _side(0, value=""),
        _side(0, value="19 PEOPLE"),
        _side(0, outlet="BBC"),
        _side(0, outlet=None),
        _side(0, published="2020-01-01"),
        _side(0, quotes=[1]),
        _side(0, quotes=[9]),
        _side(0, quotes=[]),
        _side(0, origins="nine"),
        _disagreement(about="the bombing of Marl"),
        _disagreement(sides=[]),
        lambda answer: answer["disagreements"][0]["sides"].pop(),
        _whole(disagreements=[{"about": "x"}]),
        _whole(status="not_found"),
        _whole(status="proved"),
        _whole(claims=[]),
    ],
)
def test_a_record_without_a_digest_is_not_taken_at_its_word(
    storm: Town, change: Callable[[dict[str, Any]], None]
) -> None:
    storm.tamper(change)
    found = storm.verify()
    assert found.saved.intact is None
    assert not found.holds
    told = (*found.quotes, *found.claims, *found.disagreements)
    assert found.details or any(check.details for check in told if not check.holds)
    assert json.loads(json.dumps(found.to_json()))["holds"] is False


@pytest.mark.parametrize(
    "change",
    [
        # No rule says who speaks here; an earlier one may have.
        lambda answer: answer["quotes"][0].update(text=OLD, start=0, end=len(OLD)),
        _side(0, origins=9),
    ],
)
def test_what_cannot_be_confirmed_is_said(
    storm: Town, change: Callable[[dict[str, Any]], None]
) -> None:
    storm.tamper(change)
    found = storm.verify()
    details = [d for check in (*found.quotes, *found.disagreements) for d in check.details]
    assert any("not confirmed" in detail for detail in details)
    assert all(quote.holds for quote in found.quotes)


@pytest.mark.parametrize("name", [None, "Berg"])
def test_a_speaker_may_have_been_unknown_or_named_in_a_shorter_form(
    storm: Town, name: str | None
) -> None:
    storm.tamper(_quote(0, speaker=name))
    assert storm.verify().holds


def test_any_other_change_is_caught_by_the_digest(town: Town) -> None:
    town.tamper(lambda answer: answer.update(model="another"), digest=True)
    found = town.verify()
    assert found.saved.intact is False
    assert not found.holds
    assert all(check.holds for check in (*found.quotes, *found.claims))


def test_what_a_quote_did_not_name_may_become_known(town: Town, tmp_path: Path) -> None:
    opera = town.verify().quotes[TICKETS_QUOTE]
    assert opera.quote.outlet is None
    file = tmp_path / "articles.jsonl"
    file.write_text(file.read_text().replace('{"id": "opera"', '{"outlet": "Post", "id": "opera"'))
    town.archive.sync([file])
    assert town.archive.article("opera").outlet == "Post"
    assert town.verify().holds
