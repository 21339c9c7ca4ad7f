import gzip
import json
import logging
from email.message import EmailMessage
from pathlib import Path

import pytest
from reading import ARTICLE, PARAGRAPHS, page, read, write

from index import clean
from index._readers.main_text import blocks, joined, parse
from index._readers.web_pages import text_of_fragment

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "article-extraction"

JSON_LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Site", "url": "https://courier.example/"},
        {"@type": "Person", "@id": "#ana", "name": "Ana Berg"},
        {
            "@type": ["NewsArticle"],
            "headline": "Storm closes harbour &amp; pier",
            "author": [{"@id": "#ana"}, {"@type": "Person", "name": "Jon Dahl"}],
            "publisher": {"@type": "Organization", "name": "Northport Media Group"},
            "datePublished": "2023-11-07T08:30:00+01:00",
            "dateModified": "2023-11-09T08:30:00+01:00",
        },
    ],
}
HEAD = f"""
<meta charset="utf-8"><title>Storm closes harbour - The Northport Courier</title>
<meta property="og:site_name" content="The Northport Courier">
<meta property="og:title" content="Storm!">
<link rel="canonical" href="https://courier.example/2023/11/07/storm">
<script type="application/ld+json">{json.dumps(JSON_LD)}</script>
"""


def test_a_page_gives_its_article_and_what_it_states(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", page(HEAD, before="<h1>Storm closes harbour</h1>"))

    [document], failures = read(path)

    assert failures == []
    assert document.text.endswith(ARTICLE)
    assert "Sport" not in document.text
    assert "rights reserved" not in document.text
    assert document.title == "Storm closes harbour & pier"
    assert document.outlet == "The Northport Courier"
    assert document.author == "Ana Berg, Jon Dahl"
    assert document.published == "2023-11-07T08:30:00+01:00"
    assert document.url == "https://courier.example/2023/11/07/storm"
    # The source of a page is its file, whatever address it names.
    assert (document.source, document.fragment) == (path.as_posix(), "")


def test_a_page_that_states_nothing_has_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "Storm-2023-11-07.html", page())

    [document], [] = read(path)

    assert document.text == ARTICLE
    assert (document.title, document.outlet, document.author, document.published, document.url) == (
        None, None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "before", "field", "expected"),
    [
        ("<title>Storm closes harbour | The Courier</title>"
         "<meta property='og:site_name' content='The Courier'>", "", "title",
         "Storm closes harbour"),
        ("<title>Site</title>", "<h1>Storm <em>closes</em> harbour</h1>", "title",
         "Storm closes harbour"),
        ("<meta name='author' content='https://facebook.com/ana'>", "", "author", None),
        ("<meta name='author' content='admin'>", "", "author", None),
        ("", "<p class='byline'>By Ana Berg</p>", "author", "Ana Berg"),
        ("", "<p class='byline'>By our staff in the north</p>", "author", None),
        ("<link rel='canonical' href='https://courier.example/'>", "", "url", None),
        ("<link rel='canonical' href='/storm'>", "", "url", None),
        ("<!-- saved from url=(0031)https://courier.example/storm-1 -->", "", "url",
         "https://courier.example/storm-1"),
        ("<meta property='article:published_time' content='2023-11-07'>", "", "published",
         "2023-11-07"),
        ("<meta name='date' content='7 November 2023'>", "", "published", "2023-11-07"),
        ("<meta name='date' content='31 February 2023'>", "", "published", None),
        ("<meta name='date' content='yesterday'>", "", "published", None),
        ("<link rel='canonical' href='https://courier.example/2023/11/7/storm'>", "", "published",
         "2023-11-07"),
        ("<link rel='canonical' href='https://courier.example/2023/13/7/storm'>", "", "published",
         None),
        ("", "<time itemprop='datePublished' datetime='2023-11-07T10:00:00Z'>today</time>",
         "published", "2023-11-07T10:00:00+00:00"),
        ("", "<time datetime='2020-01-01'>1 January</time>", "published", None),
    ],
)  # fmt: skip
def test_where_a_field_is_taken_from(
    tmp_path: Path, head: str, before: str, field: str, expected: str | None
) -> None:
    [document], _ = read(write(tmp_path / "a.html", page(head, before=before)))

    assert getattr(document, field) == expected


def test_a_date_that_cannot_be_is_said_to_be_left_out(tmp_path: Path) -> None:
    head = "<meta name='date' content='2023-02-31'>"

    [document], [failure] = read(write(tmp_path / "a.html", page(head)))

    assert document.published is None
    assert failure.reason == "published '2023-02-31' left out: not a date that is certain"
    assert not failure.fatal


def test_blocks_that_lead_elsewhere_and_the_headline_again_go(tmp_path: Path) -> None:
    body = [
        "Storm closes harbour",
        *PARAGRAPHS[:2],
        "READ MORE: <a href='/x'>Ferry company to buy two new ships from Poland next year</a>",
        PARAGRAPHS[2].replace("eastern pier", "<a href='/pier'>eastern pier</a>"),
        PARAGRAPHS[3],
    ]
    html = page("<meta property='og:title' content='Storm Closes Harbour'>", body=body)

    [document], [] = read(write(tmp_path / "a.html", html))

    assert document.text == ARTICLE


def test_a_review_of_the_press_keeps_its_links(tmp_path: Path) -> None:
    body = [f"<a href='/{n}'>{text}</a>" for n, text in enumerate(PARAGRAPHS)]

    documents, _ = read(write(tmp_path / "a.html", page(body=["Today's papers:", *body])))

    assert all(text in documents[0].text for text in PARAGRAPHS)


def test_the_encoding_a_page_declares(tmp_path: Path) -> None:
    text = "Żołnierze przekroczyli granicę, powiedział rzecznik rządu w środę wieczorem. " * 4
    for charset in ("iso-8859-2", "windows-1250"):
        head = f"<meta http-equiv='Content-Type' content='text/html; charset={charset}'>"
        html = page(head, body=[text, text, text]).replace("©", "").encode(charset)

        [document], [] = read(write(tmp_path / "a.html", html))

        assert text.strip() in document.text
        assert document.original is None

    # UTF-8 that says it is something else is UTF-8 all the same.
    html = page("<meta charset='iso-8859-1'>", body=[text, text, text]).encode()
    [document], [failure] = read(write(tmp_path / "a.html", html))
    assert text.strip() in document.text
    assert "declared as iso-8859-1" in failure.reason


@pytest.mark.parametrize(
    "html",
    [
        b" \n ",
        b"<html><head><title>Only a title</title></head><body></body></html>",
        b"<html><body><div id='root'></div><script>start('Some text')</script></body></html>",
        b"<!-- -->",
        b"\x00\x01\x02<html>",
    ],
)
def test_a_page_without_text_is_named(tmp_path: Path, html: bytes) -> None:
    documents, [failure] = read(write(tmp_path / "a.html", html))

    assert documents == []
    assert failure.fatal
    assert failure.reason.startswith(("empty", "no article text in it", "not text"))


def test_a_page_nested_without_end_is_read_or_named(tmp_path: Path) -> None:
    html = page(before="<div>" * 5_000 + "deep" + "</div>" * 5_000)

    documents, failures = read(write(tmp_path / "a.html", html))

    assert documents or failures


def test_mhtml(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Snapshot-Content-Location"] = "https://courier.example/storm"
    message["Subject"] = "Storm closes harbour"
    message["Date"] = "Tue, 14 Nov 2023 10:00:00 +0000"  # when it was saved
    message.set_content(page(HEAD), subtype="html", cte="quoted-printable")
    message.add_related(b"\x89PNG", "image", "png")
    path = write(tmp_path / "a.mhtml", message.as_bytes())

    [document], [] = read(path)

    assert document.text == ARTICLE
    assert document.url == "https://courier.example/storm"
    assert document.published == "2023-11-07T08:30:00+01:00"

    documents, [failure] = read(write(tmp_path / "b.mhtml", b"Subject: x\n\nno page"))
    assert (documents, failure.reason) == ([], "no web page in it")


def test_the_pictures_of_a_saved_page_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "Storm.html", page())
    write(tmp_path / "Storm_files" / "advert.html", page())
    write(tmp_path / "case_files" / "a.html", page())

    documents, [] = read(tmp_path)

    assert [Path(document.file).relative_to(tmp_path).as_posix() for document in documents] == [
        "Storm.html", "case_files/a.html",
    ]  # fmt: skip


def test_blocks_keep_every_word_in_its_order() -> None:
    html = (
        "<div>one <b>two</b><p>three<br>four</p>five<ul><li>six</li><li>se<i>ven</i></li></ul>"
        "<table><tr><td>eight</td><td>nine</td></tr></table><script>no</script>ten<!-- no --></div>"
    )

    assert text_of_fragment(html) == (
        "one two\n\nthree\nfour\n\nfive\n\nsix\nseven\n\neight nine\n\nten"
    )


def test_the_pages_of_the_benchmark_lose_no_word(caplog: pytest.LogCaptureFixture) -> None:
    """Against lxml's own idea of a page's text: the same letters in the same order."""
    if not SHARED.exists():
        pytest.skip("the article-extraction data is not beside the project")
    for file in sorted((SHARED / "html").glob("*.gz"))[:12]:
        tree = parse(gzip.decompress(file.read_bytes()).decode("utf-8", "replace"))
        silent = "script style noscript template svg iframe object button select textarea title"
        for element in list(tree.iter(*silent.split())):
            element.drop_tree()

        whole = "".join("".join(tree.itertext()).split())
        text = "".join(joined(blocks(tree)).split())

        assert text == whole


def test_what_the_reader_finds_is_better_than_trafilatura_alone() -> None:
    if not SHARED.exists():
        pytest.skip("the article-extraction data is not beside the project")
    from benchmarks import extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    truth = json.loads((SHARED / "ground-truth.json").read_text("utf-8"))
    ours, theirs = [], []
    for name in sorted(truth)[1::8]:  # of the half that nothing was adjusted on
        file = SHARED / "html" / f"{name}.html.gz"
        gold = truth[name]["articleBody"]
        ours.append(extraction.compare(gold, extraction.reader_and_cleaning(file)))
        theirs.append(extraction.compare(gold, extraction.trafilatura_alone(file)))

    (f1, precision, _), (f1_alone, precision_alone, _) = map(extraction.scores, (ours, theirs))

    assert f1 > f1_alone
    assert precision > precision_alone


def test_cleaning_finds_the_paragraphs_of_a_page(tmp_path: Path) -> None:
    html = page(body=[*PARAGRAPHS, "Share this article", "Leave a comment"])

    [document], [] = read(write(tmp_path / "a.html", html))

    assert clean(document.text, title=document.title).text.startswith(ARTICLE)
