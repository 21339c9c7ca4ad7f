"""The words that the embedding model knows."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

# Shorter pieces are mostly abbreviations and syllables.
SHORTEST = 3


@lru_cache(maxsize=1)
def whole_words() -> frozenset[str]:
    """Words that MiniLM's tokenizer does not cut into pieces, in lower case, without accents.

    Some twenty thousand: those that are frequent in English books and in Wikipedia, on which its
    vocabulary was made, names among them. Read once, in a tenth of a second.
    """
    data = resources.files("index.data").joinpath("minilm-tokenizer.json").read_bytes()
    pieces = json.loads(data)["model"]["vocab"]
    return frozenset(w for w in pieces if len(w) >= SHORTEST and w.isascii() and w.isalpha())
