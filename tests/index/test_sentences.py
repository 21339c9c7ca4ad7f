import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index._article import Sentence
from index._sentences import MAX_SENTENCE, split_sentences

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"

# Each row is a line of text, written as the sentences it should be cut into.
CASES = [
    # titles and ranks
    ["Gen. Mark Milley spoke.", "He left."],
    ["Lt. Gen. Ben Hodges said the U.S. Army was ready.", "It was not."],
    ["Lt. Col. Alexander Vindman testified on Tuesday."],
    ["Sgt. Maj. Dan Dailey and Maj. Gen. Smith agreed.", "Adm. Jones did not."],
    ["Sen. Mitch McConnell, R-Ky., objected.", "Rep. Nancy Pelosi, D-Calif., did not."],
    ["A threat to Rep. Ilhan Omar (D-Minn.), the U.S. Attorney said, was real.", "He paid."],
    ["Gov. Kathy Hochul signed it at 5 p.m.", "She smiled."],
    ["Mr. and Mrs. Smith came.", "Dr. Jones did not."],
    ["Ms. Clinton, of N.Y., won.", "The Rev. Al Sharpton agreed."],
    ["J. K. Rowling and George R.R. Martin met.", "They talked."],
    # companies
    ["Yahoo! Inc. said on Monday it would buy Tumblr for $1.1 billion.", "Shares rose."],
    ["Yahoo! bought it in 2013.", "It sold it in 2017."],
    ["Apple Inc. reported record sales.", "Analysts cheered."],
    ["He works for Alphabet Inc., Google’s parent.", "She works for Meta Platforms Inc."],
    ["The company is Apple Inc.", "The firm grew."],
    ["Samuel Charap, of the RAND Corp., highlighted it.", "He did."],
    # times and dates
    ["The blast happened at 9 a.m.", "Police arrived within minutes."],
    ["Polls close at 8 p.m.", "The count begins at once."],
    ["At 9 p.m. Trump spoke to the nation.", "It was late."],
    ["The game starts at 7 p.m. Eastern time on ESPN."],
    ["Markets open at 9:30 a.m. New York time.", "They close at 4 p.m."],
    ["The hearing is at 10 a.m. Tuesday in Washington.", "It is open."],
    ["It ended at 7 p.m. EST.", "Trump left."],
    ["It happened in Nov. 2019.", "It was cold."],
    ["He was born Feb. 3, 1950, in Ft. Worth, Texas.", "He died there."],
    # countries and institutions
    ["He moved to the U.S.", "He never went back."],
    ["He moved to the U.S. in 1998.", "He stayed."],
    ["The arms came from the U.S.", "On Monday they were used."],
    ["U.S. Senator John Cornyn and U.S. Secretary of State Antony Blinken met.", "Both left."],
    ["The U.S. Supreme Court ruled on Jan. 6.", "The case is Smith v. Jones."],
    ["Officials in Washington, D.C. said so.", "They declined to say more."],
    ["The U.N. Security Council met.", "China abstained."],
    ["Was it the U.K.?", "Was it France?"],
    # quotations
    ["“We lost.”", "He shrugged."],
    ["“It's over,” he said.", "“We lost.”"],
    ["“Is it true?” he asked.", "Nobody answered."],
    ['"Stop!" she cried.', "He did not stop."],
    ["“He’s a liar!” Trump wrote.", "“Sad!”"],
    ["Who wins? asked Mr. Lee.", "I do."],
    ["He said: “We will win.", "We always do.”", "Then he left."],
    ["“I don’t know...”", "She paused.", "“Maybe.”"],
    # words that the shipped model takes for abbreviations
    ["The court raised the tax.", "Ukraine protested."],
    ["The driver was drunk.", "Police said so."],
    ["She wrote an op-ed.", "Trump read it."],
    ["He fell ill.", "Moscow denied it."],
    ["He lives in Springfield, Ill. (population 114,000).", "She lives there too."],
    # numbers, brackets, ellipses, addresses
    ["The price fell 3.5 percent to $12.40.", "It had been $13."],
    ["No. 2 seed Duke beat No. 15 seed Vermont.", "It was close."],
    ["The vote was 5-4.", "1,200 people watched."],
    ["The report (published Oct. 3) was damning.", "It named names."],
    ["The ministry said so (it denied it later).", "(Reuters reported both.)"],
    ["He waited … and waited.", "Nothing came."],
    ["Visit www.example.com for more.", "It is free."],
    ["The plan — if it is one — failed.", "Why?", "Nobody knows!"],
    ["The mill was built in 1840.[4]", "It burnt down in 1901."],
    # other scripts
    ["「だめだ。」", "彼は去った。"],
    ["هل هذا صحيح؟", "نعم."],
]


def _spans(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text, "a")]


@pytest.mark.parametrize("sentences", CASES, ids=lambda sentences: sentences[0][:40])
def test_news_sentences(sentences: list[str]) -> None:
    joint = "" if ord(sentences[0][0]) > 0x3000 else " "

    assert _spans(joint.join(sentences)) == sentences


def _check(text: str, sentences: list[Sentence]) -> None:
    """The contract, for any text."""
    position = 0
    for ordinal, sentence in enumerate(sentences):
        assert sentence.ordinal == ordinal
        assert sentence.text == text[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip() != ""
        assert len(sentence.text.splitlines()) == 1
        assert len(sentence.text) <= MAX_SENTENCE
        # In order, without overlap, and only white space between them: nothing is lost.
        assert text[position : sentence.start].strip() == ""
        assert sentence.start >= position
        position = sentence.end
    assert text[position:].strip() == ""


_PIECES = st.sampled_from(
    ["Lt. Gen. Smith", "the U.S.", "at 9 a.m.", "Yahoo! Inc.", "No. 2", "e.g.", "1.", "“No!”",
     "he said", "?", ".", ". . .", "…", "。", "だ", "[4]", "(", ")", '"', "’", "#x", "@y", "é",
     "e\u0301", "🏳️\u200d🌈", "\u200b", "\ufffd", "\n", "\n\n", "\r\n", " ", "\u2028", "\x85",
     "\xa0", "Title Here", "word " * 150]
)  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.text(max_size=8))).map("".join))
def test_every_character_is_in_exactly_one_sentence(text: str) -> None:
    _check(text, split_sentences(text, "a"))


@given(st.lists(_PIECES, max_size=12).map(" ".join))
@settings(max_examples=50)
def test_repeated_text_gets_its_own_places(text: str) -> None:
    doubled = f"{text}\n{text}"
    sentences = split_sentences(doubled, "a")

    _check(doubled, sentences)
    assert len({sentence.start for sentence in sentences}) == len(sentences)


def _texts() -> Iterator[str]:
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        yield path.read_text("utf-8")
    for name, key in (("wikinews", "text"), ("multihop-rag", "text")):
        for line in (SHARED / name / "articles.jsonl").read_text("utf-8").split("\n"):
            if line:
                yield json.loads(line)[key]
    truth = json.loads((SHARED / "article-extraction/ground-truth.json").read_text("utf-8"))
    yield from (page["articleBody"] for page in truth.values())
    for line in (SHARED / "ramdocs/questions.jsonl").read_text("utf-8").split("\n"):
        if line:
            yield from (document["text"] for document in json.loads(line)["documents"])
    for line in (SHARED / "squad2/questions.jsonl").read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)["context"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared test data is not here")
def test_contract_holds_on_real_texts() -> None:
    texts = 0
    for text in _texts():
        _check(text, split_sentences(text, "a"))
        texts += 1

    assert texts > 2000


def test_seed_sub_headings_are_headings_and_nothing_else_is() -> None:
    text = (ROOT / "seeds/004_39f61cec4ff93c02.txt").read_text("utf-8")
    lines = text.split("\n")
    # In this text a sub-heading is the line that a blank line follows.
    expected = [line for line, below in pairwise(lines) if line and not below]
    expected.pop()  # the link below the last section

    headings = [s.text for s in split_sentences(text, "a") if s.kind == "heading"]

    assert len(headings) == 20
    assert headings == expected


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("Talks Resume in Geneva\nThey met. They talked.", ["Talks Resume in Geneva"]),
        ("They met.\nKylie Atwood and Jennifer Hansler contributed to this report\nMore.", []),
        ("They met.\nBy Jane Roe\nThey talked.", []),
        ("They met.\nWhat they said:\nNothing.", []),
        ("They met.\niPhone sales\nThey talked.", []),
        ("They met.\nA last line without a full stop", []),
        ("Only a line", []),
        ("It sold:\nAnime\nDisney\nSuperheroes\nThat was all.", []),
        ("Fair in Town\nDisplays of Charity\nCosplay\nIt was full.", ["Fair in Town", "Displays of "
         "Charity", "Cosplay"]),
        ("They met.\nWe won pic.twitter.com/s96jjh8AlD\nThey talked.", []),
        ("They met.\n___\n70-44\nThey talked.", []),
    ],
)  # fmt: skip
def test_headings(text: str, headings: list[str]) -> None:
    found = [s.text for s in split_sentences(text, "a") if s.kind == "heading"]

    assert found == headings


def test_long_sentences_are_cut_after_a_clause_if_there_is_one() -> None:
    clause = "word " * 60 + "end"
    sentences = _spans(f"{clause}; {clause}, {clause}.")

    assert sentences == [f"{clause};", f"{clause},", f"{clause}."]


def test_a_long_line_is_cut_like_its_sentences_alone() -> None:
    sentences = [f"Mr. Smith said {n} times that the U.S. was ready." for n in range(2000)]

    assert _spans(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    "text",
    [
        "word " * 400_000,
        "a" * 2_000_000,
        "." * 2_000_000,
        ". " * 100_000,
        "a.)" * 60_000,
        "“" * 200_000,
        "He said so. " * 20_000,
        "At 9 a.m. Police " * 12_000,
        "だ" * 200_000,
        "Line\n" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_time_grows_with_length_only(text: str) -> None:
    started = time.perf_counter()
    sentences = split_sentences(text, "a")
    elapsed = time.perf_counter() - started

    _check(text, sentences)
    assert elapsed < 30  # about a second; hours, if anything were quadratic
