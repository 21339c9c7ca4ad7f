"""One document, as it was read, made into what is stored: cleaned, frozen, cut."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from index._article import ID_DIGITS, Article, derive_id, sha256_hex
from index._cleaning.clean import clean
from index._passages import build_passages
from index._readers import RawDocument
from index._sentences import split_sentences
from index._store.store import StoredArticle

# Part of every document's key: a change of cleaning, sentences or passages raises it, and
# articles are made anew.
DERIVATION = 2


def prepare(document: RawDocument, article_id: str, file: str) -> StoredArticle:
    """Clean, freeze and cut one document as it was read from the resolved path ``file``."""
    cleaned = clean(document.text, title=document.title)
    article = Article(
        id=article_id,
        source=document.source,
        text=cleaned.text,
        title=document.title,
        outlet=document.outlet,
        author=document.author,
        published=document.published,
        url=document.url,
    )
    sentences = split_sentences(article.text, article.id)
    return StoredArticle(
        article=article,
        file=file,
        raw=document.text,
        segments=[(s.start, s.raw_start, s.length) for s in cleaned.segments],
        content_key=content_key(document),
        sentences=sentences,
        passages=build_passages(article, sentences),
        original=document.original,
    )


def derived_id(document: RawDocument, file: str, *, digits: int = ID_DIGITS) -> str:
    """From the resolved place, so that ``seeds`` and ``./seeds/`` give the same article.

    The title is left out of it: an article whose title is corrected stays the same article. An
    address counts only where it is the source, as of a record: ten saved pages may all name the
    site's front page as theirs. For ``digits`` see ``derive_id``.
    """
    if document.url and document.url == document.source:
        stem = PurePosixPath(urlsplit(document.url).path).stem
        return derive_id(stem, document.url, digits=digits)
    member = document.fragment.rpartition("!")[2].partition("#")[0]
    return derive_id(Path(member or file).stem, file + document.fragment, digits=digits)


def content_key(document: RawDocument) -> str:
    """What the stored article is made of: it is made anew when this changes."""
    return sha256_hex(f"{DERIVATION}:{document.content_key()}")
