"""The choice among language models, as a user names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from index import EndpointError, ModelFileError, UsageError, catalogue, find, require
from qa._models.language_model import LanguageModel, Timeouts

OPENAI_MODEL = "gpt-4o-mini"
CHOICES = (
    "auto, extractive, local, local:NAME, local:PATH.gguf, openai, openai:NAME, URL, URL#MODEL"
)


@dataclass(frozen=True)
class ModelSettings:
    """What :func:`open_model` needs to know.

    Attributes:
        models_dir: Where pulled model files are.
        openai_api_key: Goes to OpenAI, or to ``openai_base_url`` and whatever else is at its host.
        openai_base_url: ``None`` for OpenAI itself.
        openai_model: ``None`` for ``gpt-4o-mini`` at OpenAI, and for the first model the
            endpoint offers at another address.
        threads: For the embedded model; ``None`` for one per physical core.
        endpoint_api_key: Goes to any URL that is named as the model.
    """

    models_dir: Path
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    openai_model: str | None = None
    threads: int | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    endpoint_api_key: str | None = field(default=None, repr=False)


def open_model(
    choice: str, settings: ModelSettings, notify: Callable[[str], None]
) -> LanguageModel | None:
    """The model a user asked for; ``None`` for the extractive answerer, which needs none.

    Args:
        choice: ``auto``, ``extractive``, ``local[:NAME or PATH.gguf]``, ``openai[:NAME]`` or
            ``URL[#MODEL]``. ``auto`` takes OpenAI when a key or a base URL is set, else the
            embedded model when its file is there, else none, and says so.
        notify: Is told what the user may want to know, e.g. how to get a model.

    Raises:
        UsageError: ``choice`` is none of these.
        ModelFileError: The embedded model was asked for by name and its file is not there.
        EndpointError: OpenAI was asked for without a key, or a URL without a model's name
            offers no model.
    """
    kind, _, detail = choice.partition(":")
    if choice == "extractive":
        return None
    if choice == "auto":
        if settings.openai_api_key or settings.openai_base_url:
            return _openai(None, settings)
        return _embedded_if_there(settings, notify)
    if kind == "local" and (detail or choice == "local"):
        return _embedded(detail, settings)
    if kind == "openai" and (detail or choice == "openai"):
        return _openai(detail or None, settings)
    if kind in {"http", "https"} and urlsplit(choice).hostname:
        url, _, model = choice.partition("#")
        return _endpoint(url, model or None, settings, _key_for(url, settings))
    raise UsageError(f"There is no model {choice!r}.", f"Choose one of: {CHOICES}.")


def _embedded_if_there(
    settings: ModelSettings, notify: Callable[[str], None]
) -> LanguageModel | None:
    for file in catalogue():
        if file.role != "language":
            continue
        try:
            path = find(file.name, settings.models_dir)
        except ModelFileError as error:
            notify(str(error))
            continue
        if path is not None:
            return _embedded(file.name, settings)
    notify(
        "No language model is installed: answers consist of quotes alone. "
        "For written answers run: pullquote model pull qwen-1.5b"
    )
    return None


def _embedded(wanted: str, settings: ModelSettings) -> LanguageModel:
    names = [file.name for file in catalogue() if file.role == "language"]
    if not wanted:
        present = (name for name in names if find(name, settings.models_dir) is not None)
        wanted = next(present, names[0])
    if wanted in names:
        return _local(require(wanted, settings.models_dir), wanted, settings)
    if wanted.endswith(".gguf"):
        path = Path(wanted).expanduser()
        return _local(path, path.name, settings)
    raise UsageError(
        f"There is no embedded model {wanted!r}.",
        f"Choose one of {', '.join(names)}, or the path of a .gguf file.",
    )


def _local(path: Path, name: str, settings: ModelSettings) -> LanguageModel:
    from qa._models.local_server import LocalModel

    return LocalModel(path, f"local:{name}", threads=settings.threads, timeouts=settings.timeouts)


def _openai(model: str | None, settings: ModelSettings) -> LanguageModel:
    from qa._models.endpoint import OpenAIModel

    model = model or settings.openai_model
    if settings.openai_base_url:
        return _endpoint(settings.openai_base_url, model, settings, settings.openai_api_key)
    if not settings.openai_api_key:
        raise EndpointError("No OpenAI API key is set.", "Set PULLQUOTE_OPENAI_API_KEY.")
    return OpenAIModel(
        base_url=None,
        api_key=settings.openai_api_key,
        model=model or OPENAI_MODEL,
        timeouts=settings.timeouts,
    )


def _key_for(url: str, settings: ModelSettings) -> str | None:
    """The key that an address named as the model may see: OpenAI's is nobody else's business."""
    base = urlsplit(settings.openai_base_url or "https://api.openai.com/v1")
    asked = urlsplit(url)
    if (asked.scheme, asked.netloc) == (base.scheme, base.netloc):
        return settings.openai_api_key
    return settings.endpoint_api_key


def _endpoint(
    url: str, model: str | None, settings: ModelSettings, api_key: str | None
) -> LanguageModel:
    from qa._models.endpoint import OpenAIModel, shown_url

    parts = urlsplit(url)
    base_url = url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1"

    def connect(model: str) -> OpenAIModel:
        return OpenAIModel(
            base_url=base_url,
            api_key=api_key,
            model=model,
            name=f"{shown_url(url)}#{model}",
            timeouts=settings.timeouts,
        )

    if model:
        return connect(model)
    endpoint = connect("")
    try:
        offered = endpoint.models()
    finally:
        endpoint.close()
    if not offered:
        raise EndpointError(
            f"{shown_url(url)} offers no model.", f"Name one: --model {shown_url(url)}#MODEL"
        )
    return connect(offered[0])
