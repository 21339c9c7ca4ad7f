"""Files and folders in, raw documents out."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from index._readers import limits
from index._readers.documents import Failure, OnFailure, RawDocument
from index._readers.files import Kinds, Unchanged, is_readme, os_reason, path_name, read_file
from index._readers.sidecars import SIDECAR, SIDECARS, Stated, merged, read_sidecar


def read_path(
    path: Path,
    on_failure: OnFailure,
    *,
    unchanged: Unchanged | None = None,
    readers: Mapping[str, str] | None = None,
    on_other: Callable[[Path], None] | None = None,
) -> Iterator[RawDocument]:
    """The documents of a file, or of all files of a folder and the folders in it.

    A folder is walked in the order of names. Hidden files, ``README*``, ``articles.toml``,
    ``articles.csv``, the ``…_files`` folder a browser saves beside a page and files of other
    types are passed over there; a file that is named must be readable. Links are followed, but no
    folder is entered and no file read twice.

    Read are ``.txt``, ``.md`` (with front matter), saved pages (``.html``, ``.htm``, ``.xhtml``,
    ``.mhtml``), ``.pdf``, ``.docx``, ``.eml``, ``.json`` (an article, or a list of them anywhere
    near the top), ``.jsonl``, feeds (``.rss``, ``.atom``, ``.xml``), ``.zip`` and ``.gz`` of
    these, and what ``readers`` adds. What ``articles.toml`` or ``articles.csv`` in the same folder
    says of a file with one document is added to the document and wins over what it says itself.

    Reading changes a text in three ways only: line ends become ``\\n``; NUL characters and lone
    surrogates, which no store accepts, become U+FFFD; mojibake is repaired where it is certain,
    and reported. All offsets of an article refer to its text after that and after cleaning.

    Args:
        path: A file or a folder.
        on_failure: Called for everything that could not be read, while the iterator advances.
        unchanged: Called once for each file, with its path as given and a fingerprint (a
            SHA-256 over its bytes, what sidecars say of it and how it is read), before it is
            parsed. If it returns true, the file is passed over: nothing of it is given or
            reported. A file that cannot be opened is never asked for.
        readers: llama-index readers by suffix, as
            ``{".epub": "llama_index.readers.file:EpubReader"}``.
        on_other: Called with each file of another type that is passed over in a folder; not with
            those that are hidden, or say something of the folder.

    Raises:
        UsageError: A reader in ``readers`` cannot be imported.
    """
    others = dict(readers or {})
    if others:
        from index._readers.other_readers import check_readers

        check_readers(others)
    walk = _Walk(Kinds(others), on_failure, unchanged, on_other or (lambda _: None))
    return walk.documents(path)


# What programs leave in folders that are otherwise a reader's own.
_OF_PROGRAMS = frozenset({"__init__.py", "__pycache__", "__MACOSX"})


class _Walk:
    def __init__(
        self,
        kinds: Kinds,
        on_failure: OnFailure,
        unchanged: Unchanged | None,
        on_other: Callable[[Path], None],
    ) -> None:
        self._kinds = kinds
        self._on_failure = on_failure
        self._unchanged = unchanged
        self._on_other = on_other
        self._entered: set[tuple[int, int]] = set()

    def documents(self, path: Path) -> Iterator[RawDocument]:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            self._on_failure(Failure(path_name(path), os_reason(error)))
            return
        if stat.S_ISDIR(mode):
            yield from self._folder(path)
        elif not self._kinds.supported(path.name):
            self._on_failure(Failure(path_name(path), self._kinds.unsupported(path.name)))
        else:
            stated = _described(path.parent, self._on_failure).get(path.name, {})
            yield from self._file(path, stated)

    def _folder(self, folder: Path) -> Iterator[RawDocument]:
        try:
            if not self._first_time(folder.stat()):
                return
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            self._on_failure(Failure(path_name(folder), os_reason(error)))
            return
        names = {entry.name for entry in entries}
        described = _described(folder, self._on_failure)
        for entry in entries:
            name = entry.name
            path = folder / name
            if name.startswith(".") or name in _OF_PROGRAMS:
                continue
            if _is_folder(entry):
                if not _belongs_to_a_page(name, names):
                    yield from self._folder(path)
            elif self._kinds.readable(name):
                yield from self._file(path, described.get(name, {}))
            elif not (self._kinds.supported(name) or name in SIDECARS or is_readme(name)):
                self._on_other(path)
        for name in described:
            if name not in names:
                # After the files: it casts no doubt on what is said of them.
                reason = f"describes {name!r}, which is not in this folder"
                sidecar = SIDECAR if SIDECAR in names else SIDECARS[0]
                self._on_failure(Failure(path_name(folder / sidecar), reason, fatal=False))

    def _file(self, path: Path, stated: Mapping[str, str]) -> Iterator[RawDocument]:
        try:
            # Several links to one file are one article.
            if not self._first_time(path.stat()):
                return
        except OSError as error:
            self._on_failure(Failure(path_name(path), os_reason(error)))
            return
        yield from read_file(path, stated, self._kinds, self._on_failure, self._unchanged)

    def _first_time(self, status: os.stat_result) -> bool:
        place = (status.st_dev, status.st_ino)
        if place in self._entered:
            return False
        self._entered.add(place)
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # read as a file, where the reason is named


def _belongs_to_a_page(folder: str, names: set[str]) -> bool:
    """Whether a folder holds the pictures and scripts of a page saved beside it."""
    page = folder.removesuffix("_files")
    return page != folder and not names.isdisjoint({f"{page}.html", f"{page}.htm"})


def _described(folder: Path, on_failure: OnFailure) -> Stated:
    """Fields by file name from the sidecars of a folder; what is wrong with them is named."""
    found: Stated = {}
    for sidecar in SIDECARS:
        path = folder / sidecar

        def note(reason: str, path: Path = path) -> None:
            on_failure(Failure(path_name(path), reason, fatal=False))

        try:
            if path.stat().st_size > limits.TEXT:
                note(f"larger than {limits.shown(limits.TEXT)}; nothing it says is used")
                continue
            stated = read_sidecar(sidecar, path.read_bytes(), note)
        except FileNotFoundError:
            continue
        except OSError as error:
            note(os_reason(error))
            continue
        found = merged(found, stated)
    return found
