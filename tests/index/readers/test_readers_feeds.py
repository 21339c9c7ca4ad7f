import json
import warnings
from pathlib import Path

from reading import PARAGRAPHS, read, write

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Northport Courier</title>
<link>https://courier.example/</link>
<item><title>Storm closes harbour &amp;amp; pier</title><link>https://courier.example/1</link>
<guid isPermaLink="false">n-1</guid><dc:creator>Ana Berg</dc:creator>
<pubDate>Tue, 07 Nov 2023 08:30:00 +0100</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>]]></content:encoded></item>
<item><title>No link</title><guid isPermaLink="false">n-2</guid>
<pubDate>Wed, 31 Feb 2023 08:30:00 GMT</pubDate><description>Five &lt; six, he said.</description>
<source url="https://agency.example/feed">The Agency</source></item>
<item><title>Nothing</title><link>https://courier.example/3</link></item>
</channel></rss>"""

ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Courier</title><entry><id>tag:courier.example,2023:1</id><title>Storm</title>
<link href="https://courier.example/1"/><published>2023-11-07T08:30:00Z</published>
<updated>2023-11-09T08:30:00Z</updated><author><name>Ana Berg</name></author>
<content type="html">&lt;p&gt;{PARAGRAPHS[0]}&lt;/p&gt;</content></entry>
<entry><id>tag:courier.example,2023:2</id><title>Later</title><link href="https://courier.example/2"/>
<updated>2023-11-09T08:30:00Z</updated><summary>Short.</summary></entry></feed>"""


def test_rss(tmp_path: Path) -> None:
    path = write(tmp_path / "a.rss", RSS)

    [first, second], failures = read(path)

    assert first.text == f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}"
    assert (first.source, first.title, first.outlet, first.author, first.published) == (
        "https://courier.example/1", "Storm closes harbour & pier", "The Northport Courier",
        "Ana Berg", "2023-11-07T08:30:00+01:00",
    )  # fmt: skip
    # Not the place in the feed, which changes every day.
    assert second.source == f"{path.as_posix()}#n-2"
    assert (second.text, second.outlet, second.published) == (
        "Five < six, he said.", "The Agency", None,
    )  # fmt: skip
    assert [(failure.reason.split(" left out")[0], failure.fatal) for failure in failures] == [
        ("entry 2: published 'Wed, 31 Feb 2023 08:30:00 GMT'", False),
        ("entry 3: no text", True),
    ]


def test_atom_and_no_date_but_that_of_publication(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [first, second], [] = read(write(tmp_path / "a.xml", ATOM))

    assert (first.text, first.published, first.author) == (
        PARAGRAPHS[0], "2023-11-07T08:30:00+00:00", "Ana Berg",
    )  # fmt: skip
    assert (second.text, second.published) == ("Short.", None)


def test_what_is_no_feed_or_cut_off_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.xml", "<sitemap><url>https://courier.example/</url></sitemap>")
    write(tmp_path / "b.rss", "<rss version='2.0'><channel><title>x</title></channel></rss>")
    write(tmp_path / "c.rss", b"")
    write(tmp_path / "d.rss", RSS[: RSS.index("<item><title>No link")])
    # The name of a file that is there: a feed is what is read, never what it names.
    write(tmp_path / "e.rss", str(tmp_path / "d.rss"))

    documents, failures = read(tmp_path)

    assert [document.source for document in documents] == ["https://courier.example/1"]
    assert [failure.reason.split(" (")[0] for failure in failures] == [
        "not an RSS or Atom feed", "a feed without entries", "empty", "a damaged feed",
        "not an RSS or Atom feed",
    ]  # fmt: skip
    assert all(failure.fatal for failure in failures)


# --- dumps of feeds as JSON -------------------------------------------------------------------


def test_articles_anywhere_near_the_top_of_a_json_file(tmp_path: Path) -> None:
    article = {"title": "Storm", "publishedAt": "2023-11-07T08:30:00Z", "content": PARAGRAPHS[0],
               "source": {"id": None, "name": "Courier"},
               "url": "https://courier.example/1"}  # fmt: skip
    shapes = [
        {"status": "ok", "totalResults": 1, "articles": [article]},
        {"response": {"pages": 1, "results": [article]}},
        {"data": {"feed": {"items": [article]}, "meta": [1, 2]}},
    ]
    for shape in shapes:
        [document], [] = read(write(tmp_path / "a.json", shape))

        assert document.text == PARAGRAPHS[0]
        assert (document.outlet, document.published, document.source) == (
            "Courier", "2023-11-07T08:30:00+00:00", "https://courier.example/1",
        )  # fmt: skip


def test_a_json_feed_and_markup_in_a_text(tmp_path: Path) -> None:
    html = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>"
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Courier",
        "items": [{"id": "1", "content_html": html, "date_published": "2023-11-07",
                   "authors": [{"name": "Ana Berg"}]}, {"id": "2", "content_text": "a < b </p>"}],
    }  # fmt: skip

    [first, second], [] = read(write(tmp_path / "a.json", feed))

    assert first.text == f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}"
    assert (first.outlet, first.author, first.published) == ("Courier", "Ana Berg", "2023-11-07")
    # What only mentions markup is text.
    assert (second.text, second.id) == ("a < b </p>", "2")


def test_json_of_the_wrong_shape_is_named(tmp_path: Path) -> None:
    shapes: dict[str, object] = {
        "a": {"rows": [[1, 2]], "count": 2}, "b": [], "c": {}, "d": 5, "e": {"articles": []},
        "f": [{"text": "Fine."}, 7, {"text": ["x", 5]}],
    }  # fmt: skip
    for name, shape in shapes.items():
        write(tmp_path / f"{name}.json", json.dumps(shape))

    [document], failures = read(tmp_path)

    assert document.text == "Fine."
    assert [failure.reason.partition(" (")[0] for failure in failures] == [
        "no text", "an empty list", "no text", "not a JSON object", "no text",
        "record 2: not a JSON object", "record 3: no text",
    ]  # fmt: skip
    assert failures[0].reason.endswith("the object has 'rows', 'count'")
