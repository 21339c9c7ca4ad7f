"""Characters that no reader sees and machines obey: kept in articles, kept from models and screens.

An article's frozen text may hold anything. Shown to a person or a model it must not move a
terminal's cursor, turn the words around it about, or carry text that only the model can read.
"""

from __future__ import annotations

import re

# C0, DEL and C1, but for white space: terminals take U+009B for the start of a command, as ESC [.
_CONTROLS = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
# Embeddings, overrides and isolates: they reorder what follows, beyond the end of their own text.
_REORDERING = r"\u202a-\u202e\u2066-\u2069"
# Zero-width, interlinear and tag characters. Soft hyphens and the joiners that some scripts and
# emoji need are not among them.
_HIDDEN = (
    r"\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff"
)
_FOR_READERS = re.compile(f"[{_CONTROLS}{_REORDERING}]")
_FOR_MODELS = re.compile(f"[{_CONTROLS}{_REORDERING}{_HIDDEN}]")


def for_reader(text: str) -> str:
    """``text`` on one line, without control characters and such as reorder text."""
    return " ".join(_FOR_READERS.sub("", text).split())


def for_model(text: str) -> str:
    """``text`` on one line, without anything that a person who reads it would not see."""
    return " ".join(_FOR_MODELS.sub("", text).split())
