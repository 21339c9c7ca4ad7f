"""How sure a model is that it can answer: read from the probabilities of its own words."""

from __future__ import annotations

import math

from qa._models.language_model import Chunk


def sureness(chunk: Chunk) -> float | None:
    """How sure the model is that it can answer, at the token that says so; else None."""
    if chunk.alternatives is None or chunk.text.strip() not in ("true", "false"):
        return None
    yes, no = (chunk.alternatives.get(word, 0.0) for word in ("true", "false"))
    return yes / (yes + no) if yes + no else None


def log_odds(probability: float) -> float:
    """The logarithm of the odds, with certainty kept finite."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))
