"""From places in articles to what an answer says of them, with the articles' own metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from index import Article
from qa._answer import NearestArticle, Quote
from qa._evidence.selection import Span
from qa._evidence.sentences import Candidate
from qa._verify.attribution import hidden_speaker


def make_quote(number: int, span: Span) -> Quote:
    """A stretch of an article, with the article's own metadata."""
    article = span.article
    return Quote(
        n=number,
        text=span.text,
        verdict="exact",
        article=article.id,
        source=article.source,
        title=article.title,
        outlet=article.outlet,
        author=article.author,
        published=article.published,
        url=article.url,
        start=span.start,
        end=span.end,
        text_sha256=article.text_sha256,
        speaker=hidden_speaker(article.text, span.start, span.end),
    )


def nearest_articles(articles: Sequence[Article], limit: int = 3) -> tuple[NearestArticle, ...]:
    """What a refusal names: the first of these articles."""
    return tuple(
        NearestArticle(a.id, a.source, a.title, a.outlet, a.published) for a in articles[:limit]
    )


def evidence_record(labels: Mapping[int, Candidate]) -> list[dict[str, Any]]:
    """Labelled sentences as they are kept: ids, offsets, and the hash of the text they are of."""
    return [
        {
            "label": label,
            "article": candidate.article.id,
            "start": candidate.sentence.start,
            "end": candidate.sentence.end,
            "text_sha256": candidate.article.text_sha256,
            "score": round(candidate.score, 4),
        }
        for label, candidate in labels.items()
    ]
