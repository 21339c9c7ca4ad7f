"""How far a change of the archive is, and what a sync did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from index._readers import Failure

Stage = Literal["copies", "read", "keywords", "vectors", "index", "sentences"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change of the archive is.

    Attributes:
        stage: ``copies``: articles of an older archive compared for near copies. ``read``:
            documents read. ``keywords``: passages that can be searched by their
            words and are on disk with their articles. ``vectors``: passages embedded, each
            kept. ``index``: passages written into the new vector index. ``sentences``: sentences
            embedded.
        done: How many of them.
        total: How many there will be; None where it is not known beforehand.
    """

    stage: Stage
    done: int
    total: int | None


ProgressCallback = Callable[[Progress], None]


_T = TypeVar("_T")


def counted(
    items: Iterable[_T], stage: Stage, total: int, progress: ProgressCallback
) -> Iterator[_T]:
    """The items, with word of every thousandth that has been taken, and of the last."""
    for done, item in enumerate(items, 1):
        yield item
        if done % 1000 == 0 or done == total:
            progress(Progress(stage, done, total))


SECONDS = ("read", "keywords", "vectors", "total")


@dataclass(slots=True)
class SyncReport:
    """What a sync did. Counts are articles.

    Attributes:
        duplicates: Documents with the text and the outlet of an article, see ``index._store``.
        failed: What could not be read: a document was lost by each of these.
        notes: What else was wrong with documents that went in.
        other_kinds: How many files of kinds that are not read were passed over in folders, by
            ending; "" for those that have none.
        seconds: Per stage, and the ``total``.
        vectors_missing: Passages that wait for an embedding model.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    failed: list[Failure] = field(default_factory=list)
    notes: list[Failure] = field(default_factory=list)
    other_kinds: dict[str, int] = field(default_factory=dict)
    articles: int = 0
    passages: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SECONDS, 0.0))
    vectors_missing: int = 0

    @property
    def changed(self) -> bool:
        """Whether the archive holds other articles than before."""
        return bool(self.added or self.updated or self.removed)

    def count_other(self, path: Path) -> None:
        """Count a file of a kind that is not read."""
        ending = path.suffix.lower()
        if ending == ".gz":
            ending = Path(path.stem).suffix.lower() + ending
        self.other_kinds[ending] = self.other_kinds.get(ending, 0) + 1

    def to_json(self) -> dict[str, Any]:
        """The documented form of ``index sync --json``."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "duplicates": self.duplicates,
            "failed": [{"source": f.source, "reason": f.reason} for f in self.failed],
            "articles": self.articles,
            "passages": self.passages,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "other_kinds": dict(sorted(self.other_kinds.items())),
        }


class Stopwatch:
    """Seconds per stage of a sync."""

    def __init__(self) -> None:
        self._start = self._lap = time.perf_counter()
        self.seconds: dict[str, float] = {"read": 0.0, "keywords": 0.0, "vectors": 0.0}

    def lap(self, stage: Stage) -> None:
        """Book the time since the last lap on ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] += now - self._lap
        self._lap = now

    def total(self) -> dict[str, float]:
        return self.seconds | {"total": time.perf_counter() - self._start}
