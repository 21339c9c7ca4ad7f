"""Incremental ingest: what is new goes in, what changed is replaced, what is gone can go.

Everything acknowledged is in the store before anything is built from it. A sync that is
killed leaves an archive that opens; the same command then finishes the work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from index import _readers
from index._errors import UsageError
from index._owners import Owners
from index._prepare import DERIVATION, content_key, prepare
from index._progress import Progress, ProgressCallback, SyncReport
from index._store.store import Change, Store, StoredArticle

# Articles per transaction: often enough that little is repeated after a kill.
BATCH = 200


OnBatch = Callable[[list[StoredArticle], list[str], int], None]


def read_into_store(
    store: Store,
    paths: Sequence[Path],
    *,
    prune: bool,
    report: SyncReport,
    on_batch: OnBatch,
    progress: ProgressCallback,
    readers: Mapping[str, str],
) -> None:
    """Read ``paths`` into the store, batch by batch.

    A file whose fingerprint is that of the sync before is not parsed again.
    ``on_batch(stored, removed ids, version)`` is called after each committed change.

    Raises:
        UsageError: A path does not exist, or a reader of ``readers`` cannot be imported; nothing
            has been changed then.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist.", "Check the path and run the sync again.")
    ingest = _Ingest(store, report, on_batch, readers)
    expected = _expected_documents(paths, _readers.Kinds(readers))

    def tell() -> None:
        done = ingest.taken
        progress(Progress("read", done, expected if done <= expected else None))

    reading = _Reading(report, ingest, readers, tell)
    for path in paths:
        reading.read(path)
    ingest.flush()
    if prune:
        ingest.prune(paths, reading)


def _expected_documents(paths: Sequence[Path], kinds: _readers.Kinds) -> int:
    """About how many documents there are, for telling how long it will take.

    A file counts as one and a JSONL file as its lines. Other files that hold several are not
    opened for this: there may be more.
    """
    total = 0
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = [name for name in folders if not name.startswith(".")]
                total += sum(_expected_in(Path(folder), name, kinds) for name in names)
        else:
            total += _expected_in(path.parent, path.name, kinds)
    return total


def _expected_in(folder: Path, name: str, kinds: _readers.Kinds) -> int:
    if not kinds.readable(name):
        return 0
    if name.lower().endswith(_LINE_BY_LINE):
        try:
            with (folder / name).open("rb") as file:
                return sum(block.count(b"\n") for block in iter(partial(file.read, 1 << 20), b""))
        except OSError:
            return 0
    return 1


_LINE_BY_LINE = (".jsonl", ".ndjson")


class _Ingest:
    """Takes documents one by one and stores what is new or changed."""

    def __init__(
        self, store: Store, report: SyncReport, on_batch: OnBatch, readers: Mapping[str, str]
    ) -> None:
        self._store = store
        self._report = report
        self._on_batch = on_batch
        self._known = store.content_keys()
        self._remembered = store.duplicate_ids()
        self._fingerprints = store.files()
        self._owners = Owners(store, readers)
        # Content keys by id: of what was met in this sync.
        self._seen: dict[str, str] = {}
        self._moved: dict[str, str] = {}
        self._promoted: set[str] = set()
        self._batch: list[StoredArticle] = []
        self._finished: dict[str, str] = {}
        self._forgotten: list[str] = []
        self.taken = 0

    def take(self, document: _readers.RawDocument, file: str) -> bool:
        """Take a document; false if its id is that of another.

        The same record twice, as in the dumps of two days, is a duplicate; two that differ are
        a mistake, and reported, whether both are met in this sync or one belongs to a file that
        is not part of it.
        """
        self.taken += 1
        article_id, key = self._owners.id_of(document, file), content_key(document)
        met, same = self._seen.get(article_id), self._known.get(article_id) == key
        if met == key:
            self._report.duplicates += 1
            return False
        if met is not None:
            rival = self._owners.file_of(article_id)
        else:
            rival = None if same else self._owners.rival(article_id, key, file)
        if rival is not None:
            reason = (
                f"the id {article_id} is that of another document, in {rival}; give one of them"
                " an id of its own, or delete that file if this one takes its place"
            )
            self._report.failed.append(_readers.Failure(document.source, reason))
            return False
        self._seen[article_id] = key
        if not same:
            self._batch.append(prepare(document, article_id, file))
        else:
            if self._owners.file_of(article_id) != file:
                self._moved[article_id] = file
            self._count_unchanged(article_id)
        self._owners.give(article_id, file)
        if len(self._batch) >= BATCH:
            self.flush()
        return True

    def take_unchanged(self, file: str, fingerprint: str) -> bool:
        """Take all documents of a file that is as it was; false if it is not."""
        if self._fingerprints.get(file) != fingerprint:
            return False
        ids = self._owners.stored(file)
        # What nothing belongs to was read by an earlier version that let another file take its
        # ids; and an id met before is another file's now. Read it, so that this is named.
        if not ids or not self._seen.keys().isdisjoint(ids):
            return False
        self.taken += len(ids)
        self._seen.update((article_id, self._known[article_id]) for article_id in ids)
        for article_id in ids:
            self._count_unchanged(article_id)
        return True

    def finish(self, file: str, fingerprint: str) -> None:
        """All documents of a file, one or more, have been taken, and nothing of it was lost."""
        if self._fingerprints.get(file) != fingerprint:
            self._finished[file] = fingerprint

    def forget(self, file: str) -> None:
        """Something of a file was lost, or is counted under another: read it again next time."""
        if file in self._fingerprints:
            self._forgotten.append(file)

    def flush(self) -> None:
        """Store what was taken; with it, that the files it came from are done with."""
        if self._moved:
            self._store.move(self._moved)
            self._moved.clear()
        if self._forgotten:
            self._store.delete_files(self._forgotten)
            self._forgotten.clear()
        if self._batch:
            self._done(self._store.put(self._batch, files=self._finished))
            self._batch.clear()
        elif self._finished:
            self._store.set_files(self._finished)
        self._finished.clear()

    def _count_unchanged(self, article_id: str) -> None:
        if article_id in self._remembered:
            self._report.duplicates += 1
        elif article_id not in self._promoted:  # those count as added already
            self._report.unchanged += 1

    def prune(self, paths: Sequence[Path], reading: _Reading) -> None:
        """Remove what was read from below ``paths`` before and was not there now."""
        roots = [path.resolve() for path in paths]
        missing = [
            (article_id, Path(file))
            for article_id, file in self._store.ids_by_file()
            if article_id not in self._seen
            and any(Path(file).is_relative_to(root) for root in roots)
        ]
        gone = [article_id for article_id, file in missing if not reading.keeps(file)]
        if gone:
            self._done(self._store.delete(gone))
        if kept := len(missing) - len(gone):
            where = ", ".join(str(path) for path in paths)
            reason = f"{kept} missing articles kept, because not everything could be read"
            self._report.notes.append(_readers.Failure(where, reason, fatal=False))

    def _done(self, change: Change) -> None:
        """Count what the store did, and have it indexed."""
        report = self._report
        report.added += len(change.added) + len(change.promoted)
        report.updated += len(change.updated)
        report.removed += len(change.removed)
        report.duplicates += len(change.duplicates)
        # Met in this sync already, as duplicates; or yet to be met, as what they are now.
        report.duplicates -= sum(i in self._seen for i in change.promoted)
        self._promoted.update(change.promoted)
        self._remembered.difference_update(change.promoted)
        if change.stored or change.removed:
            self._on_batch(list(change.stored), list(change.removed), change.version)


class _Reading:
    """Reads documents and remembers what ``--prune`` must not take for gone."""

    def __init__(
        self,
        report: SyncReport,
        ingest: _Ingest,
        readers: Mapping[str, str],
        tell: Callable[[], None],
    ) -> None:
        self._report = report
        self._ingest = ingest
        self._readers = readers
        self._tell = tell
        self._unread: set[Path] = set()
        # Folders whose sidecar is at fault, and the files of theirs that were read.
        self._doubtful: set[Path] = set()
        self._described: set[Path] = set()
        self._met: set[Path] = set()
        # The file that is being read: as given, resolved, its fingerprint, whether all is well,
        # and whether it held anything so far.
        self._given, self._file, self._fingerprint, self._sound = "", Path(), "", False
        self._holding = False

    def read(self, path: Path) -> None:
        """Hand the documents of a path to the ingest."""
        for document in _readers.read_path(
            path,
            self._failed,
            unchanged=self._unchanged,
            readers=self._readers,
            on_other=self._report.count_other,
        ):
            self._sound &= self._ingest.take(document, str(self._file))
            self._holding = True
            self._tell()
        self._end_file()

    def _unchanged(self, given: str, fingerprint: str) -> bool:
        self._end_file()
        self._given, self._file = given, Path(given).resolve()
        if self._file in self._met:
            self._given = ""
            return True  # by another of the paths
        self._met.add(self._file)
        # Whatever changes cleaning, sentences or passages has every file read again.
        self._fingerprint, self._sound = f"{DERIVATION}:{fingerprint}", True
        self._holding = False
        if self._file.parent in self._doubtful:
            self._described.add(self._file)
        if not self._ingest.take_unchanged(str(self._file), self._fingerprint):
            return False
        self._given, self._sound = "", False
        self._tell()
        return True

    def _end_file(self) -> None:
        if self._sound and self._holding:
            self._ingest.finish(str(self._file), self._fingerprint)
        elif self._given:
            self._ingest.forget(str(self._file))
        self._given, self._sound = "", False

    def _failed(self, failure: _readers.Failure) -> None:
        path = Path(failure.source)
        if failure.fatal:
            self._report.failed.append(failure)
            self._unread.add(path.resolve())
            # It is to be named by every sync until it is mended.
            if failure.source == self._given:
                self._sound = False
        else:
            self._report.notes.append(failure)
            if path.name in _readers.SIDECARS:
                self._doubtful.add(path.parent.resolve())

    def keeps(self, file: Path) -> bool:
        """Whether an article of this file may be missing only because reading went wrong.

        So it is where something of the file, or of a folder it is in, could not be read; and
        where the file is there, but what says which id its article has is at fault.
        """
        if any(file.is_relative_to(path) for path in self._unread):
            return True
        return file in self._described
