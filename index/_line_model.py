"""Which lines of a text are page furniture, judged by form, place and company.

Wordings (``_furniture``) know a share bar and a comment form; they cannot know the headlines of
other stories below an article, a row of topics, a writer's portrait or a reader's comment. Those
are told by what surrounds them: a linear-chain conditional random field over the lines with two
labels, as Marek, Pecina and Spousta used it for web pages ("Web Page Cleaning with Conditional
Random Fields", 2007). The weights in ``data/furniture.json`` are fitted by
``benchmarks/furniture.py --fit``, which says on what, and reports on what they were not fitted on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp, log

from index._furniture import fold
from index._line_features import Line, has_long_margin, line_features

ARTICLE, FURNITURE = 0, 1


@dataclass(frozen=True, slots=True)
class LineModel:
    """Weights of the random field.

    Attributes:
        weights: Of the features, towards furniture.
        transitions: ``transitions[a][b]``: of a line of label ``b`` below one of label ``a``.
    """

    weights: Mapping[str, float]
    transitions: tuple[tuple[float, float], tuple[float, float]]

    def probabilities(self, lines: Sequence[Line], known: Mapping[int, int]) -> list[float]:
        """The probability of each line to be furniture, given the labels of some of them."""
        scores = [
            sum(self.weights.get(name, 0.0) * value for name, value in line.features.items())
            for line in lines
        ]
        return marginals(scores, self.transitions, known)


@lru_cache(maxsize=1)
def line_model() -> LineModel:
    """The model that is shipped."""
    stored = json.loads(resources.files("index.data").joinpath("furniture.json").read_text("utf-8"))
    (aa, af), (fa, ff) = stored["transitions"]
    return LineModel(stored["weights"], ((aa, af), (fa, ff)))


def marginals(
    scores: Sequence[float], transitions: Sequence[Sequence[float]], known: Mapping[int, int]
) -> list[float]:
    """Posterior probability of furniture for each line of a chain (forward-backward).

    Args:
        scores: Of each line, log-odds of furniture by its features alone.
        transitions: See ``LineModel``.
        known: Labels of lines that are certain.
    """
    (aa, af), (fa, ff) = transitions
    potentials = [_potential(score, known.get(n)) for n, score in enumerate(scores)]
    forward: list[tuple[float, float]] = []
    for article, furniture in potentials:
        if not forward:
            forward.append((article, furniture))
            continue
        a, f = forward[-1]
        forward.append((article + _log_sum(a + aa, f + fa), furniture + _log_sum(a + af, f + ff)))
    backward = [(0.0, 0.0)]
    for article, furniture in potentials[:0:-1]:
        a, f = article + backward[-1][0], furniture + backward[-1][1]
        backward.append((_log_sum(aa + a, af + f), _log_sum(fa + a, ff + f)))
    backward.reverse()
    return [
        exp(f + later_f - _log_sum(a + later_a, f + later_f))
        for (a, f), (later_a, later_f) in zip(forward, backward, strict=False)
    ]


_NEVER = -1e4


def _potential(score: float, label: int | None) -> tuple[float, float]:
    if label is None:
        return 0.0, score
    return (0.0, _NEVER) if label == ARTICLE else (_NEVER, 0.0)


def _log_sum(a: float, b: float) -> float:
    high, low = (a, b) if a > b else (b, a)
    return high + log(1 + exp(low - high)) if high - low < 40 else high


# --- decisions ------------------------------------------------------------------------------

# A sentence lost is worse than a line left in: the more a line looks and stands like one, the
# surer the model must be. Chosen by cross-validation on the development half.
SURE = 0.5
SURE_IF_LONE = 0.8  # one line of the text at most is known to be furniture
SURE_AMONG_PARAGRAPHS = 0.6
SURE_OF_SENTENCE = 0.9
SURE_OF_PROSE = 0.98
SURE_OF_SENTENCE_BEYOND = 0.7
# They stand in or below many an article whose page is otherwise left behind.
_NO_EVIDENCE = frozenset(
    {"photo credit", "hashtags", "time ago", "title again", "headline of another story"}
)
_MARGIN, _LIKELY = 8, 0.6
_TABLE = 3  # rows of figures below each other
_FEWEST_OF_HEADLINE = 4  # words
_BYLINE = re.compile(r"(?:by|von|par|por|oleh|от|автор:?) \S")
_CREDIT = re.compile(r"\(?(?:written|reporting|editing|edited) by \S|.*\bcontribut(?:ed|ing)\b")


def furniture_by_model(
    texts: Sequence[str], rules: Mapping[int, str], model: LineModel | None = None
) -> list[int]:
    """The numbers of the lines that the model takes for furniture, those of ``rules`` left out.

    None, if there is no sign that the text comes from a page: no wording known, nor many lines
    above or below the prose that the model takes for furniture on the whole. Where one wording is
    known, only lines next to it and such lines above or below. Never among them are lines between
    two paragraphs without furniture beside them, such as sub-headings; tables of figures; above
    the article its headline (the last line there that may be one), bylines and dates; and
    credits.

    Args:
        texts: The lines of a text that are not blank, without white space at their ends.
        rules: By number, the lines known to be furniture by their wording.
        model: Another than the shipped one.
    """
    evidence = sum(rule not in _NO_EVIDENCE for rule in rules.values())
    if not evidence and not has_long_margin(texts, _MARGIN):
        return []
    lines = line_features(texts, rules)
    kept = _kept(lines, rules)
    known = dict.fromkeys(rules, FURNITURE) | dict.fromkeys(kept, ARTICLE)
    probabilities = (model or line_model()).probabilities(lines, known)
    margins = _margins_of_a_page(lines, probabilities, kept)
    beside = _beside_furniture(lines, rules)
    chosen = []
    for n, line in enumerate(lines):
        if n in known or _is_of_the_article(line):
            continue
        # One line says nothing of the rest of a text.
        if evidence < 2 and line.place not in margins and not (evidence and n in beside):
            continue
        sure = SURE if evidence > 1 else SURE_IF_LONE
        if line.prose or line.sentence:
            sure = SURE_OF_PROSE if line.prose else SURE_OF_SENTENCE
            if line.beyond and evidence > 1:
                sure = SURE_OF_SENTENCE_BEYOND
        elif line.place == "body" and not line.beyond:
            sure = max(sure, SURE_AMONG_PARAGRAPHS) if n in beside else 1.1
        if probabilities[n] >= sure:
            chosen.append(n)
    return chosen


def _margins_of_a_page(
    lines: Sequence[Line], probabilities: Sequence[float], kept: Sequence[int]
) -> set[str]:
    """Of head and tail, those that are long and on the whole likely furniture."""
    found: set[str] = set()
    if not any(line.prose for line in lines):
        return found  # a list, a poem, a table
    for place in ("head", "tail"):
        margin = [
            probability
            for n, (line, probability) in enumerate(zip(lines, probabilities, strict=True))
            if line.place == place and n not in kept
        ]
        if len(margin) >= _MARGIN and sum(margin) >= _LIKELY * len(margin):
            found.add(place)
    return found


def _is_of_the_article(line: Line) -> bool:
    if not any(map(str.isalnum, line.text)):
        return True  # a rule between two sections
    if line.place == "head" and line.dated and line.size <= 12:
        return True
    folded = fold(line.text[:500])
    return _CREDIT.match(folded) is not None or (
        line.place == "head" and _BYLINE.match(folded) is not None
    )


def _beside_furniture(lines: Sequence[Line], rules: Mapping[int, str]) -> set[int]:
    """The lines of the runs between prose in which there is known or evident furniture."""
    found: set[int] = set()
    run: list[int] = []
    for n in range(len(lines) + 1):
        if n < len(lines) and not lines[n].prose:
            run.append(n)
            continue
        # A headline twice over is a link and the text of its picture.
        twice = Counter(lines[m].text for m in run if lines[m].size >= _FEWEST_OF_HEADLINE)
        if any(m in rules for m in run) or max(twice.values(), default=0) > 1:
            found.update(run)
        run = []
    return found


def _kept(lines: Sequence[Line], rules: Mapping[int, str]) -> list[int]:
    """Tables of figures, and the headline."""
    found: list[int] = []
    run: list[int] = []
    for n in range(len(lines) + 1):
        if n < len(lines) and lines[n].row and not lines[n].prose and n not in rules:
            run.append(n)
            continue
        found += run if len(run) >= _TABLE else []
        run = []
    headlines = [
        n
        for n, line in enumerate(lines)
        if line.place == "head"
        and n not in rules
        and not line.dated
        and line.size >= _FEWEST_OF_HEADLINE
    ]
    return found + headlines[-1:]
