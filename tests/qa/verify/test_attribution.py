"""Who says a quote that hides it: on real texts labelled by reading, and made ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qa._verify.attribution import hidden_speaker

ROOT = Path(__file__).parents[3]
LABELS = Path(__file__).parents[1] / "data" / "speakers_wikinews.yaml"
ARTICLES = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"


def labelled() -> list[tuple[str, int, int, str | None]]:
    """Article text, start and end of a quote, and who says it where the quote hides that."""
    lines = ARTICLES.read_text("utf-8").split("\n")
    texts = {a["id"]: a["text"] for a in map(json.loads, filter(None, lines))}
    found = []
    for label in yaml.safe_load(LABELS.read_text("utf-8"))["quotes"]:
        text = texts[label["article"]]
        start = text.index(label["quote"])
        assert text.count(label["quote"]) == 1
        found.append((text, start, start + len(label["quote"]), label["speaker"]))
    return found


def test_a_speaker_that_is_named_is_the_right_one() -> None:
    """Of labelled quotes: no wrong name in twenty that are given, half of the hidden ones found."""
    cases = labelled()
    found = [(hidden_speaker(text, start, end), who) for text, start, end, who in cases]
    named = [(name, who) for name, who in found if name is not None]
    hidden = [who for _, who in found if who is not None]
    right = sum(who is not None and name.split()[-1] == who.split()[-1] for name, who in named)
    assert len(cases) >= 100
    assert right >= 0.95 * len(named)
    assert right >= 0.5 * len(hidden)


MARL = (
    "Mayor Ada Berg closed the bridge on Monday. {}\n\nThe Marl Gazette reported it. Berg is ill."
)


@pytest.mark.parametrize(
    ("told", "quote", "who"),
    [
        ("She said it was over.", "She said it was over.", "Ada Berg"),
        ("“It is over,” she said.", "“It is over,” she said.", "Ada Berg"),
        ("“It is over,” Berg said. “We wait.”", "“We wait.”", "Ada Berg"),
        ("“It is over,” said Berg. “We wait.”", "“It is over,” said Berg.", None),
        ("Berg said: “It is over. We wait.”", "We wait.", "Ada Berg"),
        ("The coach Ben Lind agreed. He said it was over.", "He said it was over.", "Ben Lind"),
        (
            "She said it cost an estimated 3 pounds.",
            "She said it cost an estimated 3 pounds.",
            "Ada Berg",
        ),
        # One quote, two voices.
        (
            "“Never,” she said. “Pay up,” the board replied.",
            "“Never,” she said. “Pay up,” the board replied.",
            None,
        ),
        (
            "“Never,” she said. “Pay up,” sighed the board.",
            "“Never,” she said. “Pay up,” sighed the board.",
            None,
        ),
        ("“Never,” she said. “Pay up?” sighed the board.", "“Pay up?” sighed the board.", None),
        (
            "“Never,” she said. “We wait,” she added.",
            "“Never,” she said. “We wait,” she added.",
            "Ada Berg",
        ),
        ("She said no. The board said yes.", "She said no. The board said yes.", None),
        ("The coach Ben Lind agreed. He said no. She said yes.", "He said no. She said yes.", None),
        ("She said no.\nThe board said: “Yes.”", "She said no.\nThe board said: “Yes.”", None),
        # Two persons, a body, nobody, somebody without a name: unknown.
        ("She met the coach Ben Lind. He met coach Cy Moe. They said no.", "They said no.", None),
        ("The coach Ben Lind met coach Cy Moe. He said no.", "He said no.", None),
        ("Officials said: “It is over. We wait.”", "We wait.", None),
        ("The bridge is old.", "The bridge is old.", None),
        ("The “dead end” is old.", "The “dead end” is old.", None),
        ("He said it was over.\n\nMr Berg left.", "He said it was over.", "Ada Berg"),
        ("He said it was over.\n\nMs Berg left.", "He said it was over.", None),
    ],
)
def test_who_speaks(told: str, quote: str, who: str | None) -> None:
    text = MARL.format(told)
    start = text.index(quote)
    assert hidden_speaker(text, start, start + len(quote)) == who


@given(st.text("Aab .,:\"“”'\nhe said She", max_size=120), st.data())
def test_any_stretch_of_any_text_can_be_looked_at(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = hidden_speaker(text, start, end)
    assert found is None or found.split()[-1] in text
