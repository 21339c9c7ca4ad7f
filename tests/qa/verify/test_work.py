"""What the checks cost: work in proportion to an article, whatever stands in it."""

from __future__ import annotations

import re
from typing import Any, SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa._verify.attribution import hidden_speaker
from qa._verify.quotes import find_quoted_strings, locate

CLOSERS = {"“": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "‘": "’", "'": "'"}


def quotations(text: str) -> list[tuple[int, int]]:
    """``find_quoted_strings`` as its docstring says it, looking through the rest at every mark."""
    found, at = [], 0
    while at < len(text):
        end = closing(text, at)
        if end is not None:
            if re.search(r"[^\W_]", text[at + 1 : end]):
                found.append((at + 1, end))
            at = end
        at += 1
    return found


def closing(text: str, at: int) -> int | None:
    mark, after = text[at], text[at + 1 : at + 2]
    if mark not in CLOSERS:
        return None
    starts_word = not text[at - 1 : at].isalnum() and after.strip() != ""
    if mark not in "“„«" and not starts_word:
        return None
    if mark in "‘'" and re.match(
        r"\d0s\b|(?:em|tis|twas|til|n|cause|bout)\b", text[at + 1 :], re.I
    ):
        return None
    depth, line = 1, text[at + 1 :].split("\n", maxsplit=1)[0]
    for n, character in enumerate(line, at + 1):
        if mark in "‘'":
            apostrophe = text[n + 1 : n + 2].isalnum() or text[n - 1].isspace()
            depth -= character == CLOSERS[mark] and not apostrophe
        elif character == mark != '"':
            depth += 1
        else:
            depth -= character in CLOSERS[mark]
        if not depth:
            return n
    return None if mark in "‘'" else at + 1 + len(line)


@given(st.text("“”„«»\"‘’'ab90s \n.,", max_size=60))
def test_quotations_are_those_that_looking_at_every_mark_finds(text: str) -> None:
    assert find_quoted_strings(text) == quotations(text)


class Counted(str):
    """A text that counts how many of its characters are looked at or copied."""

    work = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        self.work += len(found)
        return found

    def translate(self, table: Any) -> str:
        self.work += len(self)
        return super().translate(table)

    def find(self, sub: str, first: Any = None, last: Any = None, /) -> int:
        found = super().find(sub, first, last)
        first, last, _ = slice(first, last).indices(len(self))
        self.work += (found if found >= 0 else last) - first
        return found


@pytest.mark.parametrize(
    "open_mark", [" 'a", " ‘a", ' "a', " “a", " «a", "'a' ", '"a" "b ', "“a‘b'c "]
)
@pytest.mark.parametrize("line", ["", "\n"])
def test_marks_are_looked_for_once_though_none_closes(open_mark: str, line: str) -> None:
    text = Counted(f"{open_mark * 25}{line}" * 20)
    find_quoted_strings(text)
    assert text.work <= 12 * len(text)


def test_what_a_quote_costs_does_not_grow_with_its_article() -> None:
    beside = "The bridge is “old” and 'small.\n" * 2_000
    told = 'Mayor Ada Berg closed the bridge. "It is over," she said. "We wait."\n'
    works = []
    for times in (1, 4):
        text = Counted(beside * times + told + beside * times)
        start = len(beside) * times + told.index('"We')
        assert hidden_speaker(text, start, start + len('"We wait."')) == "Ada Berg"
        works.append(text.work)
    assert works[0] == works[1]


def test_a_search_in_vain_through_hyphens_at_line_ends_comes_to_an_end() -> None:
    assert locate("a-\n" * 200 + "b", "a-\n" * 400) is None
