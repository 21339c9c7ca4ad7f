"""The tables of ``benchmarks/answers.py``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from _answers_judge import (
    OFFICIAL,
    REFUSED,
    cited_statements,
    count_citations,
    declines,
    official,
    our_statements,
    right,
    strict,
)
from _answers_kept import Pair
from _answers_sets import NO_ANSWER, AnswerSet

from evals import Case, CaseRecord, wilson
from evals._metrics import mean, percentile

Kept = tuple[AnswerSet, list[CaseRecord]]
HALVES = {"dev": "development", "heldout": "held out"}
POOLED = ("multihop-rag", "squad2", "seeds-heldout")
"""The held-out questions among which the refusals are judged as a whole."""


# --- Numbers ----------------------------------------------------------------------------------


def rate(hits: int, of: int) -> str:
    if not of:
        return "-"
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {hits / of:.3f} ({low:.2f}–{high:.2f})"


def average(values: Sequence[float]) -> str:
    metric = mean(values)
    if metric.value is None:
        return "-"
    low, high = metric.interval or (metric.value, metric.value)
    return f"{metric.value:.3f} ({low:.2f}–{high:.2f}), n = {metric.n}"


def spread(values: Sequence[float], unit: float = 1.0, digits: int = 0) -> str:
    if not values:
        return "-"
    p50, p95 = (percentile(values, p) / unit for p in (50, 95))
    return f"{p50:.{digits}f} / {p95:.{digits}f}"


# --- One side ---------------------------------------------------------------------------------


def print_cases(kept: Iterable[Kept]) -> None:
    """The tables of the sets, model by model."""
    by_model: dict[str, list[Kept]] = {}
    for chosen, records in kept:
        if records:
            by_model.setdefault(model_of(records), []).append((chosen, records))
    for model, found in sorted(by_model.items()):
        print(f"\n=== {model} ===")
        for chosen, records in found:
            if chosen.gold:
                print_answers(chosen, records)
        print_refusals(found)
        print_times(found)
        print_quotes([record for _, records in found for record in records])


def model_of(records: Sequence[CaseRecord]) -> str:
    """The answerer's name; answers that fell back to quotes name another."""
    names = Counter(str((record.answer or {}).get("model")) for record in records)
    return next((name for name, _ in names.most_common() if name != "extractive"), "extractive")


def statements(record: CaseRecord) -> list[str]:
    """What an answer asserts: its yes or no, and its claims, without attributions and notes."""
    answer = record.answer or {"answer": "", "claims": ()}
    verdict = re.match(r"(?:Yes|No)\b", answer["answer"])
    claims = [str(claim["text"]) for claim in answer["claims"]]
    return [verdict[0], *claims] if verdict else claims


def refused(record: CaseRecord) -> bool:
    return bool(record.answer) and record.answer["status"] == "not_found"  # type: ignore[index]


def print_answers(chosen: AnswerSet, records: Sequence[CaseRecord]) -> None:
    for half, name in HALVES.items():
        rows = [record for record in records if chosen.halves[record.id] == half]
        if not rows:
            continue
        print(f"\n{chosen.name}, {name}: {len(rows)} questions")
        print(f"  {'':20}{'strict':30}{'answer_mhr_official':30}majority answer")
        kinds = sorted({chosen.kinds[record.id] for record in rows} - {NO_ANSWER})
        groups = [(kind, {kind}) for kind in kinds]
        groups += [("with an answer", set(kinds)), ("all", {*kinds, NO_ANSWER})]
        for label, wanted in groups:
            inside = [record for record in rows if chosen.kinds[record.id] in wanted]
            golds = [chosen.gold[record.id] for record in inside]
            cells = (
                sum(is_right(record, gold) for record, gold in zip(inside, golds, strict=True)),
                sum(is_official(record, gold) for record, gold in zip(inside, golds, strict=True)),
                max(Counter(gold.lower() for gold in golds).values(), default=0),
            )
            print(f"  {label:20}" + "".join(f"{rate(cell, len(inside)):30}" for cell in cells))
        answerable = [record for record in rows if not record.abstain]
        answered = [record for record in answerable if not refused(record)]
        for metric in ("citation_precision", "citation_recall", "quote_recall"):
            print(f"  {metric:20}{average(scores(answerable, metric))}", end="")
            print(f"; where answered {average(scores(answered, metric))}")
    print(f"  answer_mhr_official: {OFFICIAL}; a refusal reads “{REFUSED}”")


def is_right(record: CaseRecord, gold: str) -> bool:
    return refused(record) if record.abstain else strict(statements(record), gold)


def is_official(record: CaseRecord, gold: str) -> bool:
    return official(REFUSED if refused(record) else " ".join(statements(record)), gold)


def scores(records: Iterable[CaseRecord], name: str) -> list[float]:
    values = (record.measured(name) for record in records)
    return [value for value in values if value is not None]


def print_refusals(found: Sequence[Kept]) -> None:
    print("\nrefusals")
    print(f"  {'':26}{'precision':30}{'recall':30}{'over-refusal':30}right answers")
    for half, name in HALVES.items():
        pooled: list[CaseRecord] = []
        for chosen, records in found:
            rows = [record for record in records if chosen.halves[record.id] == half]
            if rows:
                print_refusal(f"{chosen.name}, {name}", chosen, rows)
            if half == "heldout" and chosen.name in POOLED:
                pooled += rows
        if pooled:
            print_refusal("all held out", None, pooled)


def print_refusal(label: str, chosen: AnswerSet | None, rows: Sequence[CaseRecord]) -> None:
    none = [record for record in rows if record.abstain]
    some = [record for record in rows if not record.abstain]
    caught = sum(map(refused, none))
    over = sum(map(refused, some))
    cells = [rate(caught, caught + over), rate(caught, len(none)), rate(over, len(some))]
    if chosen is not None:
        hits = sum(
            is_right(record, chosen.gold[record.id]) if chosen.gold else record.outcome == "passed"
            for record in some
        )
        cells.append(rate(hits, len(some)))
    print(f"  {label:26}" + "".join(f"{cell:30}" for cell in cells))


def print_times(found: Sequence[Kept]) -> None:
    print("\nseconds and tokens, p50 / p95 (to a first text: of what is answered)")
    print(f"  {'':16}{'first quote':16}{'first text':16}{'whole answer':16}prompt tokens")
    for chosen, records in found:
        answered = [record for record in records if not refused(record)]
        cells = [
            spread(timings(answered, "first_quote"), 1000, 2),
            spread(timings(answered, "first_text"), 1000, 2),
            spread(timings(records, "total"), 1000, 2),
            spread([float(record.tokens["prompt"]) for record in records if was_asked(record)]),
        ]
        print(f"  {chosen.name:16}" + "".join(f"{cell:16}" for cell in cells))


def timings(records: Iterable[CaseRecord], name: str) -> list[float]:
    return [float(r.timings_ms[name]) for r in records if name in r.timings_ms]


def was_asked(record: CaseRecord) -> bool:
    """Whether a language model was asked, and once."""
    return bool(record.tokens.get("prompt")) and len(record.questions) == 1


def print_quotes(records: Sequence[CaseRecord]) -> None:
    shown = exact = 0
    claims: Counter[str] = Counter()
    for record in records:
        claims.update(claim["support"] for claim in (record.answer or {}).get("claims", ()))
        count = len((record.answer or {}).get("quotes", ()))
        shown += count
        exact += round(count * (record.measured("quote_exact") or 0.0))
    print(f"\nquotes that are exact slices of the article named: {rate(exact, shown)}")
    print(f"claims in the model's own words: {rate(claims['supported'], claims.total())}")


# --- Both sides -------------------------------------------------------------------------------


def print_pairs(kept: Iterable[tuple[AnswerSet, str, list[Pair]]]) -> None:
    for chosen, how, pairs in kept:
        if pairs:
            print(f"\n=== side by side: {chosen.name}, {len(pairs)} questions, {how} ===")
            print_side_by_side(chosen, pairs)


def print_side_by_side(chosen: AnswerSet, pairs: Sequence[Pair]) -> None:
    columns = [side(chosen, pairs).table() for side in (ours, theirs)]
    print(f"  {'':34}{'pullquote':34}CitationQueryEngine")
    for label in columns[0]:
        print(f"  {label:34}" + "".join(f"{column[label]:34}" for column in columns))


@dataclass(slots=True)
class Side:
    """One system's answers to the same questions."""

    abstain: list[bool] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    words: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def judge(
        self, case: Case, gold: str | None, texts: list[str], *, cited: list[str], no: bool
    ) -> None:
        """Whether the answer is right by its own text, and with what it cites."""
        self.abstain.append(case.expect.abstain)
        self.told.append(right(case, gold, texts, refused=no))
        self.shown.append(right(case, gold, [*texts, *cited], refused=no))
        self.words.append(len(" ".join(texts).split()))

    def table(self) -> dict[str, str]:
        pairs = list(zip(self.abstain, self.told, strict=True))
        some = [hit for abstain, hit in pairs if not abstain]
        none = [hit for abstain, hit in pairs if abstain]
        return {
            "right": rate(sum(self.told), len(self.told)),
            "right, cited text counted too": rate(sum(self.shown), len(self.shown)),
            "right, of the answerable": rate(sum(some), len(some)),
            "refused, of the unanswerable": rate(sum(none), len(none)),
            "valid citations": rate(self.counted["valid"], self.counted["citations"]),
            "statements without a citation": rate(self.counted["bare"], self.counted["statements"]),
            "words, p50 / p95": spread(self.words),
            "prompt tokens, p50 / p95": spread(self.tokens),
            "seconds, p50 / p95": spread(self.seconds, digits=1),
        }


def ours(chosen: AnswerSet, pairs: Sequence[Pair]) -> Side:
    cases = {case.id: case for case in chosen.suite.cases}
    side = Side()
    for pair in pairs:
        case, record = cases[pair.id], pair.ours
        answer = dict(record.answer or {})
        quotes = answer["quotes"]
        cited = [quote["text"] for quote in quotes]
        no = refused(record)
        side.judge(case, chosen.gold.get(pair.id), statements(record), cited=cited, no=no)
        exact = record.measured("quote_exact") in {None, 1.0}
        sources = {quote["n"]: quote["text"] for quote in quotes} if exact else {}
        fields = [quote[name] for quote in quotes for name in ("title", "outlet", "published")]
        known = [case.questions[0], *filter(None, fields)]
        side.counted.update(count_citations(our_statements(answer), sources, known))
        side.tokens.append(record.tokens["prompt"])
        side.seconds.append(record.timings_ms["total"] / 1000)
    return side


def theirs(chosen: AnswerSet, pairs: Sequence[Pair]) -> Side:
    cases = {case.id: case for case in chosen.suite.cases}
    side = Side()
    for pair in pairs:
        case, text = cases[pair.id], pair.theirs["text"]
        sources = {n: source["text"] for n, source in enumerate(pair.theirs["sources"], 1)}
        found = cited_statements(text)
        cited = [sources[n] for _, numbers in found for n in numbers if n in sources]
        no = declines(text)
        side.judge(case, chosen.gold.get(pair.id), [text], cited=cited, no=no)
        fields = [value for source in pair.theirs["sources"] for value in source["known"]]
        # What only says that nothing is said needs no citation.
        asserted = [] if no and not cited else found
        known = [case.questions[0], *fields]
        side.counted.update(count_citations(asserted, sources, known))
        side.tokens.append(pair.theirs["tokens"]["prompt"])
        side.seconds.append(pair.theirs["seconds"])
    return side
