"""From settings to the objects a command works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ui._filters import read_day, read_filters
from ui._terminal import note

if TYPE_CHECKING:
    from index import Archive, Embedding, EndpointError, Filters
    from qa import Answerer, Chunk, LanguageModel, Message, Records
    from ui._settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """An open archive with its records and someone who answers."""

    settings: Settings
    archive: Archive
    records: Records
    answerer: Answerer
    model: LanguageModel | None


def settings() -> Settings:
    """The settings of this process; imported late because pydantic takes its time."""
    from ui._settings import load_settings

    return load_settings()


def embedding(settings: Settings) -> Embedding | None:
    """The embedding model, or None with a note where its file is absent.

    Raises:
        ModelFileError: The file is there and damaged.
    """
    from index import MiniLM, find

    if find("minilm", settings.models) is None:
        note(
            "The embedding model is not here: searching by keywords alone. "
            "Run: pullquote model pull minilm"
        )
        return None
    return MiniLM.open(settings.models)


@contextmanager
def open_archive(settings: Settings, *, once: bool = True) -> Iterator[Archive]:
    """The archive; ``once`` for a command that ends after a question or two."""
    from index import Archive

    with Archive.open(
        settings.home,
        embedding=embedding(settings),
        chroma_url=settings.chroma_url,
        once=once,
    ) as archive:
        yield archive


@dataclass(frozen=True, slots=True)
class UnreachableModel:
    """Stands in for a model that could not even be opened: whatever it is asked, it fails so.

    The answerer treats it like any other model that fails before a word: quotes alone.
    """

    name: str
    reason: EndpointError

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int
    ) -> Iterator[Chunk]:
        from qa import Chunk

        del messages, schema, max_tokens
        yield Chunk()
        raise self.reason

    def close(self) -> None:
        """Nothing was opened."""


@contextmanager
def open_desk(
    choice: str | None, *, or_quotes: bool = False, once: bool = True, cache: bool = True
) -> Iterator[Desk]:
    """Everything that answering needs.

    Args:
        choice: The ``--model`` option.
        or_quotes: With an endpoint that cannot be reached, go on: answers are quotes alone, and
            say why.
        once: See :func:`open_archive`.
        cache: Whether replies may be taken again, where the settings do not say otherwise.
    """
    from index import EndpointError
    from qa import Answerer, Records, ReplyCache, open_model

    loaded = settings()
    with ExitStack() as stack:
        archive = stack.enter_context(open_archive(loaded, once=once))
        if archive.writable:
            records = Records.open(loaded.home)
        else:
            note(f"Nothing can be written in {loaded.home}: answers are not kept.")
            records = Records.in_memory()
        stack.callback(records.close)
        choice = choice or loaded.model
        model: LanguageModel | None
        try:
            model = open_model(choice, loaded.for_models(), note)
        except EndpointError as error:
            if not or_quotes:
                raise
            model = UnreachableModel(choice, error)
        if model is not None:
            stack.callback(model.close)
        answerer = Answerer(
            archive,
            records,
            model,
            loaded.for_answers(model),
            cache=ReplyCache(records) if cache and loaded.cache else None,
        )
        yield Desk(loaded, archive, records, answerer, model)


def make_filters(
    archive: Archive,
    outlet: list[str] | None,
    since: str | None,
    until: str | None,
    article: list[str] | None,
) -> Filters:
    """Filters from command-line options.

    Raises:
        UsageError: A date is not a date, the dates are reversed, or an outlet or article is not
            in the archive.
    """
    return read_filters(
        archive,
        outlet or (),
        since,
        until,
        article or (),
        since_name="--since",
        until_name="--until",
        list_them="Run: pullquote index list",
    )


def asked_on(now: str | None) -> date:
    """The day a question is asked on: ``--now``, or today.

    Raises:
        UsageError: It is not a date.
    """
    return read_day("--now", now) or date.today()
