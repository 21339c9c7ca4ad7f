"""A reader at the page, the page itself and the language model behind it, as tests drive them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from attacks import attacks
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
# Milliseconds for a page or an answer on a machine that is busy with other things.
expect.set_options(timeout=60_000)
HOSTILE = """\
“The harbour ${window.hacked = 1} needs `${window.hacked = 2}` dredging {{window.hacked}},” Ada \
Brandt said on Monday in a letter to all who live there.
Ada Brandt also said the harbour <img src="http://evil.invalid/a.png" onerror="window.hacked = 3"> \
costs ![x](http://evil.invalid/b.png) nine million [crowns](http://evil.invalid/c).
<script>window.hacked = 4</script> The harbour closes, Ada Brandt said, in </p></div> June ${
"""
STRAIGHT = str.maketrans("“”", '""')
# The one article of a known outlet and day.
DATED = {
    "id": "tide",
    "title": "Tide gate of Marl is open",
    "outlet": "Marl Courier",
    "published": "2023-11-04",
    "text": "The tide gate of Marl was opened on Friday, said its keeper.\n\n"
    "It had been shut for nine days.",
}
TIDE = "What did the Marl Courier report on November 4, 2023 about the tide gate?"
# Of the hostile articles of all tests those that aim at a browser, as files of their own.
ATTACKS = {
    attack["id"]: attack
    for attack in attacks()
    if attack["id"]
    in ("html-handlers", "html-attribute", "html-breakout", "markdown-image", "template-javascript")
}


@dataclass
class Model:
    """The scripted language model behind the page; tests set ``step``, what it does next."""

    scripts: ModuleType
    base_url: str = ""
    endpoint: Any = None
    step: Callable[[Any], None] = lambda exchange: exchange.hang_up()

    def says(self, *claims: tuple[str, list[int]]) -> None:
        """Answer with these claims, each with the labels it points at."""
        self.step = self.scripts.says("".join(_pieces(claims)))

    def repeats(self, *labels: list[int], gates: Sequence[threading.Event] = ()) -> None:
        """Answer with claims that say no more than the sentences with these labels.

        With straight quotation marks, which a prompt has none of: they end attributes of HTML.
        The first of ``gates`` is waited for before the first claim, and so on.
        """

        def step(exchange: Any) -> None:
            prompt = exchange.request.body["messages"][-1]["content"].translate(STRAIGHT)
            sentences = dict(re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE))
            claims = [(" ".join(sentences[str(n)] for n in some), some) for some in labels]
            exchange.start_stream()
            for piece, gate in zip_longest(_pieces(claims), gates):
                exchange.text(piece)
                while gate and not gate.is_set():
                    exchange.wait(0.05)
            exchange.finish()

        self.step = step


def _pieces(claims: Sequence[tuple[str, list[int]]]) -> list[str]:
    """The reply in JSON: what goes before the claims, and each claim."""
    written = [json.dumps({"quotes": quotes, "claim": text}) for text, quotes in claims]
    ends = [", "] * (len(written) - 1) + ["]}"]
    head = f'{{"answerable": {json.dumps(bool(written))}, "claims": ['
    return [head, *map("".join, zip(written, ends, strict=True))] if written else [head + "]}"]


@dataclass(frozen=True)
class Site:
    """A running page."""

    url: str
    environment: dict[str, str]

    def pullquote(self, *arguments: str) -> str:
        """What a command over the same archive prints."""
        return run(arguments, self.environment)


def run(arguments: tuple[str, ...], environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "ui", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Reader:
    """Someone at the page. Whatever the page asks of another host is noted."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.strange_requests: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.open(url)

    def _note(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname != "127.0.0.1":
            self.strange_requests.append(request.url)

    def open(self, url: str | None = None) -> None:
        """Load the page, or load it again, and wait until it lives."""
        if url:
            self.page.goto(url)
        else:
            self.page.reload()
        expect(self.page.locator("#status")).to_contain_text("passages")
        expect(self.question).to_be_editable()

    @property
    def question(self) -> Any:
        return self.page.get_by_role("textbox", name="Question", exact=True)

    @property
    def answer(self) -> Any:
        """The last answer."""
        return self.page.locator("#chat .bot-row").last

    @property
    def chips(self) -> Any:
        """The chips of the last answer."""
        return self.answer.locator('a[href^="#cite-"]')

    def ask(self, question: str, *, finished: bool = True) -> None:
        answers = self.page.locator("#chat .bot-row").count()
        self.question.fill(question)
        self.question.press("Enter")
        expect(self.page.locator("#chat .bot-row")).to_have_count(answers + 1)
        if finished:
            expect(self.answer.locator(".pq-foot")).to_be_visible()
            expect(self.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()

    def mark(self, chip: Any) -> Any:
        """The mark that a chip leads to."""
        key = chip.get_attribute("href").removeprefix("#cite-")
        return self.page.locator(f'mark[id="q-{key}"]')
