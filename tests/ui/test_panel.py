"""The source panel: every quote marked in its place, and nothing of an article at work."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import Article
from qa import Quote
from ui._panel import empty_panel, marked_text, source_panel

AID = "a1b2"
HOSTILE = (
    "First ${alert(1)} `${alert(2)}` and {{value.html}} {braces} ${\n"
    '<img src=x onerror="alert(3)"> </p></div><script>alert(4)</script> &lt;b&gt; \'"'
)


class Tree(HTMLParser):
    """What a browser makes of it: text, tags, and what stands inside each mark."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.by_id: dict[str, str] = {}
        self.pieces: dict[str, str] = {}
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()
        assert not self.stack, "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.stack.append((tag, dict(attrs)))
        if identity := dict(attrs).get("id"):
            assert identity not in self.by_id, "an id stands once"
            self.by_id[identity] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag, "tags are nested"

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, attrs in self.stack:
            if identity := attrs.get("id"):
                self.by_id[identity] += data
            if key := attrs.get("data-quote"):
                self.pieces[key] = self.pieces.get(key, "") + data


def article(text: str, **fields: str) -> Article:
    return Article(id="x", source="articles/x.txt", text=text, **fields)


def quote(of: Article, n: int, start: int, end: int) -> Quote:
    return Quote(
        n=n,
        text=of.text[start:end],
        verdict="exact",
        article=of.id,
        source=of.source,
        title=of.title,
        outlet=of.outlet,
        author=of.author,
        published=of.published,
        url=of.url,
        start=start,
        end=end,
        text_sha256=of.text_sha256,
    )


@st.composite
def quoted_articles(draw: st.DrawFn) -> tuple[Article, list[Quote]]:
    text = draw(st.text(alphabet="ab.<&\"'$`{} \né🗞", min_size=1, max_size=60))
    of = article(text)
    spans = draw(
        st.lists(
            st.tuples(st.integers(0, len(text) - 1), st.integers(1, 40)).map(
                lambda pair: (pair[0], min(len(text), sum(pair)))
            ),
            max_size=6,
        )
    )
    visible = [(start, end) for start, end in spans if text[start:end].strip()]
    return of, [quote(of, n, start, end) for n, (start, end) in enumerate(visible, 1)]


@settings(deadline=None)  # other programs may have the machine
@given(quoted_articles())
@example(
    (article("abcdef"), [quote(article("abcdef"), 1, 0, 4), quote(article("abcdef"), 2, 2, 6)])
)
def test_every_quote_is_marked_and_the_text_is_untouched(
    case: tuple[Article, list[Quote]],
) -> None:
    of, quotes = case
    tree = Tree(marked_text(AID, of, quotes))
    assert tree.text == of.text
    assert set(tree.by_id) == {f"q-{AID}-{q.n}" for q in quotes}
    for q in quotes:
        assert tree.pieces[f"{AID}-{q.n}"] == q.text.replace("\n", "")


def test_a_quote_within_a_quote_keeps_both_whole() -> None:
    of = article("one two three four")
    tree = Tree(
        marked_text(AID, of, [quote(of, 1, 4, 7), quote(of, 2, 0, 13), quote(of, 3, 0, 13)])
    )
    assert tree.by_id == {
        f"q-{AID}-1": "two",
        f"q-{AID}-2": "one two three",
        f"q-{AID}-3": "one two three",
    }


def test_an_article_is_shown_and_not_obeyed() -> None:
    of = article(HOSTILE, title=HOSTILE, outlet=HOSTILE, author=HOSTILE, url="javascript:alert(5)")
    markup = source_panel(AID, [quote(of, 1, 0, len(HOSTILE))], {"x": of})
    tree = Tree(markup)
    assert not {"img", "script", "b"} & {tag for tag, _ in tree.tags}
    assert [attrs["href"] for tag, attrs in tree.tags if tag == "a"] == ["#chat"]
    assert not any(name.startswith("on") for _, attrs in tree.tags for name in attrs)
    assert tree.pieces[f"{AID}-1"] == HOSTILE.replace("\n", "")
    assert "javascript:alert(5)" in tree.text


def test_what_is_not_known_is_printed_as_unknown() -> None:
    of = article("One sentence.")
    shown = Tree(source_panel(AID, [quote(of, 1, 0, 13)], {"x": of})).text
    for words in (
        "unknown title",
        "unknown outlet",
        "unknown author",
        "date unknown",
        "unknown URL",
    ):
        assert words in shown
    of = article(
        "One sentence.",
        title="Talks",
        outlet="The Wire",
        author="A. Reporter",
        published="2023-11-04T10:00:00Z",
        url="https://example.org/1",
    )
    shown = Tree(source_panel(AID, [quote(of, 1, 0, 13)], {"x": of})).text
    for words in ("Talks", "The Wire", "A. Reporter", "2023-11-04", "https://example.org/1"):
        assert words in shown
    assert "unknown" not in shown


def test_articles_come_in_the_order_of_their_first_quote_and_the_first_is_open() -> None:
    second, first = replace(article("Second."), id="b"), replace(article("First."), id="a")
    quotes = [quote(first, 1, 0, 6), quote(second, 2, 0, 7), quote(first, 3, 0, 5)]
    tree = Tree(source_panel(AID, quotes, {"a": first, "b": second}))
    assert tree.text.index("First.") < tree.text.index("Second.")
    details = [attrs for tag, attrs in tree.tags if tag == "details"]
    assert ["open" in attrs for attrs in details] == [True, False]
    assert "2 articles, 3 quotes marked" in tree.text


def test_sub_headings_are_set_as_such() -> None:
    of = article("Sub-heading\nA sentence.")
    markup = marked_text(AID, of, [], headings={0})
    assert markup == '<p class="heading">Sub-heading</p>\n<p>A sentence.</p>'


@pytest.mark.parametrize(
    ("now", "note"),
    [
        (None, "no longer in the archive"),
        (article("Something was put before. One sentence."), "has changed since"),
    ],
)
def test_a_quote_outlives_its_article(now: Article | None, note: str) -> None:
    then = article("One sentence.")
    tree = Tree(source_panel(AID, [quote(then, 1, 0, 13)], {"x": now} if now else {}))
    assert tree.by_id[f"q-{AID}-1"] == "One sentence."
    assert note in tree.text
    assert "put before" not in tree.text


def test_a_change_elsewhere_in_the_article_is_noted() -> None:
    then, now = article("One sentence."), article("One sentence. Another.")
    tree = Tree(source_panel(AID, [quote(then, 1, 0, 13)], {"x": now}))
    assert tree.by_id[f"q-{AID}-1"] == "One sentence."
    assert "changed since" in tree.text
    assert "Another." in tree.text


def test_no_quotes_no_article() -> None:
    assert "quotes no article" in Tree(source_panel(AID, [], {})).text
    assert Tree(empty_panel("<i>")).text.endswith("<i>")
