"""Any reader of llama-index, by the name of its class, for the kinds of files not read here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from index._errors import UsageError
from index._readers.documents import Found, Unreadable
from index._readers.encodings import plain
from index._readers.inputs import Input
from index._readers.stated import metadata

Report = Callable[[str, bool], None]


def check_readers(readers: dict[str, str]) -> None:
    """That every name can be imported and is a reader.

    Raises:
        UsageError: One cannot; the hint says which package may be missing.
    """
    for suffix, name in readers.items():
        if not suffix.startswith(".") or suffix != suffix.lower():
            raise UsageError(
                f"A reader is named for a suffix such as .epub, not {suffix!r}.",
                "Write it with its dot and in small letters.",
            )
        _reader_class(name)


def _reader_class(name: str) -> Any:
    module, separator, attribute = name.partition(":")
    if not separator or not module or not attribute:
        raise UsageError(
            f"{name!r} does not name a reader.",
            "Write package.module:Class, for example llama_index.readers.file:EpubReader.",
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise UsageError(
            f"The reader {name} cannot be imported ({error}).",
            f"Install the package that holds {module.split(':')[0]}.",
        ) from error
    except AttributeError as error:
        raise UsageError(f"{module} has no reader {attribute}.", "Check its name.") from error
    if not callable(getattr(found, "load_data", None)):
        raise UsageError(f"{name} is no llama-index reader.", "It must have load_data.")
    return found


def read_with(name: str) -> Callable[[Input, Report], Iterator[Found]]:
    """A reader of files that calls ``load_data(path)`` of the llama-index reader ``name``.

    Each document it gives is one; pages of a file (documents with a ``page_label``) are one
    together. Their metadata is read like a record's.
    """

    def read(source: Input, report: Report) -> Iterator[Found]:
        if source.path is None:
            raise Unreadable(f"{name} reads files on disk only; unpack the archive first")
        try:
            documents = _reader_class(name)().load_data(Path(source.path))
        except UsageError as error:
            raise Unreadable(f"{error.message} {error.hint}") from error
        except Exception as error:
            # Whatever a reader from elsewhere raises is this file's failure and no more.
            reason = " ".join(str(error).split())[:200]
            raise Unreadable(f"{name} failed ({type(error).__name__}: {reason})") from error
        yield from _found(list(documents), report)

    return read


def _found(documents: list[Any], report: Report) -> Iterator[Found]:
    texts = [plain(str(document.text or "")) for document in documents]
    if not any(text.strip() for text in texts):
        raise Unreadable("no text in it")
    paged = all("page_label" in document.metadata for document in documents)
    if paged or len(documents) == 1:
        fields = metadata(_stated(documents[0]), lambda reason: report(reason, False))
        yield Found("\n\n".join(text for text in texts if text.strip()), fields)
        return
    for number, (document, text) in enumerate(zip(documents, texts, strict=True), start=1):
        place = f"document {number}"
        if not text.strip():
            report(f"{place}: no text", True)
            continue

        def note(reason: str, place: str = place) -> None:
            report(f"{place}: {reason}", False)

        yield Found(text, metadata(_stated(document), note), f"#{number}", place)


def _stated(document: Any) -> dict[str, Any]:
    # "source" of a llama-index document is a path, not a publication.
    return {key: value for key, value in document.metadata.items() if key != "source"}
