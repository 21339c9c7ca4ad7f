"""Tiny sets in the forms in which they are published, and in those of the shared data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BRIDGE = "https://harbour.example/bridge"
OPERA = "https://inland.example/opera"

MULTIHOP_CORPUS: list[dict[str, Any]] = [
    {
        "title": "Bridge closed after storm",
        "author": None,
        "source": "Harbour Post",
        "published_at": "2021-03-02T10:00:00+00:00",
        "category": "local",
        "url": BRIDGE,
        "body": "The old bridge in Marl was closed on Monday, the Marl Times reported.\n\n"
        "Repairs will cost 1.5 million euros, Anna Berg said.",
    },
    {
        "title": "A season of opera",
        "author": "Jo Reed",
        "source": "Inland Gazette",
        "published_at": "2021-03-04T09:30:00+00:00",
        "category": "culture",
        "url": OPERA,
        "body": "Anna Berg opens the opera season in Marl.\n\nTickets start at 25 euros.",
    },
]


def evidence(url: str, fact: str) -> dict[str, Any]:
    article = next(a for a in MULTIHOP_CORPUS if a["url"] == url)
    return {name: article[name] for name in ("title", "source", "url")} | {"fact": fact}


COST = evidence(BRIDGE, "Repairs will cost 1.5 million euros, Anna Berg said.")
SEASON = evidence(OPERA, "Anna Berg opens the opera season in Marl.")

MULTIHOP: list[dict[str, Any]] = [
    {
        "query": "Who speaks of repairs in the Harbour Post and opens a season?",
        "answer": "Anna Berg",
        "question_type": "inference_query",
        "evidence_list": [COST, SEASON],
    },
    {
        "query": "Does the Harbour Post name a cost, while the Inland Gazette names a price?",
        "answer": "Yes",
        "question_type": "comparison_query",
        "evidence_list": [COST, evidence(OPERA, "Tickets start at 25 euro.")],  # a letter short
    },
    {
        "query": "Did the reports of the two papers differ in tone or not?",
        "answer": "Consistent",
        "question_type": "temporal_query",
        "evidence_list": [COST, SEASON],
    },
    {
        "query": "Who wrote the bridge report?",
        "answer": "Max Frey",  # whom neither article knows
        "question_type": "inference_query",
        "evidence_list": [COST],
    },
    {
        "query": "Who won the 2031 Nobel Peace Prize?",
        "answer": "Insufficient information.",
        "question_type": "null_query",
        "evidence_list": [],
    },
]

SQUAD: dict[str, Any] = {
    "version": "v2.0",
    "data": [
        {
            "title": "Marl_%28town%29",
            "paragraphs": [
                {
                    "context": "Marl is pronounced /maːl/ and has 3,200 inhabitants.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": " How many live in Marl?",
                            "answers": [
                                {"text": "3,200", "answer_start": 38},
                                {"text": "3,200", "answer_start": 38},
                                {"text": "3,200 inhabitants", "answer_start": 38},
                            ],
                            "is_impossible": False,
                        },
                        {
                            "id": "q2",
                            "question": "How is Marl pronounced?",
                            "answers": [{"text": "/maːl/", "answer_start": 22}],
                            "is_impossible": False,
                        },
                        {
                            "id": "q3",
                            "question": "How many live in Barl?",
                            "answers": [],
                            "plausible_answers": [{"text": "3,200", "answer_start": 38}],
                            "is_impossible": True,
                        },
                    ],
                }
            ],
        }
    ],
}

RAMDOCS: list[dict[str, Any]] = [
    {
        "question": "When was Judge Ritter born?",
        "documents": [
            {"text": "Halsted Ritter was born in 1868.", "type": "correct", "answer": "1868"},
            {"text": "Willis Ritter was born in 1899.", "type": "correct", "answer": "1899"},
            {"text": "Halsted Ritter was born in 1900.", "type": "misinfo", "answer": "1900"},
            {"text": "Judge Rutter liked dogs.", "type": "noise", "answer": "unknown"},
        ],
        "disambig_entity": ["Halsted Ritter", "Willis Ritter"],
        "gold_answers": ["1868", "1899"],
        "wrong_answers": ["1900"],
    },
    {
        "question": "When was Judge Rutter born?",
        "documents": [
            {"text": "Judge Rutter was born in 1920.", "type": "correct", "answer": "1920"},
            {"text": "Judge Rutter liked dogs.", "type": "noise", "answer": "unknown"},
        ],
        "disambig_entity": ["Rutter"],
        "gold_answers": ["1920", "1921"],  # the second in no document
        "wrong_answers": [],
    },
    {
        "question": "When was Judge Rotter born?",
        "documents": [{"text": "He was born in 1.", "type": "misinfo", "answer": "1"}],
        "disambig_entity": ["Rotter"],
        "gold_answers": ["2"],
        "wrong_answers": ["1"],
    },
]


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_lines(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def multihop_rag(folder: Path) -> Path:
    write_json(folder / "corpus.json", MULTIHOP_CORPUS)
    return write_json(folder / "MultiHopRAG.json", MULTIHOP)


def squad2(folder: Path) -> Path:
    return write_json(folder / "dev-v2.0.json", SQUAD)


def ramdocs(folder: Path) -> Path:
    return write_lines(folder / "RAMDocs_test.jsonl", RAMDOCS)
