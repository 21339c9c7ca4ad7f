"""Passages: consecutive sentences of an article, the unit that is indexed and retrieved.

The arithmetic is ours because the library's splitters look each chunk up in the text again
and land on an earlier copy where a passage repeats; here offsets are carried, never searched.
"""

from __future__ import annotations

from collections.abc import Sequence

from index._article import Article, Passage, Sentence

# About 130 word pieces with the title: well inside the 256 that the embedding model was
# trained on, and short enough that one passage is about one thing.
TARGET_WORDS = 90
MAX_WORDS = 130


def build_passages(article: Article, sentences: Sequence[Sentence]) -> list[Passage]:
    """Group the sentences of an article into passages.

    Every sentence is in exactly one passage. A passage ends before the sentence that would
    take it past ``MAX_WORDS``, at a paragraph end once it has ``TARGET_WORDS``, and before a
    heading once it has half of that. A heading is never left alone at a passage's end.
    """
    passages: list[Passage] = []
    group: list[Sentence] = []
    words = 0

    def close() -> None:
        nonlocal group, words
        carried: list[Sentence] = []
        while len(group) > 1 and group[-1].kind == "heading":
            carried.insert(0, group.pop())
        if all(sentence.kind == "heading" for sentence in group) and carried:
            group, carried = group + carried, []
        passages.append(_passage(article, len(passages), group))
        group = carried
        words = sum(_words(sentence) for sentence in carried)

    for sentence in sentences:
        size = _words(sentence)
        if group:
            paragraph_ends = "\n" in article.text[group[-1].end : sentence.start]
            if (
                words + size > MAX_WORDS
                or (paragraph_ends and words >= TARGET_WORDS)
                or (sentence.kind == "heading" and words >= TARGET_WORDS // 2)
            ):
                close()
        group.append(sentence)
        words += size
    if group:
        passages.append(_passage(article, len(passages), group))
    return passages


def _words(sentence: Sentence) -> int:
    return len(sentence.text.split())


def _passage(article: Article, ordinal: int, group: Sequence[Sentence]) -> Passage:
    start, end = group[0].start, group[-1].end
    return Passage(
        article_id=article.id,
        ordinal=ordinal,
        start=start,
        end=end,
        text=article.text[start:end],
        first_sentence=group[0].ordinal,
        last_sentence=group[-1].ordinal,
    )
