"""The command line in this process: arguments in; stdout, stderr and an exit code out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hash_embedding import HashEmbedding

from ui import main


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    error: str

    def json(self) -> Any:
        """The one JSON value that is all of stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    def lines(self) -> list[Any]:
        """The JSON value of each line of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def permitted() -> Callable[..., tuple[int, str, str]]:
    """Runs ``pullquote …`` in a process for which the permissions of files hold.

    They do not hold for root, but for its capabilities. Returns exit code, stdout and stderr.
    """
    drop: list[str] = []
    if os.geteuid() == 0:
        program = shutil.which("setpriv")
        if program is None:
            pytest.skip("root may read and write anything, and there is no setpriv")
        drop = [program, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]

    def run(*arguments: object) -> tuple[int, str, str]:
        done = subprocess.run(
            [*drop, sys.executable, "-m", "ui", *map(str, arguments)],
            capture_output=True,
            check=False,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hash_embedding: HashEmbedding,
) -> Callable[..., Outcome]:
    """Runs ``pullquote …`` in an empty folder, with an embedding that needs no model file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULLQUOTE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("ui._open.embedding", lambda settings: hash_embedding)

    def run(*arguments: object) -> Outcome:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return run
