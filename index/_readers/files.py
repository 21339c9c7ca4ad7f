"""One file on disk: what kind it is, whether it is unchanged, and its documents."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path, PurePosixPath

from index._readers import limits
from index._readers.documents import Failure, Found, OnFailure, RawDocument, Unreadable
from index._readers.inputs import DAMAGED, Input, damaged

READING = 2
"""Changes when the readers make something else of the same bytes; unchanged files are then read
again."""

Report = Callable[[str, bool], None]
Reader = Callable[[Input, Report], Iterator[Found]]
Unchanged = Callable[[str, str], bool]

# Imported when a file of the kind comes: who only asks questions imports `index`, too.
_READERS: Mapping[str, str] = {
    ".txt": "plain_text:read_text", ".text": "plain_text:read_text",
    ".md": "plain_text:read_markdown", ".markdown": "plain_text:read_markdown",
    ".html": "web_pages:read_html", ".htm": "web_pages:read_html",
    ".xhtml": "web_pages:read_html", ".mhtml": "web_pages:read_mhtml",
    ".mht": "web_pages:read_mhtml", ".pdf": "pdf:read_pdf", ".docx": "word:read_docx",
    ".eml": "mail:read_mail", ".json": "records:read_json", ".jsonl": "records:read_jsonl",
    ".ndjson": "records:read_jsonl", ".rss": "feeds:read_feed", ".atom": "feeds:read_feed",
    ".xml": "feeds:read_feed",
}  # fmt: skip
_CONTAINERS = (".zip", ".gz")


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of files that are read.

    Attributes:
        others: llama-index readers by suffix. They come before the readers of this package.
    """

    others: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        return sorted({*_READERS, *_CONTAINERS, *self.others})

    def readable(self, path: str) -> bool:
        """Whether a file of this name is read in a folder or an archive."""
        *folders, name = PurePosixPath(path).parts or ("",)
        if name.startswith(".") or is_readme(name):
            return False
        if any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in folders):
            return False
        return self.supported(name)

    def supported(self, name: str) -> bool:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".gz":
            return self.supported(PurePosixPath(name).stem)
        return suffix in _READERS or suffix in _CONTAINERS or suffix in self.others

    def read(self, source: Input, report: Report) -> Iterator[Found]:
        """The documents of an input.

        Raises:
            Unreadable: The rest of it cannot be read.
        """
        try:
            yield from self._reader(source)(source, report)
        except (Unreadable, OSError, *DAMAGED):
            raise
        except Exception as error:
            # Half a dozen libraries parse what strangers wrote, and each trips over something
            # now and then. That is one file's failure and must not end a sync.
            reason = " ".join(str(error).split())[:200]
            raise Unreadable(f"cannot be read ({type(error).__name__}: {reason})") from error

    def _reader(self, source: Input) -> Reader:
        suffix = source.suffix
        if suffix in self.others:
            from index._readers.other_readers import read_with

            return read_with(self.others[suffix])
        if suffix in _CONTAINERS:
            from index._readers.containers import read_gzip, read_zip

            if suffix == ".gz":
                return partial(read_gzip, read=self.read)
            return partial(read_zip, read=self.read, readable=self.readable)
        if suffix not in _READERS:
            raise Unreadable(self.unsupported(source.name))
        module, _, function = _READERS[suffix].partition(":")
        reader: Reader = getattr(import_module(f"index._readers.{module}"), function)
        return reader

    def unsupported(self, name: str) -> str:
        suffix = PurePosixPath(name).suffix
        return f"unsupported file type {suffix!r} (supported: {', '.join(self.names())})"


def is_readme(name: str) -> bool:
    """Whether a file of this name tells of its folder rather than of the news."""
    return name.lower().startswith("readme")


def read_file(
    path: Path,
    stated: Mapping[str, str],
    kinds: Kinds,
    on_failure: OnFailure,
    unchanged: Unchanged | None,
) -> Iterator[RawDocument]:
    """The documents of a file; what cannot be read is named to ``on_failure``.

    Args:
        path: The file.
        stated: What sidecars say of it.
        kinds: How it is read.
        on_failure: Told what could not be read.
        unchanged: See :func:`index.read_path`.
    """
    name = path_name(path)

    def report(reason: str, fatal: bool) -> None:
        on_failure(Failure(name, reason, fatal))

    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            report("not a regular file", True)
            return
        source = Input(path.name, partial(path.open, "rb"), status.st_size, path)
        if status.st_size <= limits.TEXT:
            # Hashed and parsed from one reading, so that both are of the same bytes.
            data = path.read_bytes()
            source = replace(source, opener=lambda: io.BytesIO(data), size=len(data))
        if unchanged and unchanged(name, _fingerprint(source, stated, kinds)):
            return
        yield from _documents(source, name, stated, kinds, report)
    except Unreadable as error:
        report(str(error), True)
    except DAMAGED as error:
        report(damaged(error), True)
    except OSError as error:
        report(os_reason(error), True)


def _documents(
    source: Input, name: str, stated: Mapping[str, str], kinds: Kinds, report: Report
) -> Iterator[RawDocument]:
    seen: dict[str, str] = {}
    for found in kinds.read(source, report):
        fields = found.fields
        if stated and found.fragment:
            report("articles.toml cannot describe a file with several documents", False)
            stated = {}
        elif stated:
            fields = {**fields, **stated}
        url = fields.get("url") if found.by_url else None
        document = RawDocument(
            source=url or f"{name}{found.fragment}",
            file=name,
            text=found.text,
            fragment=found.fragment,
            original=found.original,
            **fields,
        )
        key = document.id or document.source
        if key in seen:
            what = "id" if document.id else "URL, and no id,"
            report(f"{found.place}: has the same {what} as {seen[key]} ({key})", True)
            continue
        seen[key] = found.place
        yield document


def _fingerprint(source: Input, stated: Mapping[str, str], kinds: Kinds) -> str:
    other = kinds.others.get(source.suffix)
    head = json.dumps([READING, other, source.name, sorted(stated.items())])
    digest = hashlib.sha256(head.encode())
    with source.open() as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def path_name(path: Path) -> str:
    """The path as text that every store accepts, whatever bytes a file system allows."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def os_reason(error: OSError) -> str:
    """An error of the operating system as a reason."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    return (error.strerror or str(error)).lower()
