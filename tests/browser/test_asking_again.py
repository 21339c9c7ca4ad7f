"""What limits a question on the page: seen, set, taken back; and the chat saved."""

from __future__ import annotations

import json
import re

from browsing import DATED, TIDE, Model, Reader
from playwright.sync_api import expect

TALKS = "What did Zelensky say about negotiations with Putin?"


def test_what_was_understood_is_taken_back_by_the_keyboard(reader: Reader, model: Model) -> None:
    model.repeats([1])
    reader.ask(TIDE)
    first = reader.answer.element_handle()
    buttons = reader.answer.get_by_role("button")
    names = ["Ask again without outlet: Marl Courier", "Ask again without published 4 Nov 2023"]
    for button, name in zip(buttons.all(), names, strict=True):
        expect(button).to_have_accessible_name(name)
    buttons.first.focus()
    reader.page.keyboard.press("Enter")
    rows = reader.page.locator("#chat .user-row")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("Asked again without outlet: Marl Courier")
    expect(reader.answer.locator(".pq-foot")).to_be_visible()
    expect(reader.answer.get_by_role("button")).to_have_count(1)
    expect(reader.answer.get_by_role("button")).to_have_accessible_name(names[1])
    assert "Marl Courier" in first.inner_text(), "what was shown before is still there"
    reader.open()
    expect(rows.last).to_contain_text("Asked again without outlet: Marl Courier")
    reader.answer.get_by_role("button").click()
    expect(rows).to_have_count(3)
    expect(rows.last).to_contain_text("outlet: Marl Courier; published 4 Nov 2023")


def test_filters_that_leave_nothing_are_undone_by_a_click(reader: Reader, model: Model) -> None:
    model.repeats([1])
    filters = reader.page.locator("#filters")
    reader.page.get_by_text("Filters").click()
    expect(filters).to_contain_text(re.compile("from \\d outlets, dated"))
    reader.page.get_by_label("From date").fill("2031-01-01")
    reader.page.get_by_label("Until date").fill("2030-01-01")
    reader.page.get_by_label("Until date").blur()
    expect(filters.get_by_role("status")).to_contain_text("is after Until date 2030-01-01")
    reader.page.get_by_label("Until date").fill("")
    reader.page.get_by_label("Until date").blur()
    expect(filters).to_contain_text("No article matches these filters.")
    expect(filters).to_contain_text("Filters (1 set)")

    reader.ask("What happened to the tide gate of Marl?")
    expect(reader.answer).to_contain_text("No article passes the filters.")
    expect(reader.chips).to_have_count(0)
    reader.answer.get_by_role("link", name="Tide gate of Marl is open").click()
    panel = reader.page.locator("#panel")
    expect(panel.locator(".article-text")).to_have_text(DATED["text"])
    expect(panel.locator(".byline")).to_have_text("Marl Courier unknown author 2023-11-04")
    expect(panel.locator("mark")).to_have_count(0)

    reader.answer.get_by_role("button", name="Ask again without the filters").click()
    expect(reader.chips).to_have_text(["1"])
    expect(reader.page.get_by_label("From date")).to_have_value("")
    expect(filters).not_to_contain_text("set)")


def test_an_unknown_outlet_is_told_what_is_near(reader: Reader, model: Model) -> None:
    reader.page.get_by_text("Filters").click()
    reader.page.get_by_label("Outlet").fill("Marl Curier")
    reader.page.keyboard.press("Enter")
    said = reader.page.locator("#filters").get_by_role("status")
    expect(said).to_contain_text("Near names: Marl Courier")
    reader.question.fill(TALKS)
    reader.question.press("Enter")
    expect(reader.page.get_by_role("alert")).to_contain_text("Near names: Marl Courier")
    expect(reader.page.locator("#chat .user-row")).to_have_count(0)
    reader.page.get_by_role("button", name="Clear all").click()
    expect(said).to_contain_text("The articles are from")
    expect(reader.page.get_by_role("alert")).to_have_count(0)


def test_a_chat_is_saved(reader: Reader, model: Model) -> None:
    save = reader.page.locator("#save")

    def choose(form: str) -> None:
        reader.page.get_by_text("Save chat").click()
        save.get_by_role("button", name=form).click()

    choose("HTML")
    expect(save.get_by_role("status")).to_have_text("There is no finished answer to save yet.")
    model.repeats([1])
    reader.ask(TALKS)
    quoted = reader.mark(reader.chips.first).text_content()
    for form, ending in (("Markdown", "md"), ("HTML", "html"), ("JSON", "json")):
        with reader.page.expect_download() as saved:
            choose(form)
        assert re.fullmatch(
            rf"pullquote-\d{{4}}-\d\d-\d\d\.{ending}", saved.value.suggested_filename
        )
        text = saved.value.path().read_text()
        if ending == "json":
            (answer,) = json.loads(text)["answers"]
            assert answer["quotes"][0]["text"] == quoted
        assert TALKS in text
        expect(save.get_by_role("status")).to_have_text("1 answer saved.")
