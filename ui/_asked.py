"""How a question was put: what limits it, what was understood from it, what was taken back.

The page shows it beside the answer, each item with a button that asks the question once more
without it. A button names its item by its place in ``Asked.limits``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from index import Filters
from qa import Item

# Keys of the filters that a reader set, beside those of ``qa.Item``.
_OUTLET, _SINCE, _UNTIL, _ARTICLES = "only:outlet:", "only:since:", "only:until:", "only:articles"
_KINDS = {"outlet": "outlet: ", "phrase": "phrase: "}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put.

    Attributes:
        question: As it was typed.
        turns: How many turns of the conversation it was put after.
        filters: What the reader limited the search to.
        without: Keys of what the reader took back, filters too.
        understood: What was taken from its words, once that is known.
        removed: What would have been, had the reader not taken it back.
    """

    question: str
    turns: int = 0
    filters: Filters = Filters()  # noqa: RUF009 - it is frozen
    without: tuple[str, ...] = ()
    understood: tuple[Item, ...] = ()
    removed: tuple[Item, ...] = ()

    @property
    def set_by_hand(self) -> tuple[Item, ...]:
        """The filters that the reader set, as items."""
        return tuple(_filter_items(self.filters))

    @property
    def limits(self) -> tuple[Item, ...]:
        """All that can be taken back: filters, then what was understood."""
        return (*self.set_by_hand, *self.understood)

    @property
    def taken_back(self) -> tuple[Item, ...]:
        """What the reader took back, as items."""
        filters = (_item_of_filter(key) for key in self.without if key.startswith("only:"))
        return (*filters, *self.removed)

    def less(self, gone: Sequence[Item]) -> Asked:
        """The question to be put again without some of its limits."""
        keys = {item.key for item in gone}
        kept = Filters(
            outlet=tuple(name for name in self.filters.outlet if _OUTLET + name not in keys),
            since=None if f"{_SINCE}{self.filters.since}" in keys else self.filters.since,
            until=None if f"{_UNTIL}{self.filters.until}" in keys else self.filters.until,
            articles=() if _ARTICLES in keys else self.filters.articles,
        )
        without = tuple(dict.fromkeys([*self.without, *(item.key for item in gone)]))
        removed = (*self.removed, *(item for item in gone if item in self.understood))
        return replace(self, filters=kept, without=without, understood=(), removed=removed)


def asked_of(question: str, turns: int, trace: Mapping[str, Any]) -> Asked:
    """The same from what was kept with an answer; older answers kept less."""
    filters = trace.get("filters") or {}
    return Asked(
        question,
        turns,
        Filters(
            outlet=tuple(filters.get("outlet") or ()),
            since=_day(filters.get("since")),
            until=_day(filters.get("until")),
            articles=tuple(filters.get("articles") or ()),
        ),
        tuple(trace.get("without") or ()),
        tuple(Item(**item) for item in trace.get("understood") or ()),
        tuple(Item(**item) for item in trace.get("removed") or ()),
    )


def named(item: Item) -> str:
    """An item as it is shown: ``outlet: The Wire``, ``published 4 Nov 2023``."""
    return _KINDS.get(item.kind, "") + item.label


def _filter_items(filters: Filters) -> Iterator[Item]:
    for name in filters.outlet:
        yield _item_of_filter(_OUTLET + name)
    if filters.since:
        yield _item_of_filter(f"{_SINCE}{filters.since}")
    if filters.until:
        yield _item_of_filter(f"{_UNTIL}{filters.until}")
    if filters.articles:
        count = len(filters.articles)
        yield Item(_ARTICLES, f"{count} chosen article{'' if count == 1 else 's'}")


def _item_of_filter(key: str) -> Item:
    """A filter by its key alone, as it can be said when the filter is gone, too."""
    if key.startswith(_OUTLET):
        return Item(key, f"outlet: {key.removeprefix(_OUTLET)}")
    if key.startswith(_SINCE):
        return Item(key, f"since {key.removeprefix(_SINCE)}")
    if key.startswith(_UNTIL):
        return Item(key, f"until {key.removeprefix(_UNTIL)}")
    return Item(key, "chosen articles")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
