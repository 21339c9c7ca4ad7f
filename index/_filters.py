"""What a search may be limited to, and which articles pass.

What filters ask for is read once per version of the archive and kept as columns: thousands of
articles are gone through in well under a millisecond, and their texts stay on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to. An empty filter lets everything through.

    Attributes:
        outlet: Outlet names, compared without regard to case; any of them.
        since, until: Days of publication, both included. Articles of unknown date never match.
        articles: Article ids; any of them.
    """

    outlet: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    articles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.outlet or self.since or self.until or self.articles)


def day_number(day: date | None) -> int | None:
    """YYYYMMDD, which sorts and compares as days do."""
    return day.year * 10000 + day.month * 100 + day.day if day else None


class Catalogue:
    """What filters ask for, of every article of one version of the archive. Never changes."""

    def __init__(
        self, version: int, rows: Iterable[tuple[str, str | None, int | None, int]]
    ) -> None:
        """``rows``: article id, outlet, day as YYYYMMDD, number of passages."""
        import numpy as np

        self.version = version
        self._numbers: dict[str, int] = {}
        self._outlets: dict[str, int] = {}
        outlets, days, passages = [], [], []
        for article_id, outlet, day, count in rows:
            self._numbers[article_id] = len(self._numbers)
            folded = None if outlet is None else outlet.casefold()
            outlets.append(
                -1 if folded is None else self._outlets.setdefault(folded, len(self._outlets))
            )
            days.append(-1 if day is None else day)
            passages.append(count)
        self._ids = np.array(list(self._numbers), dtype=object)
        self._outlet = np.array(outlets, dtype=np.int32)
        self._day = np.array(days, dtype=np.int32)
        self._passages = np.array(passages, dtype=np.int64)

    def matching(self, filters: Filters) -> list[str]:
        """Ids of the articles that pass."""
        found: list[str] = self._ids[self._mask(filters)].tolist()
        return found

    def numbers(self, filters: Filters) -> tuple[int, int]:
        """How many articles pass, and how many passages they have."""
        mask = self._mask(filters)
        return int(mask.sum()), int(self._passages[mask].sum())

    def _mask(self, filters: Filters) -> NDArray[np.bool_]:
        import numpy as np

        mask = np.ones(len(self._ids), dtype=np.bool_)
        if filters.outlet:
            wanted = {outlet.casefold() for outlet in filters.outlet}
            codes = [self._outlets[outlet] for outlet in wanted if outlet in self._outlets]
            mask &= np.isin(self._outlet, codes)
        if filters.since or filters.until:
            mask &= self._day >= 0
        if since := day_number(filters.since):
            mask &= self._day >= since
        if until := day_number(filters.until):
            mask &= self._day <= until
        if filters.articles:
            named = np.zeros(len(mask), dtype=np.bool_)
            named[[self._numbers[i] for i in filters.articles if i in self._numbers]] = True
            mask &= named
        return mask
