"""What ``benchmarks/answers.py`` keeps: a line of JSON for each question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals import CaseRecord
from evals._record import git_state, now, read_cases, write_info

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Pair:
    """One question put to both sides."""

    id: str
    ours: CaseRecord
    theirs: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "ours": asdict(self.ours), "theirs": self.theirs}


class Kept:
    """The folder of one state of the program.

    Args:
        folder: Where all of them are.
        name: ``None`` for the state of the sources that answer.
    """

    def __init__(self, folder: Path, name: str | None) -> None:
        self.folder = folder / (name or program_digest())

    def begin(self, settings: dict[str, Any]) -> None:
        """Note what is about to write here: answers of two programs are not taken for one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "run.json"
        info = json.loads(path.read_text("utf-8")) if path.exists() else {"programs": {}}
        wrote = {"git": git_state(), "first": now(), **settings}
        info["programs"].setdefault(program_digest(), wrote)
        write_info(self.folder, info)

    @property
    def programs(self) -> dict[str, Any]:
        """What wrote here, by the digest of its sources."""
        path = self.folder / "run.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))["programs"]
        return found

    def cases_file(self, set_name: str, model: str) -> Path:
        return self.folder / f"{set_name}@{_safe(model)}.jsonl"

    def pairs_file(self, set_name: str, model: str, top_k: int) -> Path:
        return self.folder / f"side-by-side-{top_k}@{set_name}@{_safe(model)}.jsonl"

    def cases(self) -> Iterator[tuple[str, list[CaseRecord]]]:
        """Set and answers, of every set and model that something is kept of."""
        for path in sorted(self.folder.glob("*.jsonl")):
            if not path.name.startswith("side-by-side"):
                yield path.name.partition("@")[0], measured(path)

    def pairs(self) -> Iterator[tuple[str, str, list[Pair]]]:
        """Set, top k with the model's name in a file's form, and pairs."""
        for path in sorted(self.folder.glob("side-by-side*.jsonl")):
            head, set_name, model = path.stem.split("@")
            yield set_name, f"{head.rpartition('-')[2]} passages, {model}", read_pairs(path)


def measured(path: Path) -> list[CaseRecord]:
    """The answers in a file, without those that failed: they are asked again."""
    return [record for record in read_cases(path) if record.outcome != "not_measured"]


def read_pairs(path: Path) -> list[Pair]:
    """The pairs in a file; a line that was cut off is no pair."""
    if not path.exists():
        return []
    *lines, _cut_off = path.read_bytes().split(b"\n")
    rows = (json.loads(line.decode("utf-8", "surrogatepass")) for line in lines)
    return [Pair(r["id"], CaseRecord.from_json(r["ours"]), r["theirs"]) for r in rows]


def program_digest() -> str:
    """A short hash of the sources that make an answer."""
    digest = hashlib.sha256()
    for package in ("index", "qa"):
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in {".py", ".j2", ".json"}:
                digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in name)
