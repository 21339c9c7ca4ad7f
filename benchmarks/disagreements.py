"""Whether answers show every side where documents give different answers (ramdocs).

    python benchmarks/disagreements.py [--model local:qwen-1.5b] [--cases N]

Needs ../shared/data/ramdocs. Each question is asked of its own documents alone. Prints, for a
development half and a held-out half (by a hash of the question's id): the share of questions of
which all right answers stand in quotes of documents that say them; the set's own exact match (all
right answers and no wrong one); how often disagreements are reported where the documents are
labelled with different answers and where they are not, a report counting as right if its sides
quote documents with different labels. With the extractive answerer also how many of the suites'
cases in which articles differ are told, and the rate of disagreements on their other answerable
cases and on the questions of multihop-rag, where most would be false. Wilson 95 % intervals.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

from evals import corpus_archive, load_suite
from index import Archive, Filters, MiniLM
from qa import Answer, Answerer, Finished, Records, open_model
from ui._settings import load_settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "ramdocs" / "questions.jsonl"
SUITES = ("seeds", "wikinews")


def development(row: dict[str, Any]) -> bool:
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 0


def normal(text: str) -> str:
    """Lower case, no punctuation and articles: the comparison of the set's authors."""
    spaced = "".join(c if c.isalnum() else " " for c in text.lower())
    return " ".join(word for word in spaced.split() if word not in ("a", "an", "the"))


def says(text: str, answer: str) -> bool:
    return f" {normal(answer)} " in f" {normal(text)} "


def interval(hits: int, total: int) -> str:
    """``hits/total = share [low, high]`` by Wilson."""
    if not total:
        return "0/0"
    z, share = 1.96, hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = ((middle + sign * spread) / (1 + z * z / total) for sign in (-1, 1))
    return f"{hits}/{total} = {share:.3f} [{low:.2f}, {high:.2f}]"


def document(row: dict[str, Any], article_id: str) -> dict[str, Any]:
    found: dict[str, Any] = row["documents"][int(article_id.rpartition("-")[2])]
    return found


def label(row: dict[str, Any], article_id: str) -> str:
    return normal(document(row, article_id)["answer"])


def ask(answerer: Answerer, question: str, filters: Filters | None = None) -> Answer:
    events = answerer.ask(question, filters=filters)
    return next(event.answer for event in events if isinstance(event, Finished))


def named(row: dict[str, Any], answer: Answer) -> bool:
    """Whether a disagreement of the answer quotes documents with different labels."""
    quotes = {quote.n: quote for quote in answer.quotes}
    for found in answer.disagreements:
        cited = {label(row, quotes[n].article) for side in found["sides"] for n in side["quotes"]}
        if len(cited - {"unknown"}) > 1:
            return True
    return False


def report(name: str, rows: list[tuple[dict[str, Any], Answer]]) -> None:
    present = exact = refused = hits = reported = conflicts = quiet = alarms = 0
    for row, answer in rows:
        shown = [(quote.text, document(row, quote.article)) for quote in answer.quotes]
        gold = all(
            any(says(text, right) and doc["type"] != "misinfo" for text, doc in shown)
            for right in row["gold_answers"]
        )
        wrong = any(says(text, w) for text, _ in shown for w in row["wrong_answers"])
        present, exact = present + gold, exact + (gold and not wrong)
        refused += answer.status == "not_found"
        labels = {normal(d["answer"]) for d in row["documents"] if d["type"] != "noise"}
        right = named(row, answer)
        if len(labels) > 1:
            conflicts, hits = conflicts + 1, hits + right
        else:
            quiet, alarms = quiet + 1, alarms + bool(answer.disagreements)
        reported += bool(answer.disagreements)
    print(f"{name}: {len(rows)} questions, {refused} refused")
    print(f"    all right answers present and cited  {interval(present, len(rows))}")
    print(f"    exact match of the set               {interval(exact, len(rows))}")
    print(f"    disagreements: recall                {interval(hits, conflicts)}")
    print(f"                   precision             {interval(hits, reported)}")
    print(f"                   where there are none  {interval(alarms, quiet)}")


def suites(models: Path, home: Path) -> None:
    """How often a disagreement is reported on answered, answerable cases."""
    for name in SUITES:
        suite = load_suite(ROOT / "evals" / "suites" / f"{name}.yaml")
        told: list[str] = []
        answered = 0
        differ: list[bool] = []
        with corpus_archive(suite, home, MiniLM.open(models)) as archive:
            answerer = Answerer(archive, Records.open(archive.home))
            for case in suite.cases:
                if case.expect.abstain:
                    continue
                answer = ask(answerer, case.questions[-1])
                if case.expect.conflict:
                    differ.append(bool(answer.disagreements))
                    continue
                answered += answer.status != "not_found"
                told += [case.id] if answer.disagreements else []
        print(f"{name}: disagreements on answered cases {interval(len(told), answered)} {told}")
        if differ:
            print(f"{name}: told where articles differ {interval(sum(differ), len(differ))}")


def comparisons(models: Path, home: Path) -> None:
    """How often a disagreement is reported on questions that compare reports (multihop-rag)."""
    folder = DATA.parent.parent / "multihop-rag"
    if not folder.exists():
        return
    lines = (folder / "questions.jsonl").read_text().splitlines()
    archive_home = home / "corpora" / "multihop-rag"
    with Archive.open(archive_home, embedding=MiniLM.open(models)) as archive:
        archive.sync([folder / "articles.jsonl"])
        answerer = Answerer(archive, Records.open(archive.home))
        answers = [ask(answerer, json.loads(line)["question"]) for line in lines]
    answered = [answer for answer in answers if answer.status != "not_found"]
    told = sum(bool(answer.disagreements) for answer in answered)
    print(f"multihop-rag: disagreements on answered questions {interval(told, len(answered))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="extractive")
    parser.add_argument("--cases", type=int, help="at most so many questions of each half")
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"The ramdocs data is not there: {DATA.parent}")
    settings = load_settings()
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    model = open_model(options.model, settings.for_models(), print)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "documents.jsonl"
        documents = (
            {"id": f"{row['id']}-{n}", "text": document["text"]}
            for row in rows
            for n, document in enumerate(row["documents"])
        )
        file.write_text("".join(json.dumps(record) + "\n" for record in documents))
        with Archive.open(
            settings.home / "corpora" / "ramdocs", embedding=MiniLM.open(settings.models)
        ) as archive:
            archive.sync([file])
            answerer = Answerer(archive, Records.open(archive.home), model)
            for half, wanted in (("development", True), ("held out", False)):
                chosen = [row for row in rows if development(row) == wanted][: options.cases]
                answers = []
                for row in chosen:
                    ids = tuple(f"{row['id']}-{n}" for n in range(len(row["documents"])))
                    answers.append((row, ask(answerer, row["question"], Filters(articles=ids))))
                report(f"{half}, {answerer.name}", answers)
    if model is None:
        suites(settings.models, settings.home)
        comparisons(settings.models, settings.home)


if __name__ == "__main__":
    main()
