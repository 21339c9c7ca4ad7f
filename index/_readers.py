"""Files in, raw documents out.

A reader never raises for a bad document: it names the file and the reason to ``on_failure`` and
goes on with the rest. Reading changes a text in three ways only: line ends become ``\\n``; NUL
characters and lone surrogates, which no store accepts, become U+FFFD; a byte order mark goes.
All offsets of an article refer to its text after that and after cleaning.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from index._article import sha256_hex

SIDECAR = "articles.toml"
"""Name of the file that says what is known of the articles in its folder."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read.

    Attributes:
        source: The file, as its path was given.
        reason: What is wrong and where, without the file's name.
        fatal: Whether a document was lost by it. A field left out, or a character replaced, is
            reported too, but the document went in.
    """

    source: str
    reason: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document as it was read, before cleaning.

    Attributes:
        source: The file's path as given; for a record of a JSON file its URL, or ``PATH#n`` (the
            line of a JSONL file, the position in a JSON list, from 1).
        file: The path of the file it was read from, as given.
        text: Its text; line ends are ``\\n``.
        id, title, outlet, author, url: As the document states them; None where it does not.
        published: ISO date or date-time; None where the document states none.
    """

    source: str
    file: str
    text: str
    id: str | None = None
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None

    def content_key(self) -> str:
        """SHA-256 over the text and everything stated about it, but not where it was found."""
        fields = [self.id, self.title, self.outlet, self.author, self.published, self.url]
        return sha256_hex(json.dumps([*fields, self.text]))


OnFailure = Callable[[Failure], None]
# What a reader of one kind of file says: a reason, and whether a document was lost.
_Report = Callable[[str, bool], None]


def read_path(path: Path, on_failure: OnFailure) -> Iterator[RawDocument]:
    """The documents of a file, or of all files of a folder and the folders in it.

    A folder is walked in the order of names. Hidden files, ``README*``, ``articles.toml`` and
    files of other types are passed over there; a file that is named must be readable. Links are
    followed, but no folder is entered twice.

    Supported: ``.txt`` and ``.md`` (one document), ``.json`` (an object or a list of objects) and
    ``.jsonl`` (an object a line, lines ended by ``\\n`` only). What ``articles.toml`` in the same
    folder says of a file with one document is added to the document and wins over what the
    document says.

    Args:
        path: A file or a folder.
        on_failure: Called for everything that could not be read, while the iterator advances.
    """
    sidecars = _Sidecars(on_failure)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        on_failure(Failure(_name(path), _os_reason(error)))
        return
    if stat.S_ISDIR(mode):
        yield from _read_folder(path, sidecars, on_failure, set())
    elif path.suffix.lower() not in _READERS:
        kinds = ", ".join(sorted(_READERS))
        reason = f"unsupported file type {path.suffix!r} (supported: {kinds})"
        on_failure(Failure(_name(path), reason))
    else:
        yield from _read_file(path, sidecars, on_failure)


def _read_folder(
    folder: Path, sidecars: _Sidecars, on_failure: OnFailure, entered: set[tuple[int, int]]
) -> Iterator[RawDocument]:
    try:
        status = folder.stat()
        # A symbolic link back to a folder above must not be followed for ever.
        if (status.st_dev, status.st_ino) in entered:
            return
        entered.add((status.st_dev, status.st_ino))
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        on_failure(Failure(_name(folder), _os_reason(error)))
        return
    for name in names:
        path = folder / name
        if name.startswith("."):
            continue
        # Unlike Path.is_dir, it does not raise: a folder that may not be entered is named below.
        if os.path.isdir(path):  # noqa: PTH112
            yield from _read_folder(path, sidecars, on_failure, entered)
        elif path.suffix.lower() in _READERS and not name.lower().startswith("readme"):
            yield from _read_file(path, sidecars, on_failure)
    for name in sidecars.of(folder):
        if name not in names:
            reason = f"describes {name!r}, which is not in this folder"
            on_failure(Failure(_name(folder / SIDECAR), reason, fatal=False))


def _read_file(path: Path, sidecars: _Sidecars, on_failure: OnFailure) -> Iterator[RawDocument]:
    name = _name(path)

    def report(reason: str, fatal: bool) -> None:
        on_failure(Failure(name, reason, fatal))

    stated = sidecars.of(path.parent).get(path.name, {})
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            report("not a regular file", True)
            return
        seen: dict[str, str] = {}
        for document in _READERS[path.suffix.lower()](path, name, report):
            if stated and document.place:
                report(f"{SIDECAR} cannot describe a file with several documents", False)
                stated = {}
            described = replace(document.document, **stated)
            key = described.id or described.source
            if key in seen:
                what = "id" if described.id else "URL, and no id,"
                report(f"{document.place}: has the same {what} as {seen[key]} ({key})", True)
                continue
            seen[key] = document.place
            yield described
    except OSError as error:
        report(_os_reason(error), True)


def _name(path: Path) -> str:
    """The path as text that every store accepts, whatever bytes a file system allows."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def _os_reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    return (error.strerror or str(error)).lower()


# --- kinds of files -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    document: RawDocument
    place: str = ""  # "line 7", "record 7"; empty for the only document of a file


def _read_text(path: Path, name: str, report: _Report) -> Iterator[_Read]:
    text = _decode(path.read_bytes(), report)
    if text is None:
        return
    text = _plain(text)
    if not text.strip():
        report("empty", True)
        return
    yield _Read(RawDocument(source=name, file=name, text=text))


def _read_json(path: Path, name: str, report: _Report) -> Iterator[_Read]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report(f"not valid UTF-8 (byte {error.start})", True)
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        report(f"not valid JSON ({_json_reason(error)})", True)
        return
    if isinstance(value, list):
        for number, record in enumerate(value, start=1):
            document = _from_record(record, name, f"#{number}", f"record {number}: ", report)
            if document:
                yield _Read(document, f"record {number}")
    else:
        document = _from_record(value, name, "", "", report)
        if document:
            yield _Read(document)


def _read_jsonl(path: Path, name: str, report: _Report) -> Iterator[_Read]:
    empty = True
    with path.open("rb") as file:
        # Binary files are read by b"\n" alone; texts may hold other line separators.
        for number, line in enumerate(file, start=1):
            place = f"line {number}"
            raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not raw.strip():
                continue
            empty = False
            try:
                record = json.loads(raw.rstrip().decode("utf-8"))
            except UnicodeDecodeError as error:
                report(f"{place}: not valid UTF-8 (byte {error.start})", True)
                continue
            except (ValueError, RecursionError) as error:
                report(f"{place}: not valid JSON ({_json_reason(error)})", True)
                continue
            document = _from_record(record, name, f"#{number}", f"{place}: ", report)
            if document:
                yield _Read(document, place)
    if empty:
        report("empty", True)


_READERS: Mapping[str, Callable[[Path, str, _Report], Iterator[_Read]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".json": _read_json,
    ".jsonl": _read_jsonl,
}

SUFFIXES = frozenset(_READERS)
"""Ends of the names of files that are read in a folder, in lower case."""


def _json_reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        where = f"line {error.lineno}, column" if error.lineno > 1 else "column"
        return f"{error.msg}, {where} {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


# --- text -----------------------------------------------------------------------------------

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def _plain(text: str) -> str:
    """Line ends as ``\\n``; NUL and lone surrogates as U+FFFD."""
    return _UNSTORABLE.sub("�", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decode(data: bytes, report: _Report) -> str | None:
    """The text of a file of unstated encoding; None, and reported, if it is not text."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                report(f"not text (begins like {encoding.upper()}, but {error.reason})", True)
                return None
    if b"\0" in data or len(_CONTROL.findall(data)) * 50 > len(data):
        report("not text (contains control characters)", True)
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_damaged(data, error, report)


def _decode_damaged(data: bytes, error: UnicodeDecodeError, report: _Report) -> str | None:
    """UTF-8 with a few broken bytes, or Windows-1252; what it was taken for is reported."""
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("�")
    intact = sum(char > "\x7f" for char in lenient) - broken
    if intact > broken:
        reason = f"{broken} damaged UTF-8 characters replaced, the first at byte {error.start}"
        report(reason, False)
        return lenient
    high = sum(byte > 0x7F for byte in data)
    try:
        # Accented letters and typographic quotes are a small part of any Western text.
        if high * 5 < len(data):
            western = data.decode("cp1252")
            report("not UTF-8, read as Windows-1252", False)
            return western
    except UnicodeDecodeError:
        pass
    report("not text (neither UTF-8 nor Windows-1252)", True)
    return None


# --- records --------------------------------------------------------------------------------

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title",),
    "outlet": ("outlet", "source", "publisher"),
    "author": ("author", "authors"),
    "published": ("published", "published_at", "date"),
    "url": ("url",),
}
_TEXT = ("text", "body", "content")


def _from_record(
    record: object, name: str, fragment: str, prefix: str, report: _Report
) -> RawDocument | None:
    if not isinstance(record, dict):
        report(f"{prefix}not a JSON object", True)
        return None
    text = next((record[key] for key in _TEXT if isinstance(record.get(key), str)), "")
    text = _plain(text)
    if not text.strip():
        report(f"{prefix}no text (looked for {', '.join(_TEXT)})", True)
        return None
    fields = _metadata(record, lambda reason: report(f"{prefix}{reason}", False))
    source = fields.get("url") or f"{name}{fragment}"
    return RawDocument(source=source, file=name, text=text, **fields)


def _metadata(record: Mapping[str, object], note: Callable[[str], None]) -> dict[str, str]:
    """The fields a record states, under their own names; what makes no sense is left out."""
    fields: dict[str, str] = {}
    for field, keys in _FIELDS.items():
        for key in keys:
            value = record.get(key)
            if value in (None, [], {}) or (isinstance(value, str) and not value.strip()):
                continue
            read = _iso_date(value) if field == "published" else _label(value, field)
            if read:
                fields[field] = read
                break
            note(f"{key} {_shown(value)} left out: {_EXPECTED.get(field, 'not a text')}")
    return fields


_EXPECTED = {"published": "not an ISO date"}


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _label(value: object, field: str) -> str | None:
    """A single line of text from a string, a list of names or an object with a name."""
    if isinstance(value, list) and field == "author":
        names = [_label(item, field) for item in value]
        return ", ".join(filter(None, names)) if all(names) else None
    if isinstance(value, dict) and field in ("author", "outlet"):
        value = value.get("name")
    if isinstance(value, int) and not isinstance(value, bool) and field == "id":
        value = str(value)
    if not isinstance(value, str):
        return None
    return " ".join(_plain(value).split()) or None


def _iso_date(value: object) -> str | None:
    if isinstance(value, date):  # from TOML; a datetime is a date too
        return value.isoformat()
    if not isinstance(value, str):
        return None
    stated = value.strip()
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(stated).isoformat()
        except ValueError:
            continue
    return None


# --- articles.toml --------------------------------------------------------------------------


class _Sidecars:
    """What the ``articles.toml`` files say, each read once, when its folder is reached."""

    def __init__(self, on_failure: OnFailure) -> None:
        self._on_failure = on_failure
        self._read: dict[Path, Mapping[str, dict[str, str]]] = {}

    def of(self, folder: Path) -> Mapping[str, dict[str, str]]:
        """Fields by file name; empty if there is no such file or it cannot be read."""
        if folder not in self._read:
            self._read[folder] = self._load(folder / SIDECAR)
        return self._read[folder]

    def _load(self, path: Path) -> dict[str, dict[str, str]]:
        def note(reason: str) -> None:
            self._on_failure(Failure(_name(path), reason, fatal=False))

        try:
            tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            note(_os_reason(error))
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            note(f"not valid TOML ({error}); nothing it says is used")
            return {}
        found: dict[str, dict[str, str]] = {}
        for name, table in tables.items():
            if not isinstance(table, dict):
                note(f"{name}: not a table named like a file")
                continue
            unknown = sorted(set(table) - {key for keys in _FIELDS.values() for key in keys})
            if unknown:
                note(f"{name}: unknown {', '.join(unknown)} left out")
            found[name] = _metadata(table, partial(_prefixed, note, name))
        return found


def _prefixed(note: Callable[[str], None], prefix: str, reason: str) -> None:
    note(f"{prefix}: {reason}")
