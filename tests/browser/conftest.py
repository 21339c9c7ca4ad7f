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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from browsing import ATTACKS, DATED, HOSTILE, ROOT, Model, Reader, Site, run

from index import find
from ui._settings import load_settings

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
    run(("index", "sync", *seeds, str(hostile), str(aimed), str(dated)), environment)
    with _served(environment, home / "log.txt", f"{scripted_model.base_url}#scripted") as site:
        yield site


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("empty")
    with _served(_environment(home), home / "log.txt", "extractive") as site:
        yield site


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
