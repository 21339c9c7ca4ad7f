"""What a killed writer leaves behind, told by names that only this program's libraries give."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_GENERATION = re.compile(r"\d{8}-[0-9a-f]{8}")
_SEGMENT = re.compile(r"([0-9a-f]{32})\.(?:\d+\.del|idx|pos|term|store|fast|fieldnorm|temp)")
_TEMPORARY = re.compile(r"\.tmp\w{6}")


def leftovers(home: Path, generation: str | None) -> list[Path]:
    """Files and folders below ``home`` that no index is made of; they may hold deleted text.

    While a writer is at work, some of what it is making is among them.

    Args:
        home: The archive's folder.
        generation: Name of the Chroma generation in use.
    """
    found = [
        path
        for path in _children(home / "chroma")
        if _GENERATION.fullmatch(path.name) and path.name != generation
    ]
    found += [path for path in _children(home) if path.name == "CURRENT.new"]
    live = _segments(home / "keywords" / "meta.json")
    for path in _children(home / "keywords"):
        segment = _SEGMENT.fullmatch(path.name)
        stray = segment is not None and live is not None and segment[1] not in live
        if stray or _TEMPORARY.fullmatch(path.name):
            found.append(path)
    return found


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files and folders; what is gone already is no fault."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(FileNotFoundError):
                path.unlink()


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _segments(meta: Path) -> set[str] | None:
    """The segments that a tantivy index is made of; None where that is not to be read."""
    try:
        listed = json.loads(meta.read_text("utf-8"))["segments"]
        return {segment["segment_id"].replace("-", "") for segment in listed}
    except (OSError, ValueError, KeyError, TypeError):
        return None
