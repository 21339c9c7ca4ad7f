"""The folder of an imported suite: either whole or not there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index import UsageError

SUITE, CORPUS = "suite.jsonl", "articles.jsonl"


def check_free(out: Path, read: Iterable[Path], *, force: bool) -> None:
    """Refuse a folder that must not be written to.

    Raises:
        UsageError: It is no folder; it holds something, without ``force``; or one of the files in
            ``read`` would be replaced.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is not a folder.", "Give another: --out FOLDER")
    if out.exists() and any(out.iterdir()) and not force:
        raise UsageError(
            f"{out} exists and is not empty.",
            f"Give another folder with --out, or replace its {SUITE} and {CORPUS} with --force.",
        )
    written = {(out / name).resolve() for name in (SUITE, CORPUS)}
    for path in read:
        if path.resolve() in written:
            raise UsageError(f"{path} is read and would be replaced.", "Give another: --out FOLDER")


@contextmanager
def draft_of(out: Path) -> Iterator[Path]:
    """A folder to write to, which becomes ``out`` at the end; whatever goes wrong, it goes.

    Of an ``out`` that is there only the two files are replaced, the suite last: it names the
    SHA-256 of its corpus, so that a suite with another's corpus is noticed.
    """
    out = out.resolve()  # also of ".", which has no name
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}.new")
    draft.mkdir()
    try:
        yield draft
        if out.exists():
            for name in (CORPUS, SUITE):
                (draft / name).replace(out / name)
        else:
            draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write objects, one a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
