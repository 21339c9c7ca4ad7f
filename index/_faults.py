"""What the operating system and the libraries below say when a disk has no room left.

SQLite, tantivy and Chroma each say it in their own words, and tantivy sometimes only that a
thread of its died; a user is told one thing, with what to do about it.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index._errors import ArchiveError, PullquoteError

_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TEXTS = ("no space left", "disk is full", "storagefull", "quota exceeded", "os error 28")
# Less is free than the smallest write of any index needs: whatever failed, failed for this.
_NOTHING_LEFT = 256 * 1024


def is_full(error: BaseException, folder: Path) -> bool:
    """Whether ``error``, raised while writing below ``folder``, comes of a full disk."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _ERRNOS:
            return True
        code = getattr(cause, "sqlite_errorcode", None)
        if isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_FULL:
            return True
        said = str(cause).lower()
        if any(text in said for text in _TEXTS):
            return True
        cause = cause.__cause__ or cause.__context__
    try:
        return shutil.disk_usage(folder).free < _NOTHING_LEFT
    except OSError:
        return False


def no_room(home: Path) -> ArchiveError:
    """What a full disk is called."""
    return ArchiveError(
        f"There is no room left on the disk of {home}.",
        "What was stored so far is kept. Free some space, then run the same command again.",
    )


@contextmanager
def named_faults(home: Path) -> Iterator[None]:
    """Turn what a full disk or a failing database raises into an error that says what to do.

    Raises:
        ArchiveError: In place of the library's own error.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of native code is no Exception
        if is_full(error, home):
            raise no_room(home) from error
        if isinstance(error, sqlite3.Error) and not isinstance(error, PullquoteError):
            raise ArchiveError(
                f"The archive in {home} cannot be written: {error}.",
                "Run: pullquote doctor",
            ) from error
        raise
