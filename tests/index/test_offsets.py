"""From a file's text to the passages, over all data there is: everything is a slice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index._article import Article
from index._cleaning.clean import clean
from index._passages import build_passages
from index._sentences import split_sentences

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"


def check(raw: str) -> None:
    cleaned = clean(raw)
    text = cleaned.text
    # The frozen text, place by place, is the raw one.
    length = position = 0
    for segment in cleaned.segments:
        assert segment.start == length
        assert segment.raw_start >= position
        length += segment.length
        position = segment.raw_start + segment.length
        assert text[segment.start : length] == raw[segment.raw_start : position]
    assert length == len(text)
    for line in cleaned.removed:
        assert raw[line.raw_start : line.raw_end].strip()
        assert all(
            s.raw_start + s.length <= line.raw_start or line.raw_end <= s.raw_start
            for s in cleaned.segments
        )
    assert clean(text).text == text

    sentences = split_sentences(text, "a")
    position = 0
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert not text[position : sentence.start].strip()
        assert position <= sentence.start < sentence.end
        position = sentence.end
    assert not text[position:].strip()

    passages = build_passages(Article("a", "a.txt", text), sentences)
    covered = [n for p in passages for n in range(p.first_sentence, p.last_sentence + 1)]
    assert covered == list(range(len(sentences)))
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.start == sentences[passage.first_sentence].start
        assert passage.end == sentences[passage.last_sentence].end


def _jsonl(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)


def _texts(name: str) -> Iterator[str]:
    if name == "seeds":
        for path in sorted((ROOT / "seeds").glob("*.txt")):
            yield path.read_bytes().decode("utf-8")
    elif name == "article-extraction":
        truth = json.loads((SHARED / name / "ground-truth.json").read_text("utf-8"))
        yield from (page["articleBody"] for page in truth.values())
    elif name == "ramdocs":
        for record in _jsonl(SHARED / name / "questions.jsonl"):
            yield from (d["text"] for d in record["documents"])  # type: ignore[attr-defined]
    else:
        file, key = ("questions", "context") if name == "squad2" else ("articles", "text")
        for record in _jsonl(SHARED / name / f"{file}.jsonl"):
            yield str(record[key])


@pytest.mark.parametrize(
    ("name", "fewest"),
    [
        ("seeds", 5),
        ("wikinews", 40),
        ("article-extraction", 80),
        ("squad2", 200),
        ("ramdocs", 1000),
        ("multihop-rag", 300),
    ],
)
def test_real_texts(name: str, fewest: int) -> None:
    if name != "seeds" and not SHARED.exists():
        pytest.skip("the shared test data is not here")
    texts = list(_texts(name))

    for text in texts:
        check(text)
    # The same paragraphs again: every copy has a place of its own.
    for text in texts[::20]:
        check(f"{text}\n\n{text}\n{text}")
    assert len(texts) >= fewest


_SENTENCES = st.sampled_from(
    [
        "The council met on Tuesday evening to decide on the future of the harbour.",
        "“No,” she said.",
        "It did not reach a decision, three people in the room told reporters on Monday.",
        "He moved to the U.S. in 1998.",
        "東京で会議が開かれた。",
        "word " * 130 + "end.",
    ]
)
_LINES = st.one_of(
    st.lists(_SENTENCES, min_size=1, max_size=4).map(" ".join),
    st.sampled_from(
        [
            "Related Articles",
            "Share",
            "Facebook",
            "Twitter",
            "Read more here:",
            "Leave a Reply",
            "#one #two",
            "Tags: harbour",
            "Harbour",
            "Pop Star Announces Surprise Tour of Southern Europe",
            "Photo: Jane Roe / Reuters",
            "3 hours ago",
            "Rovers 12 9 28",
            "———",
            "",
            " \t",
            "\u2028",
            "a\u0085b",
            "🏳️\u200d🌈 é",
        ]
    ),
)


@given(st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\n\n", "\r\n", " \n"])), max_size=25))
@settings(max_examples=200)
def test_any_text_of_repeated_sentences_and_furniture(lines: list[tuple[str, str]]) -> None:
    check("".join(line + end for line, end in lines))
