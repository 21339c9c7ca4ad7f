import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index._cleaning.clean import Cleaned, clean

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared test data is not here")

# By line number, from 1: everything that is page furniture in the seeds. All else is article.
SEED_FURNITURE = {
    "000_7e9ef21097031125": [3, 4, 10, 16],
    "001_28401eadac1b4c5c": [],
    "002_1cc98910a8040187": [10],
    "003_36af8d9ab3091adb": [3, 56, 58, 60, 62, 64],
    "004_39f61cec4ff93c02": [78],
}

# Furniture as it stands on news pages.
FURNITURE = [
    "JOIN US ON TELEGRAM",
    "Join our Telegram channel",
    "Follow us on Twitter and Facebook",
    "Follow our coverage of the war on the @some_paper.",
    "Follow @some_paper",
    "Follow Jane Roe on Twitter @janeroe",
    "Like us on Facebook. Follow us on Instagram.",
    "Please subscribe to our YouTube channel",
    "Don't forget to follow us on WhatsApp for breaking news",
    "Subscribe to our newsletter",
    "Sign up for our daily newsletter and get the best stories in your inbox.",
    "Sign up",
    "Get the latest news delivered straight to your inbox.",
    "Already a subscriber? Log in",
    "This article is for subscribers only",
    "Subscribe to continue reading",
    "We use cookies to improve your experience on our website.",
    "By continuing to use this site you agree to our use of cookies.",
    "Accept all cookies",
    "You can also highlight the text and press Ctrl + Enter",
    "Found a typo? Select it and press Ctrl+Enter.",
    "If you notice an error, highlight it and press Ctrl + Enter",
    "Listen to this article",
    "5 min read",
    "ADVERTISEMENT",
    "Story continues below advertisement",
    "Sponsored content",
    "Read more here:",
    "Read more:",
    "READ MORE: Bank of England raises rates to 5 per cent",
    "Also read: What we know of the crash so far",
    "Read More From The Daily Planet",
    "Click here to read the full story.",
    "Related Articles",
    "Related stories:",
    "» Most read",
    "You may also like",
    "Recommended for you",
    "Leave a Reply",
    "Leave a comment",
    "Your email address will not be published. Required fields are marked *",
    "Save my name, email, and website in this browser for the next time I comment.",
    "Name *",
    "You must be logged in to post a comment.",
    "12 Comments",
    "View comments",
    "Comments are closed.",
    "Back to top button",
    "Back to top ↑",
    "Skip to content",
    "Print this article",
    "Share this:",
    "Share on Facebook",
    "Click to share on Twitter (Opens in new window)",
    "Facebook | Twitter | WhatsApp",
    "Facebook Twitter LinkedIn",
    "This story has been shared 28,533 times.",
    "#officials #urging #Ukraine",
]

# What looks like furniture and is not.
ARTICLE_LINES = [
    "Kylie Atwood and Jennifer Hansler contributed to this report",
    "“Follow us on Twitter,” the party told its supporters on Sunday.",
    "“Follow us on Twitter.”",
    "“Highlight the text and press Ctrl + Enter,” the manual says.",
    "Follow us on Twitter. That was all the minister had to say.",
    "Follow the money, investigators said, and you will find the minister.",
    "Join us or die, the poster read.",
    "Readers who subscribe to the newsletter of the ministry were told on Monday.",
    "Share prices fell 3 percent on Monday.",
    "Share of renewable energy rises",
    "Comments by the minister drew criticism.",
    "Related party transactions rose to $3 million.",
    "Read more slowly, the teacher said.",
    "Sign up for a Hulu ad-free account for $11.99 a month",
    "Facebook",
    "Twitter under new ownership",
    "Advertising revenue collapses",
    "Tags: how graffiti changed the city of Berlin.",
    "The story continues in court next week.",
    "Cookies and other trackers are banned in the new law.",
    "Top news anchor resigns",
    "#MeToo",
    "Print newspapers are in decline",
    "Telegram and Signal",
    "Press Ctrl and Enter at once, and the old terminal answers.",
]

PARAGRAPHS = [
    "The council met on Tuesday evening to decide on the future of the old harbour.",
    "It did not reach a decision, three people who were in the room told reporters.",
    "Another meeting is planned for the first week of March, the mayor said afterwards.",
    "Residents had asked for a vote before the winter, according to a letter seen by reporters.",
]


def _removed(text: str, **options: str) -> list[str]:
    cleaned = clean(text, **options)
    _check(text, cleaned)
    return [text[r.raw_start : r.raw_end] for r in cleaned.removed]


def _check(text: str, cleaned: Cleaned) -> None:
    """The contract, for any text."""
    position = length = 0
    between: list[str] = []
    for segment in cleaned.segments:
        assert segment.start == length
        assert segment.length > 0
        assert segment.raw_start >= position
        between.append(text[position : segment.raw_start])
        position = segment.raw_start + segment.length
        length += segment.length
        assert cleaned.text[segment.start : length] == text[segment.raw_start : position]
    between.append(text[position:])
    assert length == len(cleaned.text)
    # What was left out is the lines that are said to be removed, and white space.
    assert [word for gap in between for word in gap.split()] == [
        word for r in cleaned.removed for word in text[r.raw_start : r.raw_end].split()
    ]
    assert cleaned.text == cleaned.text.strip()
    assert bool(cleaned.text) == bool(text.strip())


@pytest.mark.parametrize("name", SEED_FURNITURE)
def test_seeds_lose_their_furniture_and_not_a_byte_more(name: str) -> None:
    text = (ROOT / "seeds" / f"{name}.txt").read_bytes().decode("utf-8")
    lines = text.splitlines(keepends=True)
    furniture = SEED_FURNITURE[name]
    article = "".join(line for number, line in enumerate(lines, 1) if number not in furniture)

    assert _removed(text) == [lines[number - 1].strip() for number in furniture]
    assert clean(text).text == article.strip()


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_goes_wherever_it_stands(line: str) -> None:
    for position in range(len(PARAGRAPHS) + 1):
        lines = [*PARAGRAPHS[:position], line, *PARAGRAPHS[position:]]
        for separator in ("\n", "\n\n", "\r\n"):
            assert _removed(separator.join(lines)) == [line]


@pytest.mark.parametrize("line", ARTICLE_LINES)
def test_article_text_stays(line: str) -> None:
    assert _removed("\n".join([*PARAGRAPHS[:2], line, *PARAGRAPHS[2:]])) == []


def test_share_bar_over_several_lines() -> None:
    bar = ["Share", "Facebook", "Twitter", "Email"]

    assert _removed("\n".join([PARAGRAPHS[0], *bar, PARAGRAPHS[1]])) == bar
    companies = ["Facebook", "Twitter", "TikTok"]
    assert _removed("\n".join([PARAGRAPHS[0], *companies, PARAGRAPHS[1]])) == []


def test_tags_go_below_the_last_paragraph_only() -> None:
    lines = [*PARAGRAPHS[:2], "Topics: harbour, council", *PARAGRAPHS[2:], "Tags: harbour", "#news"]

    assert _removed("\n".join(lines)) == ["Tags: harbour", "#news"]


def test_title_is_kept_once() -> None:
    title = "Council Fails to Decide on Harbour"
    text = "\n\n".join([title, title.upper(), *PARAGRAPHS, title])

    assert _removed(text) == [title.upper(), title]
    assert clean(text).text.startswith(title)
    # With the title known from elsewhere, its first place in the text is not a repetition.
    text = "\n\n".join([PARAGRAPHS[0], title, PARAGRAPHS[1], title])
    assert _removed(text) == []
    assert _removed(text, title=title) == [title]


def test_short_title_may_be_a_section_heading_too() -> None:
    text = "\n\n".join(["Interview", "Interview", PARAGRAPHS[0], "Interview", PARAGRAPHS[1]])

    assert _removed(text) == ["Interview"]
    assert clean(text).text.count("Interview") == 2


HEADLINE = "Pop Star Announces Surprise Tour of Southern Europe"


@pytest.mark.parametrize(
    ("lines", "removed"),
    [
        ([*PARAGRAPHS[:2], HEADLINE, *PARAGRAPHS[2:]], [HEADLINE]),
        # with a blank line on one side it may be a sub-heading
        ([*PARAGRAPHS[:2], HEADLINE, "", *PARAGRAPHS[2:]], []),
        ([*PARAGRAPHS[:2], "", HEADLINE, *PARAGRAPHS[2:]], []),
        # what it is about is what the article is about
        ([*PARAGRAPHS[:2], "Council Met to Decide Future of Old Harbour", *PARAGRAPHS[2:]], []),
        # at the beginning or the end it may be the title or a credit
        ([HEADLINE, *PARAGRAPHS], []),
        ([*PARAGRAPHS, HEADLINE], []),
        # not the form of a headline
        ([*PARAGRAPHS[:2], HEADLINE.capitalize(), *PARAGRAPHS[2:]], []),
        ([*PARAGRAPHS[:2], "Southern Europe's Sunniest Beaches", *PARAGRAPHS[2:]], []),
        ([*PARAGRAPHS[:2], f"{HEADLINE}.", *PARAGRAPHS[2:]], []),
        # not between paragraphs but in a list
        ([*PARAGRAPHS[:2], HEADLINE, "Another Item", *PARAGRAPHS[2:]], []),
        # an article with sub-headings in the same place keeps all of them
        (
            [
                PARAGRAPHS[0],
                "Council Met to Decide Future of Old Harbour",
                PARAGRAPHS[1],
                "Residents Asked Reporters for Winter Vote",
                PARAGRAPHS[2],
                HEADLINE,
                PARAGRAPHS[3],
            ],
            [],
        ),
    ],
)
def test_headline_of_another_story(lines: list[str], removed: list[str]) -> None:
    assert _removed("\n".join(lines)) == removed


def test_what_one_line_kept_apart_is_found_once_it_is_gone() -> None:
    # The share bar hides that the headline stands between two paragraphs.
    lines = [*PARAGRAPHS[:2], "Share on Facebook", HEADLINE, *PARAGRAPHS[2:]]
    text = "\n".join(lines)

    assert _removed(text) == ["Share on Facebook", HEADLINE]
    assert clean(text).text == "\n".join(PARAGRAPHS)


def test_text_of_nothing_but_furniture_stays() -> None:
    assert _removed("  Leave a Reply\nBack to top\n") == []
    assert clean("  Leave a Reply\nBack to top\n").text == "Leave a Reply\nBack to top"
    assert clean(" \n ") == Cleaned("", (), ())


_LINES = st.sampled_from([*FURNITURE, *ARTICLE_LINES, *PARAGRAPHS, HEADLINE, "", "  ", "———"])
_ENDS = st.sampled_from(["\n", "\r\n", " \n", "\x0b"])


@given(st.lists(st.tuples(_LINES | st.text(max_size=30), _ENDS)))
def test_cleaned_text_is_made_of_slices(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + end for line, end in lines)

    _check(text, clean(text))
    assert clean(clean(text).text).text == clean(text).text


def _records(path: str) -> Iterator[dict[str, str]]:
    for line in (SHARED / path).read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)


def _real_texts() -> Iterator[tuple[str, str]]:
    for record in _records("wikinews/articles.jsonl"):
        yield record["id"], record["text"]
    truth = json.loads((SHARED / "article-extraction/ground-truth.json").read_text("utf-8"))
    for key, page in truth.items():
        yield key[:12], page["articleBody"]


# Each was looked at: none of them is a sentence of an article.
FURNITURE_IN_GROUND_TRUTH = {
    "Categories: August 15, 2008 Canada Published North America Politics and conflicts "
    "Environment Canada Archived",
    "Story continues below gallery",
    "Main image credit: Getty",
    "(Image credit: All About Space)",
    "(Graphic: Emerging markets in 2019 - here)",
    "(Graphic: Global assets in 2019 - here)",
    "저작권자 ⓒ '대중문화컨텐츠 전문가그룹' 엔터미디어(www.entermedia.co.kr), "
    "무단전재 및 재배포금지",
    "Click here to get more information or download this game.",
}


@needs_shared
@pytest.mark.parametrize("blank_lines", [True, False])
def test_real_articles_lose_nothing(blank_lines: bool) -> None:
    removed: set[str] = set()
    for _, text in _real_texts():
        removed.update(_removed(text if blank_lines else re.sub(r"\n\s*\n", "\n", text)))

    assert removed == FURNITURE_IN_GROUND_TRUTH


@needs_shared
def test_no_sentence_of_a_real_article_is_taken_for_furniture_on_a_line_of_its_own() -> None:
    for _, text in _real_texts():
        sentences = [s for s in re.split(r"\n+|(?<=[.!?]) ", text) if s.strip()]
        alone = "\n\n".join([PARAGRAPHS[0], *sentences, PARAGRAPHS[1]])
        unexpected = set(_removed(alone)) - FURNITURE_IN_GROUND_TRUTH
        # The last is a heading next to a link, on the page of a shop.
        assert unexpected <= {
            "#HealthyHydration #ad",
            "#thanks #MethWeAreOnIt",
            "For whom this game?",
        }


@needs_shared
def test_furniture_and_headlines_are_found_in_real_articles() -> None:
    random_ = random.Random(7)
    titles = [record["title"] for record in _records("multihop-rag/articles.jsonl")]
    headlines = [
        title
        for title in titles
        if len(title.split()) >= 7
        and all(word[0].isupper() for word in title.split() if len(word) > 4)
        and title[0].isalnum()
        and title[-1].isalnum()
    ]
    found = asked = 0
    lost: list[str] = []
    for _, text in _real_texts():
        lines = [line for line in text.split("\n") if line.strip()]
        own = set(_removed("\n".join(lines)))
        long = [len(line) > 60 and line.endswith((".", ".”", '."')) for line in lines]
        gaps = [n for n in range(1, len(lines)) if long[n - 1] and long[n]]
        if len(lines) < 6 or not gaps:
            continue
        gap = random_.choice(gaps)
        line = random_.choice(FURNITURE)
        removed = set(_removed("\n".join([*lines[:gap], line, *lines[gap:]]))) - own
        assert line in removed
        lost += removed - {line}
        headline = random_.choice(headlines)
        removed = set(_removed("\n".join([*lines[:gap], headline, *lines[gap:]]))) - own
        assert removed <= {headline}
        found += headline in removed
        asked += 1

    assert asked >= 90
    assert found >= 0.8 * asked
    # One line of furniture takes hardly anything with it, and nothing that is a sentence.
    assert len(lost) <= 3
    assert not [line for line in lost if line.endswith(".")]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 400_000,
        "#" * 2_000_000,
        "Follow us on Telegram\n" * 20_000,
        "\n" * 500_000,
        f"{HEADLINE}\n{PARAGRAPHS[0]}\n" * 5_000,
        ("@a, " * 59 + "\n") * 1000,
        ("follow us and " * 17 + "\n") * 1000,
        ("twitter and " * 19 + "\n") * 1000,
        ("#a,,,," * 39 + "!\n") * 1000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_time_grows_with_length_only(text: str) -> None:
    started = time.perf_counter()
    _check(text, clean(text))

    assert time.perf_counter() - started < 30  # about a second
