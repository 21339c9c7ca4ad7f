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
from itertools import groupby
from math import exp, log

from index._cleaning.furniture import fold
from index._cleaning.line_features import Line, has_long_margin, line_features, words_in

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


@dataclass(frozen=True, slots=True)
class Sure:
    """How probable a line must be furniture to be taken out.

    A sentence lost is worse than a line left in: the more a line looks and stands like one, the
    surer the model must be.

    Attributes:
        line: A line that is no sentence, above or below the prose.
        among: One between two paragraphs.
        sentence: A short sentence in the article.
        prose: A paragraph in the article.
        beyond: A sentence or a paragraph below the article.
    """

    line: float
    among: float
    sentence: float
    prose: float
    beyond: float


# Chosen by cross-validation on the development half.
IF_LONE = Sure(0.8, 0.8, 0.9, 0.98, 0.98)  # one line of the text at most is known
IF_SOME = Sure(0.5, 0.6, 0.95, 0.98, 0.7)
IF_PAGE = Sure(0.3, 0.4, 0.95, 0.9, 0.5)  # furniture of several kinds: the page around it is there
_KINDS = 3
# They stand in or below many an article whose page is otherwise left behind.
_NO_EVIDENCE = frozenset(
    {"photo credit", "hashtags", "time ago", "title again", "headline of another story"}
)
_MARGIN, _LIKELY = 8, 0.6
_TABLE = 3  # rows of figures below each other
_FEWEST_OF_HEADLINE = 4  # words
_FEWEST_IN_CAPITALS = 8
_BYLINE = re.compile(r"(?:by|von|par|por|oleh|от|автор:?) \S")
_CREDIT = re.compile(r"\(?(?:written|reporting|editing|edited) by \S|.*\bcontribut(?:ed|ing)\b")


def furniture_by_model(
    texts: Sequence[str], rules: Mapping[int, str], model: LineModel | None = None
) -> list[int]:
    """The numbers of the lines that the model takes for furniture, those of ``rules`` left out.

    None, if there is no sign that the text comes from a page: no wording known, nor many lines
    above or below the prose that the model takes for furniture on the whole. Where one wording is
    known, only lines next to it and such lines above or below. Between two paragraphs, where any is
    known, also headlines that stand twice or in capitals. Never among them are lines between
    two paragraphs without furniture beside them, such as sub-headings; tables of figures; above
    the article its headline (the last line there that may be one), bylines and dates; and
    credits.

    Args:
        texts: The lines of a text that are not blank, without white space at their ends.
        rules: By number, the lines known to be furniture by their wording.
        model: Another than the shipped one.
    """
    evidence = [rule for rule in rules.values() if rule not in _NO_EVIDENCE]
    evidence += ["often"] * _often(texts, rules)
    if not evidence and not has_long_margin(texts, _MARGIN):
        return []
    lines = line_features(texts, rules)
    kept = _kept(lines, rules)
    known = dict.fromkeys(rules, FURNITURE) | dict.fromkeys(kept, ARTICLE)
    probabilities = (model or line_model()).probabilities(lines, known)
    margins = _margins_of_a_page(lines, probabilities, kept)
    # A block of links below the article tells as much as a second wording.
    if evidence and (margins or _has_block(lines, probabilities)):
        evidence.append("block")
    beside, twice = _beside_furniture(lines, rules), _twice(lines)
    sure = IF_LONE if len(evidence) < 2 else IF_PAGE if len(set(evidence)) >= _KINDS else IF_SOME
    chosen = []
    for n, line in enumerate(lines):
        if n in known or _is_of_the_article(line):
            continue
        inside = line.place == "body" and not line.beyond and not line.past
        if evidence and inside and (n in twice or _is_in_capitals(line)):
            chosen.append(n)
            continue
        # One line says nothing of the rest of a text.
        if len(evidence) < 2 and line.place not in margins and not (evidence and n in beside):
            continue
        if line.prose or line.sentence:
            enough = sure.prose if line.prose else sure.sentence
            if line.beyond or line.past:
                enough = sure.beyond
        elif not inside:
            enough = sure.line
        elif n in beside:
            enough = sure.among
        else:
            continue
        if probabilities[n] >= enough:
            chosen.append(n)
    return chosen


def _often(texts: Sequence[str], rules: Mapping[int, str]) -> int:
    """The number of short lines, none known, that stand three times or more."""
    times = Counter(text for n, text in enumerate(texts) if n not in rules and len(text) <= 60)
    return sum(count > 2 and words_in(text) >= 2 for text, count in times.items())


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


def _is_in_capitals(line: Line) -> bool:
    """A link to another story, set in capitals; sub-headings in capitals are shorter."""
    if line.sentence or not _FEWEST_IN_CAPITALS <= line.size <= 40:
        return False
    letters = [char for char in line.text if char.isalpha() and char.upper() != char.lower()]
    return sum(map(str.isupper, letters)) > 0.9 * len(letters) > 0


def _has_block(lines: Sequence[Line], probabilities: Sequence[float]) -> bool:
    """Is there, past the article, a long run without prose that is likely furniture?"""
    run = 0
    for line, probability in zip(lines, probabilities, strict=True):
        run = run + 1 if line.past and not line.prose and probability >= _LIKELY else 0
        if run >= _MARGIN:
            return True
    return False


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
    """The lines of the runs between prose in which there is known or evident furniture.

    A photo credit alone is no evidence: below it may stand the heading of the next section.
    """
    evident = {n for n, rule in rules.items() if rule != "photo credit"} | _twice(lines)
    found: set[int] = set()
    for is_prose, group in groupby(range(len(lines)), key=lambda n: lines[n].prose):
        run = list(group)
        if not is_prose and not evident.isdisjoint(run):
            found.update(run)
    return found


def _twice(lines: Sequence[Line]) -> set[int]:
    """Headlines that stand twice between two paragraphs: a link and the text of its picture."""
    found: set[int] = set()
    for is_prose, group in groupby(range(len(lines)), key=lambda n: lines[n].prose):
        if is_prose:
            continue
        run = [n for n in group if lines[n].size >= _FEWEST_OF_HEADLINE and not lines[n].row]
        copies = Counter(lines[n].text for n in run)
        found.update(n for n in run if copies[lines[n].text] > 1)
    return found


def _kept(lines: Sequence[Line], rules: Mapping[int, str]) -> list[int]:
    """Tables of figures, and the headline."""
    found: list[int] = []
    run: list[int] = []
    for n in range(len(lines) + 1):
        if n < len(lines) and lines[n].row and not lines[n].prose and n not in rules:
            run.append(n)
            continue
        # With the line above, which says what the figures are.
        found += range(max(0, run[0] - 1), run[-1] + 1) if len(run) >= _TABLE else []
        run = []
    copies = Counter(line.text for line in lines)
    headlines = [
        n
        for n, line in enumerate(lines)
        if line.place == "head"
        and n not in rules
        and not line.dated
        and copies[line.text] < 3
        and not _BYLINE.match(fold(line.text))
        and line.size >= _FEWEST_OF_HEADLINE
    ]
    return found + headlines[-1:]
