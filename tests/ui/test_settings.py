"""Settings: from the environment, then from ``pullquote.toml``, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index import EndpointError, UsageError
from qa import AnswerSettings
from ui._open import UnreachableModel
from ui._settings import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULLQUOTE_HOME", "PULLQUOTE_MODELS"):
        monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert settings.model == "auto"
    assert settings.home.is_absolute()
    assert settings.home != settings.models
    for_models = settings.for_models()
    assert (for_models.openai_api_key, for_models.openai_base_url) == (None, None)
    assert for_models.openai_model is None, "at another address than OpenAI's: what it offers"


def test_what_answers_may_cost_and_whether_replies_are_taken_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    assert settings.cache
    assert settings.for_answers(None) == AnswerSettings(), (
        "the defaults are the same in both places"
    )
    (folder / "pullquote.toml").write_text("cache = false\nanswer_seconds = 20\n")
    monkeypatch.setenv("PULLQUOTE_ANSWER_TOKENS", "900")
    settings = load_settings()
    assert not settings.cache
    answers = settings.for_answers(None)
    assert (answers.budget_seconds, answers.budget_tokens) == (20, 900)
    monkeypatch.setenv("PULLQUOTE_ANSWER_TOKENS", "0")
    with pytest.raises(UsageError, match="answer_tokens"):
        load_settings()


@pytest.mark.parametrize(
    ("option", "never", "always", "has_it"),
    [
        ("rewrite", "rules", "model", lambda answers: answers.rewrite),
        ("verdict", "never", "always", lambda answers: answers.verdict),
        ("contradictions", "never", "always", lambda answers: answers.contradictions),
        ("evidence", "small", "large", lambda answers: answers == answers.with_room()),
    ],
)
def test_what_takes_a_small_machine_long_is_for_models_at_endpoints(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    never: str,
    always: str,
    has_it: Callable[[AnswerSettings], bool],
) -> None:
    remote = UnreachableModel("openai:gpt-4o-mini", EndpointError("", ""))
    embedded = UnreachableModel("local:qwen-1.5b", EndpointError("", ""))
    for setting, expected in (
        (None, [False, True]),
        (never, [False, False]),
        (always, [True, True]),
    ):
        if setting:
            monkeypatch.setenv(f"PULLQUOTE_{option.upper()}", setting)
        settings = load_settings()
        chosen = [has_it(settings.for_answers(m)) for m in (embedded, remote)]
        assert chosen == expected


def test_only_the_embedded_models_verdict_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = UnreachableModel("openai:gpt-4o-mini", EndpointError("", ""))
    embedded = UnreachableModel("local:qwen-1.5b", EndpointError("", ""))
    for setting, expected in (("auto", True), ("never", False), ("always", False)):
        monkeypatch.setenv("PULLQUOTE_VERDICT", setting)
        settings = load_settings()
        assert settings.for_answers(embedded).weigh_verdict is expected
        assert not settings.for_answers(remote).weigh_verdict
        assert not settings.for_answers(None).weigh_verdict


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULLQUOTE_HOME")
    (folder / "pullquote.toml").write_text(
        'home = "~/news"\nmodel = "extractive"\nthreads = 3\nopenai_api_key = "from file"\n'
    )
    settings = load_settings()
    assert settings.home == Path.home() / "news"
    assert (settings.model, settings.threads) == ("extractive", 3)
    assert settings.for_models().openai_api_key == "from file"
    monkeypatch.setenv("PULLQUOTE_MODEL", "local")
    monkeypatch.setenv("PULLQUOTE_THREADS", "")
    monkeypatch.setenv("PULLQUOTE_OPENAI_API_KEY", "from environment")
    settings = load_settings()
    assert (settings.model, settings.threads) == ("local", 3), "an empty variable is none"
    assert settings.for_models().openai_api_key == "from environment"


@pytest.mark.parametrize("name", ["API_KEY", "BASE_URL"])
def test_our_own_variable_wins_over_openais(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"OPENAI_{name}", "theirs")
    assert getattr(load_settings().for_models(), f"openai_{name.lower()}") == "theirs"
    monkeypatch.setenv(f"PULLQUOTE_OPENAI_{name}", "ours")
    assert getattr(load_settings().for_models(), f"openai_{name.lower()}") == "ours"


def test_a_url_as_the_model_is_sent_our_own_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert load_settings().for_models().endpoint_api_key is None
    monkeypatch.setenv("PULLQUOTE_OPENAI_API_KEY", "ours")
    assert load_settings().for_models().endpoint_api_key == "ours"


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = load_settings()
    assert "sk-secret" not in f"{settings!r} {settings.for_models()!r}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("threads = 0", "threads"),
        ('thread = "4"', "thread"),
        ("model = [", "pullquote.toml"),
        ("openai_model = 7", "openai_model"),
    ],
)
def test_a_mistake_in_the_file_is_named(folder: Path, text: str, named: str) -> None:
    (folder / "pullquote.toml").write_text(text)
    with pytest.raises(UsageError, match=named):
        load_settings()


def test_arguments_win_over_everything(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PULLQUOTE_MODEL", "local")
    assert Settings(model="extractive", home=folder).model == "extractive"
