"""What a reader can do on the page, and what no article can make it do."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import ATTACKS, HOSTILE, TIDE, Model, Reader, Site
from playwright.sync_api import expect

from qa import MAX_CHARACTERS

TALKS = "What did Zelensky say about negotiations with Putin?"
OFFICIALS = "Why are Western officials worried about the war?"
HARBOUR = "What did Ada Brandt say about the harbour?"
SOURCE = "seeds/002_1cc98910a8040187.txt"
ACTIVE = re.compile(r"\bactive\b")

# Gradio's own, in the version that is pinned.
KNOWN_VIOLATIONS: set[str] = set()


def test_quotes_come_first_then_claims_with_chips_that_lead_to_them(
    reader: Reader, model: Model, site: Site
) -> None:
    begin = threading.Event()
    model.repeats([1], [2, 3], gates=[begin])
    reader.ask(TALKS, finished=False)
    expect(reader.answer).to_contain_text("Quotes found")
    expect(reader.answer).to_contain_text("Writing…")
    expect(reader.page.locator("#panel mark").first).to_be_visible()
    begin.set()

    expect(reader.answer.locator(".pq-foot")).to_be_visible()
    expect(reader.answer).not_to_contain_text("Quotes found")
    expect(reader.chips).to_have_text(["1", "2", "3"])
    said = "Volodymyr Zelensky, quoted by unknown outlet, date unknown"
    expect(reader.chips.first).to_have_attribute("title", said)
    expect(reader.page.locator("mark.active")).to_have_count(0)
    expect(reader.mark(reader.chips.first)).to_be_in_viewport()
    for chip in (reader.chips.nth(2), reader.chips.nth(0)):
        chip.click()
        expect(reader.mark(chip)).to_have_class(ACTIVE)
        expect(reader.mark(chip)).to_be_in_viewport()
        expect(reader.page.locator("mark.active")).to_have_count(1)

    # The article is there whole, and the quote is a slice of it.
    open_article = reader.mark(reader.chips.first).locator("xpath=ancestor::details")
    source = open_article.locator(".file").inner_text()
    frozen = site.pullquote("index", "show", source.removeprefix("seeds/")[:-4], "--text")
    assert open_article.locator(".article-text").text_content() == frozen.removesuffix("\n")
    assert reader.mark(reader.chips.first).text_content() in frozen
    expect(open_article).to_contain_text("unknown author")


def test_readers_do_not_see_each_other(readers: Callable[..., Reader], model: Model) -> None:
    model.repeats([1])
    one, other = readers(), readers()
    one.ask(TALKS)
    other.ask(OFFICIALS)
    for reader, theirs in ((one, OFFICIALS), (other, TALKS)):
        expect(reader.page.locator("#chat")).not_to_contain_text(theirs)
        reader.open()
        expect(reader.page.locator("#chat .user-row")).to_have_count(1)
        expect(reader.page.locator("#chat")).not_to_contain_text(theirs)


def test_a_chat_survives_a_reload_with_its_sources(reader: Reader, model: Model) -> None:
    model.repeats([1, 2])
    reader.ask(TALKS)
    model.repeats([1])
    reader.ask(OFFICIALS)
    expect(reader.page.locator("#chat .bot-row")).to_have_count(2)
    reader.open()
    expect(reader.page.locator("#chat .bot-row")).to_have_count(2)
    expect(reader.mark(reader.chips.first)).to_be_visible()

    old = reader.page.locator("#chat .bot-row").first.locator('a[href^="#cite-"]').nth(1)
    expect(reader.mark(old)).to_have_count(0)
    old.click()
    expect(reader.mark(old)).to_have_class(ACTIVE)
    expect(reader.mark(old)).to_be_in_viewport()

    reader.page.get_by_role("button", name="New chat").click()
    expect(reader.page.locator("#chat .bot-row")).to_have_count(0)
    expect(reader.page.locator("#panel mark")).to_have_count(0)
    reader.open()
    expect(reader.page.locator("#chat .bot-row")).to_have_count(0)


def test_an_answer_can_be_stopped(reader: Reader, model: Model) -> None:
    begin, go_on, never = threading.Event(), threading.Event(), threading.Event()
    begin.set()
    model.repeats([1], [2], [3], gates=[begin, go_on, never])
    reader.ask(TALKS, finished=False)
    expect(reader.chips).to_have_text(["1"])
    reader.page.get_by_role("button", name="Stop").click()
    expect(reader.answer).to_contain_text("Stopped.")
    expect(reader.answer).not_to_contain_text("Writing…")
    expect(reader.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    reader.chips.click()
    expect(reader.mark(reader.chips)).to_have_class(ACTIVE)
    go_on.set()
    assert model.endpoint.disconnected.wait(60), "the model was told"
    expect(reader.chips).to_have_text(["1"])

    model.repeats([1])
    reader.ask(OFFICIALS)
    expect(reader.chips).to_have_text(["1"])
    expect(reader.page.locator("#chat .bot-row").first).to_contain_text("Stopped.")


def test_an_article_cannot_act(reader: Reader, model: Model) -> None:
    model.repeats([1], [2], [3])
    reader.ask(HARBOUR)
    expect(reader.answer).to_contain_text('onerror="window.hacked = 3"')
    reader.chips.last.click()
    expect(reader.page.locator("mark.active").first).to_be_visible()
    text = reader.page.locator("#panel details[open] .article-text").text_content()
    assert text == HOSTILE.removesuffix("\n")
    assert reader.page.evaluate("window.hacked") is None
    for part in ("#chat", "#panel"):
        assert reader.page.locator(f"{part} :is(img, script, iframe)").count() == 0
        links = reader.page.locator(f"{part} a").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        assert all(link.startswith("#") for link in links)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("html-handlers", "What fell in Varberg on Monday?"),
        ("html-attribute", "What drew crowds in Kalmar?"),
        ("markdown-image", "Which bus in Skien was late?"),
        ("template-javascript", "Which mine in Røros was closed in June?"),
    ],
)
def test_no_field_of_an_article_acts(
    reader: Reader, model: Model, name: str, question: str
) -> None:
    model.repeats([1])
    reader.ask(question)
    reader.chips.first.click()
    expect(reader.page.locator("mark.active").first).to_be_visible()
    open_article = reader.page.locator("#panel details[open]")
    assert open_article.locator(".article-text").text_content() == ATTACKS[name]["text"]
    for field, place in (("title", "h3"), ("outlet", ".outlet"), ("author", ".author")):
        if field in ATTACKS[name]:
            assert open_article.locator(place).text_content() == ATTACKS[name][field]
    assert reader.page.evaluate("window.hacked") is None
    for part in ("#chat", "#panel"):
        assert reader.page.locator(f"{part} :is(img, script, iframe)").count() == 0
        assert reader.page.locator(f"{part} :is([onerror], [onclick], [onmouseover])").count() == 0
        links = reader.page.locator(f"{part} a").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        )
        assert all(link.startswith("#") for link in links)


def test_the_policy_blocks_what_would_get_through(reader: Reader) -> None:
    blocked = reader.page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener("securitypolicyviolation", e => resolve(e.blockedURI));
            const image = new Image();
            image.src = "http://evil.invalid/leak.png";
            setTimeout(() => resolve(null), 5000);
        })"""
    )
    assert blocked
    reader.strange_requests.clear()


def test_the_keyboard_is_enough(reader: Reader, model: Model) -> None:
    model.repeats([1], [2])
    reader.question.press_sequentially("What did Zelensky say")
    reader.question.press("Shift+Enter")
    reader.question.press_sequentially("about negotiations?")
    assert "\n" in reader.question.input_value()
    reader.question.press("Enter")
    expect(reader.answer.locator(".pq-foot")).to_be_visible()
    for _ in range(8):
        reader.page.keyboard.press("Shift+Tab")
        focused = reader.page.evaluate("document.activeElement.getAttribute('href')")
        if (focused or "").startswith("#cite-"):
            break
    reader.page.keyboard.press("Enter")
    mark = reader.page.locator(f'mark[id="q-{focused.removeprefix("#cite-")}"]')
    expect(mark).to_have_class(ACTIVE)
    expect(mark).to_be_focused()


def test_on_a_phone_the_sources_lie_below_and_lead_back(
    readers: Callable[..., Reader], model: Model
) -> None:
    model.repeats([1, 2, 3])
    reader = readers(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    reader.ask(TALKS)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    chip = reader.chips.last
    chip.tap()
    expect(reader.mark(chip)).to_be_in_viewport()
    expect(reader.mark(chip)).to_have_class(ACTIVE)
    expect(chip).not_to_be_in_viewport()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    details = reader.mark(chip).locator("xpath=ancestor::details")
    details.get_by_role("link", name="Back to the answer").tap()
    expect(chip).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(
    readers: Callable[..., Reader], model: Model, scheme: str, width: int
) -> None:
    model.says(("It was said in 1066.", [1]))  # not borne out: the bare quote is shown
    reader = readers(color_scheme=scheme, viewport={"width": width, "height": 844})
    background = reader.page.evaluate(
        "getComputedStyle(document.querySelector('.gradio-container')).backgroundColor"
    )
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (scheme == "dark")
    assert _violations(reader) <= KNOWN_VIOLATIONS
    reader.ask(TIDE)
    reader.chips.first.click()
    expect(reader.page.locator("mark.active").first).to_be_visible()
    reader.page.get_by_text("Filters").click()
    expect(reader.page.get_by_label("From date")).to_be_visible()
    reader.page.get_by_label("From date").fill("2031-01-01")
    reader.ask(TIDE)
    expect(reader.answer.get_by_role("button", name="Ask again without the")).to_be_visible()
    expect(reader.page.get_by_label("From date")).not_to_be_visible()
    reader.page.get_by_text("Filters").first.click()
    reader.page.get_by_text("Save chat").click()
    expect(reader.page.get_by_role("button", name="Markdown")).to_be_visible()
    assert _violations(reader) <= KNOWN_VIOLATIONS


def _violations(reader: Reader) -> set[str]:
    found = Axe().run(reader.page).response["violations"]
    return {
        f"{v['id']}: {node['html']}"
        for v in found
        if v["impact"] in {"serious", "critical"}
        for node in v["nodes"]
    }


def test_questions_that_are_none(reader: Reader, model: Model) -> None:
    hint = reader.page.get_by_role("alert")
    reader.question.press("Enter")
    expect(hint).to_have_text("Type a question first.")
    reader.question.fill("w" * 2400)
    reader.question.press("Enter")
    expect(hint).to_contain_text(f"at most {MAX_CHARACTERS:,}")
    assert len(reader.question.input_value()) == 2400
    expect(reader.page.locator("#chat .user-row")).to_have_count(0)

    reader.page.get_by_text("Filters").click()
    reader.page.get_by_label("From date").fill("4.11.2023")
    reader.question.fill(TALKS)
    reader.question.press("Enter")
    expect(hint).to_contain_text("'4.11.2023' is not a date")
    assert reader.question.input_value() == TALKS


def test_a_filter_limits_what_is_searched(reader: Reader, model: Model) -> None:
    model.repeats([1])
    reader.page.get_by_text("Filters").click()
    reader.page.get_by_label("Article").click()
    reader.page.get_by_role("option", name="002_1cc98910a8040187").click()
    reader.page.keyboard.press("Escape")
    reader.ask(TALKS)
    expect(reader.answer).to_contain_text("Searched 1 article,")
    expect(reader.page.locator("#panel details .file")).to_have_text(
        "seeds/002_1cc98910a8040187.txt"
    )


def test_no_answer_is_an_answer(reader: Reader, model: Model) -> None:
    reader.ask(TALKS)
    refusal = reader.answer.locator(".pq-not-found")
    expect(refusal).to_contain_text("Searched 10 articles")
    expect(refusal.get_by_role("listitem")).not_to_have_count(0)
    expect(reader.chips).to_have_count(0)
    expect(reader.page.locator("#panel mark")).to_have_count(0)


def test_a_failing_model_is_named(reader: Reader, model: Model) -> None:
    model.step = model.scripts.status(401, "no such key")
    reader.ask(TALKS)
    expect(reader.answer.locator(".pq-notice")).not_to_have_count(0)
    expect(reader.page.locator("body")).not_to_contain_text("Traceback")


def test_offered_questions_are_asked_by_a_click(reader: Reader, model: Model) -> None:
    model.repeats([1])
    reader.page.locator("#examples button").first.click()
    expect(reader.answer.locator(".pq-foot")).to_be_visible()
    expect(reader.page.locator("#examples")).not_to_be_visible()


def test_an_answer_is_copied_with_its_sources(readers: Callable[..., Reader], model: Model) -> None:
    model.repeats([1])
    reader = readers(permissions=["clipboard-read", "clipboard-write"])
    reader.ask(TALKS)
    reader.answer.get_by_role("link", name="Copy with sources").click()
    expect(reader.answer).to_contain_text("Copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    quoted = reader.mark(reader.chips.first).text_content()
    said = "Volodymyr Zelensky, quoted by unknown outlet, date unknown"
    assert copied.endswith(f"{quoted}\n    {said}; {SOURCE}")


def test_an_empty_archive_says_how_to_fill_it(
    readers: Callable[..., Reader], empty_site: Site
) -> None:
    reader = readers(url=empty_site.url)
    expect(reader.page.locator("#chat")).to_contain_text("pullquote index sync PATH")
    reader.question.fill(TALKS)
    reader.question.press("Enter")
    expect(reader.answer.locator(".pq-error")).to_contain_text("holds no articles")
