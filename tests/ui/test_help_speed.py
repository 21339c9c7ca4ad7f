"""Help at once: no heavy library is imported for it (pydantic is: the parser itself uses it)."""

from __future__ import annotations

import json
import subprocess
import sys

# Asks every command for help in one fresh process, and tells what was imported after each.
SCRIPT = """
import contextlib, io, json, sys
import typer
from ui._cli import app, main

HEAVY = {"llama_index", "chromadb", "gradio", "openai", "onnxruntime", "xllamacpp", "tantivy",
         "pydantic_settings", "httpx", "numpy", "tokenizers", "nupunkt", "jinja2", "rich"}

def walk(command, path):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, [*path, name])

found = []
for path in walk(typer.main.get_command(app), []):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*path, "--help"])
    imported = sorted(HEAVY & {name.partition(".")[0] for name in sys.modules})
    found.append([" ".join(path), code, out.getvalue(), imported])
print(json.dumps(found))
"""

COMMANDS = {
    "", "serve", "ask", "chat", "search", "extract", "doctor", "answers", "verify", "export",
    "index", "index sync", "index list", "index show", "index remove", "index rebuild",
    "index stats", "model", "model list", "model pull",
    "eval", "eval run", "eval validate", "eval score", "eval compare", "eval accept", "eval show",
}  # fmt: skip


def test_help_of_every_command_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert {command for command, *_ in found} >= COMMANDS
    for command, code, text, imported in found:
        assert code == 0, command
        assert f"pullquote {command}".strip() in text or "Usage:" in text
        assert len(text.splitlines()) > 4, f"{command}: says what it does"
        assert imported == [], command
    asked = {command: text for command, _, text, _ in found}
    assert "--questions" in asked["ask"]
    assert "--model" in asked["ask"]


def test_the_version_needs_nothing_heavy_either() -> None:
    script = "import sys; from ui import main; print(main(['--version']), 'rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    version, said = done.stdout.splitlines()
    assert version.startswith("pullquote ")
    assert said == "0 False"
