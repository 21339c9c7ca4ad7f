"""The command line, from the outside: arguments in; stdout, stderr and an exit code out."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index import catalogue
from ui import main

REPOSITORY = Path(__file__).parents[2]

ARTICLES = [
    {
        "id": "bridge",
        "title": "Bridge closed after storm",
        "outlet": "Harbour Post",
        "author": "Ida Lund",
        "published": "2021-03-02",
        "url": "https://harbour.example/bridge",
        "text": "The old bridge in Marl was closed on Monday after a storm.\n\n"
        "Twelve people were hurt, the mayor said.\n\n"
        "Repairs of the bridge in Marl will cost 1.5 million euros — “at least”, she said.",
    },
    {
        "id": "opera",
        "outlet": "Inland Gazette",
        "published": "2022-09-10",
        "text": "The opera house opens its season with a new production.\n\n"
        "Tickets for the opera start at 25 euros, its director said on Friday.",
    },
]
ASK = "How much will the repairs of the bridge in Marl cost, did she say?"

ANSWER = [
    "id", "question", "status", "answer", "claims", "quotes", "disagreements", "searched",
    "nearest", "model", "timings_ms", "tokens",
]  # fmt: skip
RESULT = [
    "rank", "score", "article", "source", "url", "title", "outlet", "published", "start", "end",
    "text",
]  # fmt: skip
SYNC = [
    "added", "updated", "unchanged", "removed", "duplicates", "failed", "articles", "passages",
    "seconds", "other_kinds",
]  # fmt: skip
EXTRACT = ["source", "title", "outlet", "author", "published", "url", "text"]


def _endpoint_module() -> Any:
    path = REPOSITORY / "tests" / "qa" / "scripted_endpoint.py"
    spec = importlib.util.spec_from_file_location("_scripted_endpoint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


endpoint = _endpoint_module()


@dataclass(frozen=True)
class Outcome:
    """What a command did. ``error`` must be empty of stack traces, always."""

    code: int
    out: str
    error: str

    def json(self) -> Any:
        """The one JSON value that is all of stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hash_embedding: Any) -> None:
    """A folder without settings, no model files, and an embedding that needs none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULLQUOTE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("ui._open.embedding", lambda settings: hash_embedding)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Outcome:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def town(run: Run, tmp_path: Path) -> Path:
    """The archive with the two articles; returns the file they came from."""
    file = tmp_path / "articles.jsonl"
    file.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    assert run("index", "sync", file).code == 0
    return file


# The documented JSON --------------------------------------------------------------------------


def test_ask_json(run: Run, town: Path) -> None:
    done = run("ask", ASK, "--model", "extractive", "--json")
    assert (done.code, done.error) == (0, "")
    answer = done.json()
    assert list(answer) == ANSWER
    assert answer["question"] == ASK
    assert answer["status"] in ("answered", "not_found")
    assert answer["searched"] == {"articles": 2, "passages": 2}
    assert list(answer["timings_ms"]) == ["retrieve", "first_quote", "first_text", "total"]
    assert answer["tokens"] == {"prompt": 0, "completion": 0}
    text = run("index", "show", "bridge", "--text").out
    for quote in answer["quotes"]:
        assert text[quote["start"] : quote["end"]] == quote["text"]


def test_search_json(run: Run, town: Path) -> None:
    done = run("search", ASK, "-k", 1, "--json", "--outlet", "harbour POST")
    assert (done.code, done.error) == (0, "")
    found = done.json()
    assert list(found) == ["id", "question", "results"]
    (result,) = found["results"]
    assert list(result) == RESULT
    assert (result["rank"], result["article"]) == (1, "bridge")
    assert result["url"] == ARTICLES[0]["url"]
    text = run("index", "show", "bridge", "--text").out
    assert text[result["start"] : result["end"]] == result["text"]


def test_sync_and_extract_json(run: Run, town: Path) -> None:
    broken = town.with_name("broken.jsonl")
    broken.write_text('{"text": "One storm hit Marl, the mayor said."}\n{"text": \n')
    done = run("index", "sync", town, broken, "--json")
    assert done.code == 0
    report = done.json()
    assert list(report) == SYNC
    assert (report["added"], report["unchanged"], report["articles"]) == (1, 2, 3)
    (failure,) = report["failed"]
    assert list(failure) == ["source", "reason"]
    assert "line 2" in failure["source"] + failure["reason"]
    assert list(report["seconds"]) == ["read", "keywords", "vectors", "total"]

    first = json.loads(run("extract", town, "--json").out.splitlines()[0])
    assert list(first) == EXTRACT
    assert first["text"] == run("index", "show", "bridge", "--text").out


def test_files_of_questions(run: Run, town: Path) -> None:
    file = town.with_name("questions.jsonl")
    file.write_text(
        json.dumps({"id": "b", "ask": ASK, "expect": "ignored"})
        + "\r\n\n"
        + json.dumps({"id": 7, "ask": "Where do zebras dance?"})
    )
    answered = run("ask", "--questions", file, "--model", "extractive")
    searched = run("search", "--questions", file, "-k", 2)
    for done, keys in ((answered, ANSWER), (searched, ["id", "question", "results"])):
        assert (done.code, done.error) == (0, "")
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert [line["id"] for line in lines] == ["b", "7"]
        assert [line["question"] for line in lines] == [ASK, "Where do zebras dance?"]
        assert [list(line) for line in lines] == [keys, keys]


BAD_LINES: list[tuple[bytes, str | None, str]] = [
    (b"{", None, "is not a question"),
    (b"[]", None, "is not a question"),
    (b"7", None, "is not a question"),
    (b"[" * 100_000, None, "is not a question"),
    (b"\xff", None, "is not a question"),
    (b'{"ask": "Who?"}', None, "is not a question"),
    (b'{"id": "a"}', "a", "is not a question"),
    (b'{"id": 8, "ask": null}', "8", "is not a question"),
    (b'{"id": "b", "ask": ""}', "b", "empty"),
    (b'{"id": "c", "ask": "?!..."}', "c", "no word"),
    (b'{"id": "d", "ask": "' + b"x" * 20_000 + b'"}', "d", "20,000 characters"),
]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_bad_lines_are_named_and_the_rest_is_answered(run: Run, town: Path, command: str) -> None:
    file = town.with_name("questions.jsonl")
    good = json.dumps({"id": "good", "ask": ASK}).encode()
    file.write_bytes(b"\n".join(part for line, _, _ in BAD_LINES for part in (line, b"", good)))
    model = ("--model", "extractive") if command == "ask" else ()
    done = run(command, "--questions", file, *model)
    assert done.code == 1
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["id"] for line in lines[1::2]] == ["good"] * len(BAD_LINES)
    assert not any("error" in line for line in lines[1::2])
    named = done.error.splitlines()
    for place, (line, (_, name, reason)) in enumerate(zip(lines[::2], BAD_LINES, strict=True)):
        assert list(line) == ["id", "question", "line", "error"]
        assert (line["id"], line["line"]) == (name, 3 * place + 1)
        assert reason in line["error"]
        assert named[place].startswith(f"{file}, line {3 * place + 1}: ")


# Paths that cannot be written to --------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/no/such/folder/x.md", "No such file or directory"),
        (".", "Is a directory"),
        ("articles.jsonl/x.md", "Not a directory"),
        ("x" * 300 + ".md", "File name too long"),
    ],
)
def test_what_the_system_refuses_is_named_with_a_way_out(
    run: Run, town: Path, path: str, reason: str
) -> None:
    answer = run("ask", ASK, "--model", "extractive", "--json").json()["id"]
    done = run("export", answer, "-o", path)
    assert (done.code, done.out) == (1, "")
    said, hint = done.error.splitlines()
    assert said == f"Error: {path}: {reason}."
    assert hint.endswith(".")


def test_a_home_that_cannot_be_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_HOME", "/proc/nope")
    done = run("search", ASK)
    assert (done.code, done.out) == (1, "")
    assert "/proc/nope" in done.error
    assert "PULLQUOTE_HOME" in done.error
    assert "Errno" not in done.error


# Articles -------------------------------------------------------------------------------------


def test_show_prints_the_frozen_text_to_the_byte(run: Run, town: Path) -> None:
    text = run("index", "show", "bridge", "--text").out
    assert "— “at least”, she said." in text
    assert text == json.loads(run("index", "show", "bridge", "--json").out)["text"]
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert f"text sha256  {digest}\n" in run("index", "show", "bridge").out


def test_the_archive_from_list_to_remove(run: Run, town: Path) -> None:
    rows = run("index", "list").out.splitlines()
    assert rows[0].split("\t")[0] == "id"
    assert [row.split("\t")[0] for row in rows[1:]] == ["bridge", "opera"]
    listed = [json.loads(line) for line in run("index", "list", "--json").out.splitlines()]
    assert [article["outlet"] for article in listed] == ["Harbour Post", "Inland Gazette"]
    assert run("index", "remove", "opera", "zebra").code == 1
    assert run("index", "remove", "opera").code == 0
    assert json.loads(run("index", "stats", "--json").out)["articles"] == 1
    assert run("index", "rebuild").out.startswith("rebuilt: 1 article")
    assert run("index", "show", "opera", "--text").code == 2


def test_bad_files_are_named_and_the_rest_goes_in(run: Run, tmp_path: Path) -> None:
    binary, good = tmp_path / "noise.txt", tmp_path / "good.txt"
    binary.write_bytes(bytes(range(256)) * 9)
    alone = run("index", "sync", binary)
    assert alone.code == 1
    assert str(binary) in alone.error
    good.write_text("A storm hit the town of Marl on Monday, the mayor said.\n")
    both = run("index", "sync", tmp_path)
    assert both.code == 0
    assert "noise.txt" in both.error
    assert "1 added" in both.out


# Wrong usage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("ask", "--questions"),
        ("ask|", "empty"),
        ("ask|  ?", "no word"),
        ("ask|🐼", "no word"),
        ("ask|" + "x" * 20_000, "20,000 characters"),
        ("search|" + "x" * 20_000, "20,000 characters"),
        ("search|storm|-k|0", "0"),
        ("chat|--now|yesterday", "2023-11-04"),
        ("eval|run|seeds|--limit|-1", "--limit"),
        ("eval|run|seeds|--repeats|0", "--repeats"),
        ("ask|Who?|--questions|q.jsonl", "either"),
        ("ask|--questions|/no/such/file.jsonl", "/no/such/file.jsonl"),
        ("ask|Who?|--since|yesterday", "2023-11-04"),
        ("ask|Who?|--until|2021-02-30", "not a date"),
        ("ask|Who?|--since|2022-01-02|--until|2022-01-01", "after"),
        ("search|Who?|--since|2022-01-02|--until|2022-01-01", "after"),
        ("ask|Who?|--outlet|Harbor Post", "Harbour Post"),
        ("ask|Who?|--article|zebra", "index list"),
        ("ask|Who?|--model|zebra", "extractive"),
        ("ask|Who?|--model|local:zebra", "qwen-1.5b"),
        ("index|sync|/no/such/folder", "/no/such/folder"),
        ("extract|/no/such/file", "/no/such/file"),
        ("index|show|zebra", "index list"),
        ("model|pull|zebra", "minilm"),
        ("eval|run|zebra", "seeds"),
        ("eval|validate|/no/such/suite.yaml", "/no/such/suite.yaml"),
        ("eval|show|/no/such/run", "/no/such/run"),
        ("serve|--auth|nocolon", "USER:PASSWORD"),
        ("zebra", "zebra"),
        ("ask|Who?|--zebra", "--zebra"),
    ],
)
def test_wrong_usage_is_named_with_a_way_out(
    run: Run, town: Path, arguments: str, said: str
) -> None:
    model = (
        ["--model", "extractive"] if arguments[:4] == "ask|" and "--model" not in arguments else []
    )
    done = run(*arguments.split("|"), *model)
    assert (done.code, done.out) == (2, "")
    assert said in done.error


def test_an_empty_archive_says_how_to_fill_it(run: Run) -> None:
    done = run("ask", ASK, "--model", "extractive", "--json")
    assert (done.code, done.out) == (1, "")
    assert "pullquote index sync" in done.error
    for arguments in (("index", "list"), ("search", ASK)):
        done = run(*arguments)
        assert done.out == ""
        assert "pullquote index sync" in done.error


def test_settings_that_are_wrong_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_THREADS", "many")
    done = run("index", "stats")
    assert done.code == 2
    assert "threads" in done.error


def test_a_file_that_is_no_archive_is_named(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "archive.sqlite").write_text("not a database, by far, whatever its name may say " * 99)
    done = run("index", "list")
    assert done.code == 1
    assert "archive.sqlite" in done.error


# Models ---------------------------------------------------------------------------------------


def test_a_missing_model_file(run: Run, town: Path) -> None:
    for model in ("local", "local:qwen-0.5b", "local:/no/such/model.gguf"):
        done = run("ask", ASK, "--model", model, "--json")
        assert (done.code, done.out) == (3, ""), model
        assert "pullquote model" in done.error


def test_a_tampered_model_file(run: Run, town: Path, tmp_path: Path) -> None:
    small = next(model for model in catalogue() if model.name == "qwen-0.5b")
    path = tmp_path / "models" / small.file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF, but not that one")
    done = run("ask", ASK, "--model", "local:qwen-0.5b")
    assert done.code == 3
    assert "damaged" in done.error
    assert str(path) in done.error
    listed = run("model", "list", "--json")
    assert listed.code == 0
    assert "damaged" in listed.error
    here = {row["name"]: row["here"] for row in map(json.loads, listed.out.splitlines())}
    assert here == {model.name: False for model in catalogue()}
    examined = {f["what"]: f for f in map(json.loads, run("doctor", "--json").out.splitlines())}
    assert examined["model qwen-0.5b"]["well"] is False
    assert "pullquote model pull qwen-0.5b" in examined["model qwen-0.5b"]["mend"]
    assert examined["model qwen-1.5b"]["well"] is True, "nobody needs both"


@pytest.mark.parametrize("suffix", ["", "#scripted"])
def test_with_the_endpoint_down_there_are_still_quotes(
    run: Run, town: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between its tries
    model = f"http://127.0.0.1:9{suffix}"
    done = run("ask", ASK, "--model", model, "--json")
    assert done.code == 3
    answer = done.json()
    assert answer["model"] == "extractive"
    assert "127.0.0.1:9" in done.error
    assert answer["quotes"]
    plain = run("ask", ASK, "--model", model)
    assert plain.code == 3
    assert "127.0.0.1:9" in plain.error
    assert "127.0.0.1:9" not in plain.out, "said once"
    assert "[1] Bridge closed after storm · Harbour Post, 2021-03-02 · characters" in plain.out


CLAIM = '{"answerable": true, "claims": [{"quotes": [1], "claim": "Zebras dance."}]}'


@pytest.mark.parametrize(
    ("step", "code", "named"),
    [
        (endpoint.says(CLAIM, delay=0.02), 0, ""),
        (endpoint.html(), 3, "text/html"),
        (endpoint.says("Hello! How can I help you?"), 0, "not the JSON"),
        (endpoint.status(500), 3, "HTTP 500"),
        (endpoint.cuts('{"answerable": true'), 0, "broke off"),
    ],
)
def test_endpoints_good_and_bad(
    run: Run,
    town: Path,
    step: Any,
    code: int,
    named: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint.ScriptedEndpoint([step]) as server:
        if code == 3:
            monkeypatch.setattr("time.sleep", lambda seconds: None)  # between its tries
        done = run("ask", ASK, "--model", f"{server.url}#scripted", "--json")
    assert done.code == code
    assert named in done.error
    assert bool(named) == bool(done.error)
    answer = done.json()
    assert answer["quotes"]
    assert "Zebras" not in done.out
    assert answer["model"] == (f"{server.url}#scripted" if not named else "extractive")


def test_a_chat_through_a_pipe(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = f"{ASK}\n{'x' * 20_000}\nAnd when?\n\nnever asked\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with endpoint.ScriptedEndpoint([endpoint.says(CLAIM)]) as server:
        done = run("chat", "--model", f"{server.url}#scripted")
    assert done.code == 0
    assert "20,000 characters" in done.error, "and the conversation goes on"
    assert ">" not in done.out
    first, rewriting, second = (
        request.body["messages"][-1]["content"] for request in server.requests
    )
    assert "Asked before" not in first
    assert rewriting.endswith("Asked now: And when?")
    assert f"Asked before: {ASK}" in second
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run("chat", "--model", "extractive").code == 0


def test_doctor(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("doctor", "--json")
    assert done.code == 1, "no embedding model"
    findings = {f["what"]: f for f in map(json.loads, done.out.splitlines())}
    keys = ["what", "well", "detail", "mend", "mended"]
    assert all(list(f) == keys for f in findings.values())
    assert {name for name, f in findings.items() if not f["well"]} == {"model minilm"}
    assert "pullquote model pull minilm" in findings["model minilm"]["mend"]
    assert "2 articles" in findings["archive"]["detail"]
    plain = run("doctor").out
    assert "BAD  model minilm" in plain
    assert "ok   archive" in plain


# The harness ----------------------------------------------------------------------------------


def test_a_suite_from_validate_to_accept(run: Run, town: Path, tmp_path: Path) -> None:
    suite = tmp_path / "town.yaml"
    suite.write_text(
        "suite: town\nversion: 1\ncorpus: {path: articles.jsonl}\ncases:\n"
        f"  - {{id: cost, ask: '{ASK}', expect: {{facts: ['1.5 million'], sources: [bridge]}}}}\n"
        '  - {id: moon, ask: "Who stood on the moon first?", expect: {abstain: true}}\n'
    )
    assert run("eval", "validate", suite).code == 0
    runs = tmp_path / "runs"
    done = run(
        "eval", "run", suite, "--model", "extractive", "--runs", runs,
        "--out", tmp_path / "run.json", "--json",
    )  # fmt: skip
    assert done.code in (0, 1)
    result = done.json()
    assert result == json.loads((tmp_path / "run.json").read_text())
    (folder,) = [path for path in runs.iterdir() if path.is_dir() and not path.is_symlink()]
    assert run("eval", "show", folder, "--json").json() == result
    assert "town" in run("eval", "show", folder).out
    assert json.loads(run("eval", "show", folder, "cost", "--json").out)["id"] == "cost"
    assert run("eval", "show", folder, "zebra").code == 2
    compared = run("eval", "compare", folder, folder)
    assert compared.code == 0
    assert compared.out
    baseline = tmp_path / "baseline.json"
    assert run("eval", "accept", folder, baseline).code == 0
    assert json.loads(baseline.read_text())
    assert run("eval", "score", folder, suite).code == done.code

    suite.write_text(suite.read_text().replace("1.5 million", "7 million"))
    wrong = run("eval", "validate", suite, "--json")
    assert wrong.code == 1
    assert json.loads(wrong.out.splitlines()[0])["case"] == "cost"
    assert run("eval", "run", suite, "--out", "run.txt").code == 2


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Ctrl-C raises, also where the tests were started in the background and it was ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_stops_the_model_and_exits_130(run: Run, town: Path) -> None:
    """A real signal, as the terminal sends it, while the endpoint keeps silent."""
    with endpoint.ScriptedEndpoint([endpoint.falls_silent('{"answerable"')]) as server:

        def strike() -> None:
            deadline = time.monotonic() + 60
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.2)
            if server.requests:
                os.kill(os.getpid(), signal.SIGINT)

        striker = threading.Thread(target=strike)
        striker.start()
        done = run("ask", ASK, "--model", f"{server.url}#scripted", "--json")
        striker.join()
        assert server.disconnected.wait(10)
    assert (done.code, done.out) == (130, "")
    assert done.error.strip().startswith("Interrupted.")


# As processes of their own --------------------------------------------------------------------


@pytest.fixture
def process(town: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``pullquote`` as a shell would, on the same archive, without an embedding model."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "ui", *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            )
        )
        return started[-1]

    yield start
    for child in started:
        child.kill()
        child.communicate()


def test_a_reader_that_goes_away_is_no_failure(
    process: Callable[..., subprocess.Popen[str]],
) -> None:
    for arguments in (("index", "list", "--json"), ("index", "list")):
        child = process(*arguments)
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == ""
        assert child.wait(60) == 0


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii:strict", "utf-8:strict"])
def test_any_encoding_of_standard_output_will_do(
    process: Callable[..., subprocess.Popen[str]],
    town: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
) -> None:
    text = "Der Brand in Ålesund kostete 東京 “zwölf” Häuser. 🐼 sagte Łukasz am Montag."
    brand = town.with_name("brand.jsonl")
    brand.write_text(json.dumps({"id": "brand", "title": "Ålesund, 東京 🐼", "text": text}))
    assert run("index", "sync", brand).code == 0
    asked = "What burned in Ålesund, 東京 \udcff?"
    monkeypatch.setenv("PYTHONIOENCODING", encoding)

    def bytes_of(*arguments: str) -> bytes:
        child = process(*arguments)
        assert child.stdout is not None
        out = child.stdout.buffer.read()  # type: ignore[attr-defined]
        assert child.stderr is not None
        assert "Traceback" not in child.stderr.read()
        assert child.wait(60) == 0
        assert isinstance(out, bytes)
        return out

    answer = json.loads(bytes_of("ask", asked, "--model", "extractive", "--json"))
    assert answer["question"] == asked.replace("\udcff", "\ufffd")
    listed = bytes_of("index", "list", "--json").splitlines()
    assert json.loads(listed[-1])["title"] == "Ålesund, 東京 🐼"
    for shown in (("index", "list"), ("index", "show", "brand"), ("search", asked), ("answers",)):
        codec = encoding.partition(":")[0]
        assert "Ålesund".encode(codec, "replace") in bytes_of(*shown)


def test_stdout_is_json_alone_and_notes_go_to_stderr(
    process: Callable[..., subprocess.Popen[str]],
) -> None:
    out, error = process("ask", ASK, "--json").communicate(timeout=100)
    assert list(json.loads(out)) == ANSWER
    assert "searching by keywords alone" in error
    assert "No language model is installed" in error
