"""``pullquote eval …`` where what it is given is not whole, or leaves nothing to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

CASES = """
cases:
  - {id: cost, ask: "What do the repairs of the bridge in Marl cost?", expect: {facts: [million]}}
"""
EXTRACTIVE = ("--model", "extractive", "--runs", "runs")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Path]:
    """A folder of articles, a file and a folder of which nobody may open."""
    folder = tmp_path / "news"
    (folder / "closed").mkdir(parents=True)
    text = "The repairs of the old bridge in Marl cost 1.5 million euros, the mayor said."
    (folder / "bridge.txt").write_text(text)
    (folder / "secret.txt").write_text("Nobody reads this.")
    (folder / "closed" / "more.txt").write_text("Nor this.")
    for path in (folder / "secret.txt", folder / "closed"):
        path.chmod(0)
    yield folder
    (folder / "closed").chmod(0o755)


def test_a_corpus_of_which_not_all_can_be_read(
    permitted: Any, command: Command, corpus: Path, tmp_path: Path
) -> None:
    suite = tmp_path / "town.yaml"
    suite.write_text(f"suite: town\ncorpus: {{path: news}}\n{CASES}")
    unread = [str(corpus / "closed"), str(corpus / "secret.txt")]

    code, out, error = permitted("eval", "run", suite, *EXTRACTIVE, "--json")
    assert code == 0, error
    result = json.loads(out)
    assert result["passed"] == 1
    assert sorted(result["corpus_unread"]) == unread
    assert all(f"{path}: permission denied" in error for path in unread)
    (folder,) = [path for path in Path("runs").iterdir() if path.is_dir()]
    for report in (command("eval", "show", folder).out, (folder / "summary.md").read_text()):
        assert "corpus not whole" in report
        assert all(path in report for path in unread)

    code, out, error = permitted("eval", "validate", suite)
    assert (code, out) == (0, "")
    assert all(f"{path}: permission denied" in error for path in unread)

    suite.write_text(f"suite: town\ncorpus: {{path: news, sha256: '{'0' * 64}'}}\n{CASES}")
    code, out, error = permitted("eval", "run", suite, *EXTRACTIVE)
    assert (code, out) == (2, "")
    assert "not all of this one can be read" in error
    assert all(f"{path}: permission denied" in error for path in unread)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite whose only case passes."""
    text = "The repairs of the old bridge in Marl cost 1.5 million euros, the mayor said."
    (tmp_path / "bridge.txt").write_text(text)
    (tmp_path / "town.yaml").write_text(f"suite: town\ncorpus: {{path: bridge.txt}}\n{CASES}")
    return tmp_path / "town.yaml"


def test_what_failed_in_a_run_without_failures_is_nothing(command: Command, suite: Path) -> None:
    assert command("eval", "run", suite, *EXTRACTIVE).code == 0
    (folder,) = [path for path in Path("runs").iterdir() if path.is_dir()]
    for more in ((), ("--only", "cost")):
        done = command("eval", "run", suite, *EXTRACTIVE, "--failed", folder, *more)
        assert done.code == 4
        assert "Nothing failed" in done.error
        assert done.out.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"
    assert command("eval", "run", suite, "--failed", folder, "--json").json()["exit_code"] == 4
    assert len([path for path in Path("runs").iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("out", ["no/such/folder/o.json", "folder.json", "o.txt"])
def test_where_nothing_can_be_written_nothing_is_run(
    command: Command, suite: Path, out: str
) -> None:
    Path("folder.json").mkdir()
    done = command("eval", "run", suite, *EXTRACTIVE, "--out", out)
    assert (done.code, done.out) == (2, "")
    assert out in done.error
    assert not Path("runs").exists()


def test_what_cannot_be_written_in_the_end_is_not_lost(command: Command, suite: Path) -> None:
    Path("o.json").symlink_to("/dev/full")
    done = command("eval", "run", suite, *EXTRACTIVE, "--out", "o.json")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
    assert "No space left on device. Free some space" in done.error
    (folder,) = [path for path in Path("runs").iterdir() if path.is_dir()]
    assert f"pullquote eval show {folder}" in done.error
