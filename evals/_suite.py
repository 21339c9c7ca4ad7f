"""Suites: questions with what their answers must hold.

A suite is one YAML file, or JSONL with a case on each line:

    suite: seeds
    description: Where it is from.     # optional; printed with every run
    version: 1                        # raise it when cases change
    corpus: {path: ../../seeds}       # relative to the file; optional sha256
    defaults: {repeats: 1, top_k: 10}
    gates: {pass_rate: ">= 0.9"}      # without gates every case must pass
    cases:
      - id: survey
        ask: How many Russians would support an end of the war?
        tags: [number]
        expect:
          facts: ["70%"]              # all needed; an inner list holds aliases; /regex/ works
          sources: [an-article]       # any of these cited; {all: [...]}: each of them
          quotes: ["70% of Russians"] # evidence, verbatim, as it stands in the sources
          not: ["/[89]0%/"]           # none of these may be there
          verdict: "yes"              # how the answer to a question of yes or no begins
      - id: nobel
        ask: Who won the 2031 Nobel Peace Prize?
        expect: {abstain: true}

Further keys: ``turns`` in place of ``ask`` (a follow-up; what is expected is expected of the
last turn), ``as_of`` (the day it is asked on; nothing published later may be used), ``articles``
(those that the case is asked over, in place of all) and ``expect.conflict`` (sides that differ; the
facts and a source of each must be there). In JSONL the first line may hold the keys above
``cases``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from evals._facts import pattern_error
from evals._metrics import METRIC_NAMES
from index import UsageError


def _as_written(value: object) -> object:
    """YAML reads 345 as a number, 2006-01-12 as a day and no as false: have them quoted."""
    if isinstance(value, str | list | tuple | dict):
        return value
    raise ValueError(f"{value!r} was read as {type(value).__name__}; put it in quotation marks")


def _as_aliases(value: object) -> object:
    value = _as_written(value)
    return [value] if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_as_written), Field(min_length=1, pattern=r"\S")]
Fact = Annotated[tuple[Text, ...], BeforeValidator(_as_aliases), Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sources(_Model):
    """Articles that must be cited: one of ``any``, and each of ``all``."""

    any_of: tuple[Text, ...] = Field(default=(), alias="any")
    all_of: tuple[Text, ...] = Field(default=(), alias="all")

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives, of each of which one must be cited."""
        single = tuple((name,) for name in self.all_of)
        return (self.any_of, *single) if self.any_of else single


def _as_sources(value: object) -> object:
    return {"any": value} if isinstance(value, list | tuple) else value


SourcesField = Annotated[Sources, BeforeValidator(_as_sources)]


class Side(_Model):
    """One side of a disagreement between articles."""

    facts: tuple[Fact, ...] = Field(min_length=1)
    sources: SourcesField = Sources()


class Expect(_Model):
    """What an answer must hold. See the module."""

    facts: tuple[Fact, ...] = ()
    sources: SourcesField = Sources()
    quotes: tuple[Text, ...] = ()
    absent: tuple[Text, ...] = Field(default=(), alias="not")
    conflict: tuple[Side, ...] = ()
    verdict: Annotated[Literal["yes", "no"], BeforeValidator(_as_written)] | None = None
    abstain: bool = False

    @property
    def source_groups(self) -> tuple[tuple[str, ...], ...]:
        """Alternatives of sources, those of conflicting sides included; no two the same."""
        groups = list(self.sources.groups)
        for side in self.conflict:
            groups += side.sources.groups
        return tuple(dict.fromkeys(groups))

    @property
    def all_facts(self) -> tuple[tuple[str, ...], ...]:
        """The facts of the answer and of all sides."""
        return self.facts + tuple(fact for side in self.conflict for fact in side.facts)


class Case(_Model):
    """A question, or a conversation, and what is expected of the (last) answer."""

    id: Text
    ask: Text | None = None
    turns: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    as_of: date | None = None
    articles: tuple[Text, ...] = ()
    expect: Expect

    @model_validator(mode="after")
    def _one_form(self) -> Case:
        if (self.ask is None) == (not self.turns):
            raise ValueError("give either 'ask' or 'turns'")
        return self

    @property
    def questions(self) -> tuple[str, ...]:
        """All turns, in order; the last one is judged."""
        return self.turns or (self.ask or "",)


class CorpusRef(_Model):
    """Where a suite's articles are, relative to the suite's file."""

    path: Text
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class Defaults(_Model):
    """What a run takes unless it is told otherwise.

    Attributes:
        repeats: How often each case is asked.
        top_k: How deep the harness's own search goes.
    """

    repeats: int = Field(default=1, ge=1)
    top_k: int = Field(default=10, ge=10)


class Regression(_Model):
    """A gate against an accepted baseline.

    Attributes:
        versus: The baseline's file, relative to the suite's.
        allow_flips: Cases that may pass in the baseline and fail now.
        p: Broken also when more cases got worse than better with a smaller p than this.
    """

    versus: Text
    allow_flips: int = Field(default=0, ge=0)
    p: float | None = Field(default=None, gt=0, lt=1)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison such as ``>= 0.9``."""

    operator: str
    limit: float

    def holds(self, value: float) -> bool:
        """Whether ``value`` satisfies it; rounding errors below 1e-9 are forgiven."""
        if self.operator == "=":
            return abs(value - self.limit) <= 1e-9
        if self.operator == ">=":
            return value >= self.limit - 1e-9
        return value <= self.limit + 1e-9

    def __str__(self) -> str:
        return f"{self.operator} {self.limit:g}"


def parse_threshold(text: str) -> Threshold:
    """Read ``>= 0.9``, ``<= 5%`` or ``= 1``.

    Raises:
        ValueError: It is none of these.
    """
    match = re.fullmatch(r"\s*(>=|<=|=)\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not match:
        raise ValueError(f"{text!r} is not like '>= 0.9', '<= 5%' or '= 1'")
    return Threshold(match[1], float(match[2]) / (100 if match[3] else 1))


class Suite(_Model):
    """A loaded suite.

    Attributes:
        name: The key ``suite`` of the file.
        description: Where the questions are from and what their scores mean.
        directory: Where relative paths start.
        sha256: Of the file's bytes.
    """

    name: str = Field(alias="suite", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    version: int = 1
    corpus: CorpusRef | None = None
    defaults: Defaults = Defaults()
    gates: dict[str, Any] = Field(default_factory=dict)
    cases: tuple[Case, ...]
    directory: Path = Field(default=Path(), exclude=True)
    sha256: str = Field(default="", exclude=True)

    @field_validator("gates")
    @classmethod
    def _parse_gates(cls, gates: dict[str, Any]) -> dict[str, Any]:
        parsed: dict[str, Any] = {}
        for name, gate in gates.items():
            if name not in METRIC_NAMES | {"regression"}:
                raise ValueError(
                    f"{name} is not measured; one of {', '.join(sorted(METRIC_NAMES))}"
                )
            if name == "regression":
                parsed[name] = Regression.model_validate(gate)
            elif isinstance(gate, str):
                parsed[name] = parse_threshold(gate)
            else:
                raise ValueError(f"{name}: {gate!r} is not like '>= 0.9' (in quotation marks)")
        return parsed

    @property
    def thresholds(self) -> dict[str, Threshold]:
        """Gates on single metrics."""
        return {name: g for name, g in self.gates.items() if isinstance(g, Threshold)}

    @property
    def regression(self) -> Regression | None:
        """The gate against a baseline."""
        gate = self.gates.get("regression")
        return gate if isinstance(gate, Regression) else None

    def select(self, only: frozenset[str] | set[str], limit: int | None) -> list[Case]:
        """Cases with one of these ids or tags (all when empty), at most ``limit`` of them.

        Raises:
            UsageError: A name in ``only`` is neither a tag nor an id.
        """
        known = {case.id for case in self.cases} | {tag for c in self.cases for tag in c.tags}
        if unknown := sorted(set(only) - known):
            raise UsageError(
                f"Suite {self.name} has no case and no tag named {', '.join(unknown)}.",
                f"Tags: {', '.join(sorted({t for c in self.cases for t in c.tags})) or 'none'}.",
            )
        chosen = [c for c in self.cases if not only or c.id in only or only & set(c.tags)]
        return chosen[:limit]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a suite. ``case`` is None for the suite as a whole."""

    case: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.case}: {self.message}" if self.case else self.message


def check_suite(suite: Suite) -> list[Problem]:
    """What is wrong with a suite in itself, whatever its corpus holds."""
    problems = [
        Problem(case_id, f"{times} cases have this id")
        for case_id, times in Counter(case.id for case in suite.cases).items()
        if times > 1
    ]
    for case in suite.cases:
        problems += (Problem(case.id, message) for message in _check_case(case))
    return problems


def require_valid(suite: Suite) -> None:
    """Refuse a suite that ``check_suite`` finds fault with.

    Raises:
        UsageError: With all that it found.
    """
    if problems := check_suite(suite):
        faults = "\n".join(f"  {problem}" for problem in problems)
        raise UsageError(f"Suite {suite.name} is not valid:\n{faults}")


def _check_case(case: Case) -> Iterator[str]:
    expect = case.expect
    named = expect.all_facts or expect.source_groups
    if expect.abstain and (named or expect.quotes or expect.verdict):
        yield "abstain: true goes with no facts, sources, quotes, verdict or conflict"
    if not (expect.abstain or named or expect.verdict):
        yield "nothing is expected: give facts, sources or a verdict, or abstain: true"
    if len(expect.conflict) == 1:
        yield "a conflict has at least two sides"
    for fact in [*(alias for aliases in expect.all_facts for alias in aliases), *expect.absent]:
        if error := pattern_error(fact):
            yield f"{fact} is not a regular expression: {error}"
