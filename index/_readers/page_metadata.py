"""Title, outlet, author, date and address as a web page states them.

From schema.org JSON-LD, Open Graph and the other ``<meta>`` names publishers use, microdata, the
canonical link and the page's own headline and byline. Nothing is taken from the text, from the
name of the host or from the clock.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from index._readers.stated import is_account, iso_date, label, metadata

Note = Callable[[str], None]

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review)\Z")

_META: Mapping[str, tuple[str, ...]] = {
    "title": ("og:title", "citation_title", "parsely-title", "sailthru.title", "dc.title",
              "dcterms.title", "twitter:title", "headline"),
    "outlet": ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher",
               "publisher", "citation_journal_title"),
    "author": ("author", "article:author", "byl", "parsely-author", "sailthru.author",
               "citation_author", "dc.creator", "dcterms.creator", "og:article:author"),
    "published": ("article:published_time", "og:article:published_time", "datepublished",
                  "parsely-pub-date", "sailthru.date", "citation_publication_date", "pubdate",
                  "publishdate", "publish-date", "publish_date", "dc.date.issued",
                  "dcterms.issued", "dc.date", "dcterms.date", "date"),
}  # fmt: skip


def page_metadata(tree: Any, source: str, note: Note) -> dict[str, str]:
    """The fields a page states; one that it does not state is absent.

    Args:
        tree: The page.
        source: The page as text: the tree has no comments.
        note: Told what was left out.
    """
    article = _json_ld(tree)
    meta = _meta(tree)
    fields: dict[str, str] = {}

    def first(field: str, values: Iterable[object]) -> None:
        for value in values:
            read = _field(value, field, note)
            if read:
                fields[field] = read
                return

    first("outlet", [*meta["outlet"], article.get("publisher"), *_microdata(tree, "publisher")])
    first("title", [article.get("headline"), *meta["title"], *_headlines(tree)])
    first("author", [article.get("author"), *meta["author"], *_bylines(tree)])
    first("url", _addresses(tree, source, meta["url"], article))
    first("published", [article.get("datePublished"), *meta["published"], *_times(tree),
                        _date_in(fields.get("url", ""))])  # fmt: skip
    title, outlet = fields.get("title"), fields.get("outlet")
    if title and outlet:
        fields["title"] = _without_outlet(title, outlet)
    return fields


def _field(value: object, field: str, note: Note) -> str | None:
    if field == "author" and isinstance(value, list):
        names = [name for each in value if (name := _field(each, field, note))]
        return ", ".join(dict.fromkeys(names)) or None
    if isinstance(value, str):
        value = html.unescape(value)
    if field == "published":
        return metadata({"published": value}, note).get("published") if value else None
    read = label(value, field)
    if read is None:
        return None
    read = html.unescape(read)
    if field == "author" and is_account(read):
        return None
    if field in ("author", "outlet") and (_ADDRESS.match(read) or not re.search(r"[^\W\d_]", read)):
        return None
    return read


_ADDRESS = re.compile(r"https?://|www\.|@", re.IGNORECASE)


# --- schema.org -----------------------------------------------------------------------------


def _json_ld(tree: Any) -> Mapping[str, Any]:
    """The node of the page's JSON-LD that is the article; empty if there is none."""
    nodes: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        text = script.text.strip().removeprefix("<!--").removesuffix("-->")
        text = text.replace("/*<![CDATA[*/", "").replace("/*]]>*/", "").strip(" \n;")
        try:
            nodes.extend(_nodes(json.loads(text, strict=False)))
        except (ValueError, RecursionError):
            continue
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)
             and len(node) > 1}  # fmt: skip
    for node in nodes:
        types = node.get("@type")
        for kind in types if isinstance(types, list) else [types]:
            if isinstance(kind, str) and _ARTICLE.search(kind) and _says_something(node):
                return {key: _resolved(value, by_id) for key, value in node.items()}
    return {}


def _nodes(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)


def _says_something(node: Mapping[str, object]) -> bool:
    return any(node.get(key) for key in ("headline", "datePublished", "articleBody"))


def _resolved(value: Any, by_id: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(each, by_id) for each in value]
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value


# --- the head -------------------------------------------------------------------------------


def _meta(tree: Any) -> dict[str, list[str]]:
    stated: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        if not content:
            continue
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").strip().lower()
            if name:
                stated.setdefault(name, []).append(content)
    found = {
        field: [value for name in names for value in stated.get(name, [])[:1]]
        for field, names in _META.items()
    }
    # Several authors are several elements of one name.
    for name in _META["author"]:
        values = list(dict.fromkeys(v for v in stated.get(name, []) if not _ADDRESS.match(v)))
        if values:
            found["author"] = [", ".join(values)]
            break
    found["url"] = [value for name in ("og:url", "twitter:url") for value in stated.get(name, [])]
    return found


# What browsers, and SingleFile, write at the start of a page they save.
_SAVED = re.compile(
    r"<!--\s*(?:saved from url=\(\d+\)(?P<a>\S+)|Page saved with SingleFile\s+url:\s*(?P<b>\S+))"
)


def _addresses(
    tree: Any, source: str, stated: list[str], article: Mapping[str, Any]
) -> Iterator[str]:
    """Addresses that lead to a page: the front page of a site is not the article's."""
    candidates: list[object] = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    main = article.get("mainEntityOfPage")
    candidates += [*stated, main.get("@id") if isinstance(main, dict) else main, article.get("url")]
    saved = _SAVED.search(source, 0, 4096)
    candidates.append(saved and (saved["a"] or saved["b"]))
    for candidate in candidates:
        if not isinstance(candidate, str):
            continue
        try:
            parts = urlsplit(candidate.strip())
        except ValueError:
            continue
        if (
            parts.scheme in ("http", "https")
            and parts.netloc
            and (parts.path.strip("/") or parts.query)
        ):
            yield candidate.strip()


_PATH_DATE = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?=/|\Z)")


def _date_in(url: str) -> str | None:
    match = _PATH_DATE.search(urlsplit(url).path)
    return iso_date("-".join(match.groups())) if match else None


# --- the page itself ------------------------------------------------------------------------


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def _microdata(tree: Any, name: str) -> Iterator[str]:
    for element in tree.xpath(f"//*[@itemprop='{name}']"):
        inner = element.xpath(".//*[@itemprop='name']")
        value = (inner[0].get("content") or _text(inner[0])) if inner else element.get("content")
        if value:
            yield value


def _headlines(tree: Any) -> Iterator[str]:
    yield from (_text(element) for element in tree.xpath("//*[@itemprop='headline']"))
    headings = [_text(element) for element in tree.iter("h1")]
    if len(set(headings)) == 1:
        yield headings[0]
    title = tree.find(".//head/title")
    if title is not None:
        yield _text(title)


_PERSON = re.compile(
    r"(?:[Bb][Yy]:?\s+)?(?P<name>[^\W\d_a-z][\w.'’-]*(?:\s+[\w.'’-]+){0,3}\s+[^\W\d_a-z][\w.'’-]*)"
)


def _bylines(tree: Any) -> Iterator[str]:
    """What stands in an element that is marked as the author's name, if it is a name."""
    yield from _microdata(tree, "author")
    for path in (
        "//*[@itemprop='author']",
        "//a[contains(concat(' ', @rel, ' '), ' author ')]",
        "//*[contains(concat(' ', @class, ' '), ' byline ')]",
        "//*[contains(concat(' ', @class, ' '), ' author-name ')]",
        "//*[contains(concat(' ', @class, ' '), ' author ')]",
    ):
        names = dict.fromkeys(_text(element) for element in tree.xpath(path))
        found = [match["name"] for name in names if (match := _PERSON.fullmatch(name))]
        # Many of them are the authors of other stories or of comments.
        if found and len(found) == len([name for name in names if name]) <= 4:
            yield ", ".join(dict.fromkeys(found))


def _times(tree: Any) -> Iterator[str]:
    for path in (
        "//*[@itemprop='datePublished']",
        "//time[@pubdate]",
        "//time[contains(concat(' ', @class, ' '), ' published ')]",
        "//time[contains(concat(' ', @class, ' '), ' entry-date ')]",
    ):
        for element in tree.xpath(path)[:1]:
            yield element.get("datetime") or element.get("content") or _text(element)


_SEPARATED = re.compile(r"\s+[|–—·•»:-]\s+")


def _without_outlet(title: str, outlet: str) -> str:
    """``title`` without the name of the outlet that many pages put after it."""
    parts = _SEPARATED.split(title)
    if len(parts) < 2 or parts[-1].casefold().strip(".") != outlet.casefold().strip("."):
        return title
    return title[: [match.start() for match in _SEPARATED.finditer(title)][-1]]
