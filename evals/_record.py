"""The record of a run on disk: ``run.json`` and ``cases.jsonl``.

A case is on disk before the next one is asked, so an interrupted run keeps all that it paid
for. A line that was cut off by a crash is dropped; of two lines for one case and repeat the
later one counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from evals._retrieval import Retrieved
from evals._score import Outcome, Stage, Verdict
from evals._suite import Case
from index import UsageError

FORMAT = 1
"""Raised when a record of an older program can no longer be read."""

_PACKAGES = (
    "pullquote",
    "llama-index-core",
    "chromadb",
    "tantivy",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "nupunkt",
    "openai",
    "xllamacpp",
)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case, asked once: a line of ``cases.jsonl``.

    Attributes:
        repeat: Counts from 1.
        abstain: Whether the right answer is that there is none.
        cluster: The source that the case is about, for intervals; its id where it names none.
        outcome, stage, reason, scores, retrieval: See ``Verdict``.
        retrieved: What the harness's own search found.
        evidence: Ids of the articles quoted before the answer was written.
        answer: In its documented form; None when there is none.
        error: Why there is no answer, or none of the model's own; empty when there is.
        notices: What the answerer told the reader on the way.
        timings_ms: ``retrieve`` as the answer states it; ``first_quote``, ``first_text`` and
            ``total`` as they reached the harness, since the last question.
        tokens: ``prompt`` and ``completion``, of all turns.
    """

    id: str
    repeat: int
    questions: tuple[str, ...]
    tags: tuple[str, ...]
    abstain: bool
    cluster: str
    outcome: Outcome
    stage: Stage | None
    reason: str
    scores: Mapping[str, float | str]
    retrieval: Mapping[str, float]
    retrieved: tuple[Retrieved, ...] = ()
    evidence: tuple[str, ...] = ()
    answer: Mapping[str, Any] | None = None
    error: str = ""
    notices: tuple[str, ...] = ()
    timings_ms: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        return self.id, self.repeat

    def measured(self, name: str) -> float | None:
        """The value of a score; None where it does not apply or was not measured."""
        value = self.scores.get(name)
        return value if isinstance(value, int | float) else None

    def judged(self, case: Case, verdict: Verdict) -> CaseRecord:
        """This record with another verdict, by what ``case`` expects now."""
        return CaseRecord(
            **{name: getattr(self, name) for name in _KEPT},
            **verdict_fields(case, verdict),
        )

    def to_json(self) -> dict[str, Any]:
        """One line of ``cases.jsonl``."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CaseRecord:
        """The record that ``to_json`` wrote."""
        return cls(
            **{
                **data,
                "questions": tuple(data["questions"]),
                "tags": tuple(data["tags"]),
                "retrieved": tuple(Retrieved(**hit) for hit in data["retrieved"]),
                "evidence": tuple(data["evidence"]),
                "notices": tuple(data["notices"]),
            }
        )


_KEPT = (
    "id",
    "repeat",
    "questions",
    "retrieved",
    "evidence",
    "answer",
    "error",
    "notices",
    "timings_ms",
    "tokens",
)


def verdict_fields(case: Case, verdict: Verdict) -> dict[str, Any]:
    """The fields of a record that follow from the expectations."""
    groups = case.expect.source_groups
    return {
        "tags": case.tags,
        "abstain": case.expect.abstain,
        "cluster": groups[0][0] if groups else case.id,
        "outcome": verdict.outcome,
        "stage": verdict.stage,
        "reason": verdict.reason,
        "scores": {score.name: score.to_json() for score in verdict.scores},
        "retrieval": {name: round(value, 6) for name, value in verdict.retrieval.items()},
    }


class CaseLog:
    """``cases.jsonl``, open for more lines."""

    def __init__(self, path: Path) -> None:
        """Open or create it; a cut-off last line is taken away."""
        self._file: IO[bytes] = path.open("ab+")
        self._file.seek(0)
        whole = self._file.read().rfind(b"\n") + 1
        self._file.truncate(whole)

    def append(self, record: CaseRecord) -> None:
        """Add a line; it is on disk when this returns."""
        line = json.dumps(record.to_json(), ensure_ascii=False)
        self._file.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> CaseLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def read_cases(path: Path) -> list[CaseRecord]:
    """The records in a ``cases.jsonl``, the last one of each case and repeat; [] if absent.

    Raises:
        UsageError: A whole line of it is not a record.
    """
    if not path.exists():
        return []
    records: dict[tuple[str, int], CaseRecord] = {}
    *lines, _cut_off = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            record = CaseRecord.from_json(json.loads(line.decode("utf-8", "surrogatepass")))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path.name} line {number} is not a case record: {error}") from error
        records[record.key] = record
    return list(records.values())


def write_cases(path: Path, records: Iterable[CaseRecord]) -> None:
    """Replace a ``cases.jsonl`` as a whole."""
    lines = (json.dumps(record.to_json(), ensure_ascii=False) + "\n" for record in records)
    write_atomically(path, "".join(lines))


def read_info(directory: Path) -> dict[str, Any]:
    """The ``run.json`` of a run.

    Raises:
        UsageError: There is no run in this folder, or a newer program wrote it.
    """
    path = directory / "run.json"
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{directory} is not the folder of a run: it has no run.json.",
            "Name a folder that `eval run` has written.",
        ) from None
    except ValueError as error:
        raise UsageError(f"{path} is not readable: {error}") from error
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        raise UsageError(f"{path} was written by another version of this program.")
    return info


def write_info(directory: Path, info: Mapping[str, Any]) -> None:
    """Replace the ``run.json`` of a run."""
    text = json.dumps(info, ensure_ascii=False, indent=2)
    write_atomically(directory / "run.json", text + "\n")


def begin_run(out: Path, wanted: Mapping[str, Any]) -> Path:
    """Make the folder of a new run."""
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:8]
    stem = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{wanted['suite']}-{digest}"
    for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))):
        directory = out / name
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            continue
        info = {"format": FORMAT, **wanted, "versions": package_versions()}
        write_info(directory, info | {"started": now(), "finished": None})
        return directory
    raise UsageError(f"{out} is full of runs of this second.")


def find_run(out: Path, wanted: Mapping[str, Any]) -> Path | None:
    """The newest run that was made in just this way."""
    pattern = re.compile(rf"\d{{8}}T\d{{6}}Z-{re.escape(wanted['suite'])}-[0-9a-f]{{8}}(-\d+)?")
    folders = out.iterdir() if out.is_dir() else ()
    for directory in sorted((d for d in folders if pattern.fullmatch(d.name)), reverse=True):
        try:
            info = read_info(directory)
        except UsageError:
            continue
        if all(info.get(name) == value for name, value in wanted.items()):
            return directory
    return None


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is either the old or the new one, whenever the power fails."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a result, as far as installed."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def git_state() -> dict[str, Any] | None:
    """Commit of this program's checkout and whether it has changes; None outside of one."""
    here = Path(__file__)
    if _git(here.parent, "ls-files", "--error-unmatch", here.name) is None:
        return None
    commit = _git(here.parent, "rev-parse", "HEAD")
    changes = _git(here.parent, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes)} if commit else None


def _git(directory: Path, *arguments: str) -> str | None:
    command: Sequence[str] = ("git", "-C", str(directory), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
