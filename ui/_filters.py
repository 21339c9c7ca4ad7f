"""Filters from what a reader chose and typed, on the command line or on the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index import Archive, Filters


def read_filters(
    archive: Archive,
    outlets: Sequence[str],
    since: str | None,
    until: str | None,
    articles: Sequence[str],
    *,
    since_name: str,
    until_name: str,
    list_them: str,
) -> Filters:
    """Filters, checked by what the archive holds.

    Args:
        archive: Its outlets and articles are what can be asked for.
        outlets: Names, whatever their case.
        since: The first day, ISO 8601; None for no limit.
        until: The last day, likewise.
        articles: Ids.
        since_name: What the first day's place is called on the screen.
        until_name: What the last day's place is called.
        list_them: What to do to see the names of outlets.

    Raises:
        UsageError: A date is not a date, the dates are reversed, or an outlet or article is not
            in the archive.
    """
    from index import Filters, UsageError

    _check_outlets(archive, outlets, list_them)
    for article_id in articles:
        archive.article(article_id)
    first, last = read_day(since_name, since), read_day(until_name, until)
    if first and last and first > last:
        raise UsageError(f"{since_name} {first} is after {until_name} {last}.", "Swap the two.")
    return Filters(outlet=tuple(outlets), since=first, until=last, articles=tuple(articles))


def read_day(name: str, text: str | None) -> date | None:
    """A day written ``2023-11-04``; None for None.

    Raises:
        UsageError: It is not a date.
    """
    from index import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{name} {text!r} is not a date.", "Write it as 2023-11-04.") from error


def _check_outlets(archive: Archive, names: Sequence[str], list_them: str) -> None:
    from index import UsageError
    from qa import near_outlets

    if not names:
        return
    known = archive.outlets()
    folded = {name.casefold() for name in known}
    for name in names:
        if name.casefold() not in folded:
            near = near_outlets(name, known)
            raise UsageError(
                f"No article is from an outlet called {name!r}.",
                f"Near names: {', '.join(near)}." if near else list_them,
            )
