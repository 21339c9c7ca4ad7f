"""``eval import``: from a published file to a suite that runs, and what it says where it cannot."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = "The harbour of Marl has 25 cranes. Nine of them were built in 1961."
SET = {
    "version": "v2.0",
    "data": [
        {
            "title": "Marl",
            "paragraphs": [
                {
                    "context": PAGE,
                    "qas": [
                        {
                            "id": "cranes",
                            "question": "How many cranes has the harbour of Marl?",
                            "answers": [{"text": "25", "answer_start": 24}],
                            "is_impossible": False,
                        },
                        {
                            "id": "mayor",
                            "question": "Who is the mayor of Zurich?",
                            "answers": [],
                            "is_impossible": True,
                        },
                    ],
                }
            ],
        }
    ],
}

Command = Callable[..., Any]


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps(SET))
    return path


def test_from_the_published_file_to_a_run(command: Command, dev: Path, tmp_path: Path) -> None:
    done = command("eval", "import", "squad2", dev.name, "--out", "my sets/squad")
    assert done.code == 0
    *told, licence, following = done.out.splitlines()
    assert told == [
        "dev-v2.0.json: not the official file: 2 questions",
        "my sets/squad/suite.jsonl: 2 cases (1 answerable, 1 unanswerable)",
        "my sets/squad/articles.jsonl: 1 articles",
    ]
    assert licence.startswith("licence: CC BY-SA 4.0")
    commands = [shlex.split(part) for part in following.removeprefix("next: ").split(" && ")]
    validated, ran = (command(*words[1:]) for words in commands)
    assert (validated.code, validated.out) == (0, "")
    assert "no score is comparable" in ran.out
    assert ran.out.splitlines()[-1] == "2 passed, 0 failed, 0 skipped"
    again = command("eval", "import", "squad2", dev, "--json").json()
    assert {name: again[name] for name in ("kind", "suite", "cases", "articles", "left_out")} == {
        "kind": "squad2",
        "suite": "squad2/suite.jsonl",
        "cases": 2,
        "articles": 1,
        "left_out": {},
    }


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("squad3", "dev-v2.0.json"), "One of: multihop-rag, squad2, ramdocs."),
        (("squad2", "absent.json"), "absent.json cannot be read"),
        (("ramdocs", "dev-v2.0.json"), "Found: an object with 'version', 'data'."),
        (("multihop-rag", "dev-v2.0.json"), "is not the questions of MultiHop-RAG"),
        (("squad2", "dev-v2.0.json", "--corpus", "x"), "has its articles in the file of its"),
        (("squad2", "dev-v2.0.json", "--out", "."), "--force"),
    ],
)
def test_what_cannot_be_imported_is_wrong_usage(
    command: Command, dev: Path, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = command("eval", "import", *arguments)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.error
    assert [path for path in tmp_path.iterdir() if path.name != "models"] == [dev]
