"""A quote that a claim points at, with what is known of its article."""

from __future__ import annotations

from dataclasses import dataclass

from index import Article


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A quote, and what a claim that points at it may name besides.

    Attributes:
        published: The day of publication of its article, as an ISO date or date-time: what the
            quote says of "yesterday" counts from it.
    """

    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Who published and wrote it."""
        return tuple(value for value in (self.outlet, self.author) if value)


def cited_quote(text: str, article: Article) -> CitedQuote:
    """``text`` as a quote of ``article``."""
    return CitedQuote(text, article.title, article.outlet, article.author, article.published)
