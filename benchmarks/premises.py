"""What is taken for granted in questions: corrected, doubted, or left alone.

    python benchmarks/premises.py

For the suites wikinews and seeds, and for squad2 and multihop-rag where ../shared/data is there:
how many questions have a premise that can be told, how many of the unanswerable and of the
answerable ones are refused by the search's confidence alone, and with what nothing speaks of
counted against it; and how many are corrected, which an answerable one should never be. Then the
invented pairs of tests/qa/data/premises.yaml, of which those that are denied should be. Each
question of squad2 and multihop-rag is put to the whole set.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import yaml
from disagreements import interval

from evals import corpus_archive, load_suite
from index import Archive, Filters, MiniLM
from qa import AnswerSettings, find_evidence
from qa._evidence.confidence import confidence
from qa._evidence.premise import less_sure, premise
from ui._settings import load_settings

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
LEAST = AnswerSettings().refuse_below


def report(name: str, archive: Archive, questions: Iterable[tuple[str, bool]]) -> None:
    """``questions``: each with whether it has an answer."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for question, answerable in questions:
        evidence = find_evidence(archive, question, Filters())
        sure, held = confidence(evidence), premise(evidence)
        doubted = less_sure(sure) if held and held.unspoken else sure
        found = counts[answerable]
        found["all"] += 1
        found["premise"] += held is not None
        found["alone"] += sure < LEAST
        found["refused"] += doubted < LEAST
        found["corrected"] += bool(held and held.denied and doubted >= LEAST)
    for answerable, found in counts.items():
        print(
            f"{name}, {'answerable' if answerable else 'unanswerable'}: {found['premise']} premises"
        )
        print(f"    refused by the search alone  {interval(found['alone'], found['all'])}")
        print(f"    refused with the premise     {interval(found['refused'], found['all'])}")
        print(f"    corrected                    {interval(found['corrected'], found['all'])}")


def invented(folder: Path, embedding: MiniLM) -> None:
    cases = yaml.safe_load((ROOT / "tests" / "qa" / "data" / "premises.yaml").read_text())
    texts = {t for kinds in cases.values() for pairs in kinds.values() for _, t in pairs}
    file = folder / "premises.jsonl"
    file.write_text("".join(json.dumps({"id": t, "text": t}) + "\n" for t in sorted(texts)))
    with Archive.open(folder / "premises", embedding=embedding) as archive:
        archive.sync([file])
        for half, kinds in cases.items():
            for kind, pairs in kinds.items():
                told = 0
                for question, text in pairs:
                    held = premise(find_evidence(archive, question, Filters(articles=(text,))))
                    told += bool(held and held.denied)
                print(f"invented, {half}, {kind}: corrected {interval(told, len(pairs))}")


def main() -> None:
    settings = load_settings()
    embedding = MiniLM.open(settings.models)
    for name in ("wikinews", "seeds"):
        suite = load_suite(ROOT / "evals" / "suites" / f"{name}.yaml")
        with corpus_archive(suite, settings.home, embedding) as archive:
            asked = (
                (case.questions[0], not case.expect.abstain)
                for case in suite.cases
                if len(case.questions) == 1
            )
            report(name, archive, asked)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (DATA / "squad2").exists():
            lines = (DATA / "squad2" / "questions.jsonl").read_text().splitlines()
            rows = [json.loads(line) for line in lines]
            texts = sorted({row["context"] for row in rows})
            file = folder / "squad2.jsonl"
            records = ({"id": f"squad2-{n}", "text": text} for n, text in enumerate(texts))
            file.write_text("".join(json.dumps(record) + "\n" for record in records))
            with Archive.open(folder / "squad2", embedding=embedding) as archive:
                archive.sync([file])
                report("squad2", archive, ((r["question"], r["answerable"]) for r in rows))
        if (DATA / "multihop-rag").exists():
            lines = (DATA / "multihop-rag" / "questions.jsonl").read_text().splitlines()
            rows = [json.loads(line) for line in lines]
            with Archive.open(folder / "multihop", embedding=embedding) as archive:
                archive.sync([DATA / "multihop-rag" / "articles.jsonl"])
                asked = ((r["question"], r["type"] != "null_query") for r in rows)
                report("multihop-rag", archive, asked)
        invented(folder, embedding)


if __name__ == "__main__":
    main()
