"""The page in a real browser: Chromium on a served archive, with a scripted language model.

The program under test is the whole of it, started as its users start it, with the embedding
model. The archive holds seed articles and one that is out to do harm.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from attacks import attacks
from playwright.sync_api import Page, expect

from index import find
from ui._settings import load_settings

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds for a page or an answer on a machine that is busy with other things.
expect.set_options(timeout=60_000)
HOSTILE = """\
“The harbour ${window.hacked = 1} needs `${window.hacked = 2}` dredging {{window.hacked}},” Ada \
Brandt said on Monday in a letter to all who live there.
Ada Brandt also said the harbour <img src="http://evil.invalid/a.png" onerror="window.hacked = 3"> \
costs ![x](http://evil.invalid/b.png) nine million [crowns](http://evil.invalid/c).
<script>window.hacked = 4</script> The harbour closes, Ada Brandt said, in </p></div> June ${
"""
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where something is missing, but not in CI: there nothing may be."""
    if os.environ.get("CI") == "true":
        return
    reason = None
    if not CHROMIUM:
        reason = "needs the package chromium"
    elif find("minilm", load_settings().models) is None:
        reason = "needs the embedding model: pullquote model pull minilm"
    for item in items:
        if reason and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    assert CHROMIUM, "Chromium is not installed: apt-get install chromium"
    return {"executable_path": CHROMIUM, "args": FLAGS}


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

        The first of ``gates`` is waited for before the first claim, and so on.
        """

        def step(exchange: Any) -> None:
            prompt = exchange.request.body["messages"][-1]["content"]
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


@pytest.fixture(scope="session")
def scripted_model() -> Iterator[Model]:
    path = ROOT / "tests" / "qa" / "scripted_endpoint.py"
    spec = importlib.util.spec_from_file_location("scripted_endpoint_for_browser", path)
    assert spec
    assert spec.loader
    scripts = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = scripts
    spec.loader.exec_module(scripts)
    model = Model(scripts)

    def current_step(exchange: Any) -> None:
        model.step(exchange)

    with scripts.ScriptedEndpoint([current_step]) as endpoint:
        model.endpoint, model.base_url = endpoint, endpoint.base_url
        yield model


@pytest.fixture
def model(scripted_model: Model) -> Model:
    """What the model says unless a test has it say something else: nothing to the point."""
    scripted_model.endpoint.disconnected.clear()
    scripted_model.says()
    return scripted_model


@dataclass(frozen=True)
class Site:
    """A running page."""

    url: str
    environment: dict[str, str]

    def pullquote(self, *arguments: str) -> str:
        """What a command over the same archive prints."""
        return _run(arguments, self.environment)


def _run(arguments: tuple[str, ...], environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "ui", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULLQUOTE_", "OPENAI_"))}
    models = str(load_settings().models)
    return kept | {"PULLQUOTE_HOME": str(home / "archive"), "PULLQUOTE_MODELS": models}


@contextmanager
def _served(environment: dict[str, str], log: Path, model: str) -> Iterator[Site]:
    command = [sys.executable, "-m", "ui", "serve", "--port", "0", "--model", model]
    command.append("--no-cache")  # tests ask the same and script other replies
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output)
        try:
            while not (found := re.search(r"Pullquote is on (\S+)", log.read_text())):
                assert process.poll() is None, log.read_text()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
            yield Site(found[1], environment)
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, scripted_model: Model) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    hostile = home / "harbour.txt"
    hostile.write_text(HOSTILE)
    aimed = home / "attacks.jsonl"
    aimed.write_text("".join(json.dumps(attack) + "\n" for attack in ATTACKS.values()))
    dated = home / "dated.jsonl"
    dated.write_text(json.dumps(DATED) + "\n")
    environment = _environment(home)
    # Three of the seeds: to embed the two long ones takes longer than all the tests.
    seeds = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "seeds").glob("00[012]_*.txt"))
    _run(("index", "sync", *seeds, str(hostile), str(aimed), str(dated)), environment)
    with _served(environment, home / "log.txt", f"{scripted_model.base_url}#scripted") as site:
        yield site


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("empty")
    with _served(_environment(home), home / "log.txt", "extractive") as site:
        yield site


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


@pytest.fixture
def readers(site: Site, browser: Any) -> Iterator[Callable[..., Reader]]:
    """Opens the page for one more reader, each in a browser of their own."""
    opened: list[Reader] = []
    contexts = []

    def open_one(url: str = site.url, **options: Any) -> Reader:
        contexts.append(
            browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        )
        opened.append(Reader(contexts[-1].new_page(), url))
        return opened[-1]

    yield open_one
    for context in contexts:
        context.close()
    for reader in opened:
        assert reader.strange_requests == []
        assert reader.faults == []


@pytest.fixture
def reader(readers: Callable[..., Reader]) -> Reader:
    return readers()
