"""One process at a time may change an archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index._errors import ArchiveError
from index._faults import named_faults

LOCK_SECONDS = 0.2


@contextmanager
def writing(home: Path, wait: float = LOCK_SECONDS) -> Iterator[None]:
    """Be the one who changes the archive in ``home``; what fails is named.

    Raises:
        ArchiveError: Another process, or another thread, still does after ``wait`` seconds; or
            nothing may be written there.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / ".lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout as error:
        raise ArchiveError(
            f"Another process is changing the archive in {home}.",
            "Wait for it to finish, then run the same command again.",
        ) from error
    except OSError as error:
        raise ArchiveError(
            f"The archive in {home} cannot be changed: {error.strerror}.",
            "Check the permissions of its folder, or name another in PULLQUOTE_HOME.",
        ) from error
    try:
        with named_faults(home):
            yield
    finally:
        lock.release()
