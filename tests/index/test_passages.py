import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index._article import Article, Passage, Sentence
from index._passages import MAX_WORDS, TARGET_WORDS, build_passages
from index._sentences import split_sentences

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"

# Few kinds of lines, so that whole paragraphs and whole passages repeat.
LINES = st.sampled_from(
    [
        "A Heading Without a Stop",
        "The minister said no. Then she left.",
        "One. Two! Three?",
        "word " * 60 + "end.",
        "so " * 180 + "end.",
        "“Ça va,” he said – 東京 🌍.",
        "",
    ]
)


def _cut(text: str, article_id: str = "a") -> tuple[Article, list[Sentence], list[Passage]]:
    article = Article(article_id, "a.txt", text)
    sentences = split_sentences(text, article_id)
    return article, sentences, build_passages(article, sentences)


def check_cover(article: Article, sentences: Sequence[Sentence], passages: list[Passage]) -> None:
    """Every sentence is in exactly one passage, and all slices are what they say."""
    covered = [n for p in passages for n in range(p.first_sentence, p.last_sentence + 1)]
    assert covered == [s.ordinal for s in sentences]
    assert [p.ordinal for p in passages] == list(range(len(passages)))
    for passage in passages:
        first, last = sentences[passage.first_sentence], sentences[passage.last_sentence]
        assert (passage.start, passage.end) == (first.start, last.end)
        assert article.text[passage.start : passage.end] == passage.text
        words = len(passage.text.split())
        assert words <= MAX_WORDS or _one_unit(sentences, passage)


def _one_unit(sentences: Sequence[Sentence], passage: Passage) -> bool:
    """One sentence with its headings before it: as small as it gets."""
    inside = sentences[passage.first_sentence : passage.last_sentence + 1]
    return all(s.kind == "heading" for s in inside[:-1])


@given(st.lists(LINES, max_size=40), st.sampled_from(["\n", "\n\n"]))
def test_every_sentence_once_also_where_text_repeats(lines: list[str], separator: str) -> None:
    article, sentences, passages = _cut(separator.join(lines).strip())

    check_cover(article, sentences, passages)
    for passage in passages[:-1]:
        if sentences[passage.last_sentence].kind == "heading":
            inside = sentences[passage.first_sentence : passage.last_sentence + 1]
            assert all(s.kind == "heading" for s in inside)


def test_repeated_paragraphs_get_offsets_of_their_own() -> None:
    paragraph = "The council met on Monday. It voted for the budget. " + "word " * 80 + "end."
    text = "\n\n".join([paragraph] * 6)

    _, _, passages = _cut(text)

    assert [p.text for p in passages] == [paragraph] * 6
    assert [p.start for p in passages] == [n * (len(paragraph) + 2) for n in range(6)]


def test_a_heading_opens_a_passage() -> None:
    before = "word " * (TARGET_WORDS // 2) + "end."
    text = f"{before}\n\nWhat Comes Next\n\nThe rest follows here."

    _, sentences, passages = _cut(text)

    assert sentences[1].kind == "heading"
    assert [p.text for p in passages] == [before, "What Comes Next\n\nThe rest follows here."]


def test_no_sentences_no_passages() -> None:
    assert build_passages(Article("a", "a.txt", ""), []) == []


def _real_texts() -> list[str]:
    texts = [path.read_text() for path in sorted((ROOT / "seeds").glob("*.txt"))]
    files = [ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"]
    files.append(SHARED / "multihop-rag" / "articles.jsonl")
    for file in files:
        if file.exists():
            lines = file.read_text().split("\n")
            texts += [json.loads(line)["text"] for line in lines if line]
    return texts


def test_real_articles() -> None:
    sizes = []
    for text in _real_texts():
        article, sentences, passages = _cut(text.strip())
        check_cover(article, sentences, passages)
        sizes += [len(p.text.split()) for p in passages]

    assert len(sizes) > 250
    # Neither one sentence each nor the whole article: about what the embedding model reads well.
    assert 50 <= sorted(sizes)[len(sizes) // 2] <= 110


@pytest.mark.skipif(not SHARED.exists(), reason="the shared test data is not here")
def test_articles_with_transcripts_and_lists() -> None:
    data = json.loads((SHARED / "article-extraction" / "ground-truth.json").read_text())
    texts = [entry["articleBody"] for entry in data.values()]
    for text in texts:
        check_cover(*_cut(text.strip()))
    assert len(texts) > 50
