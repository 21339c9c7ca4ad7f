"""What the operating system refuses, said so that a reader can do something about it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index import PullquoteError

_PERMISSION = "Check its permissions, or name another place."
_ROOM = "Free some space, then run the same command again."
_HINTS = {
    errno.ENOENT: "Check the path. A folder that something is to be written into must be there.",
    errno.ENOTDIR: "Check the path: a part of it is a file.",
    errno.EISDIR: "Name a file in that folder.",
    errno.EEXIST: "Name another place.",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: _PERMISSION,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EMFILE: "Raise the number of open files that a process may have (ulimit -n).",
    errno.ENAMETOOLONG: "Name it more briefly.",
}


def named(error: OSError) -> PullquoteError:
    """The same as an error of ours: which path, why, and what to do."""
    from index import PullquoteError

    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error.filename, str | bytes):
        path = os.fsencode(error.filename).decode("utf-8", "backslashreplace")
        message = f"{path}: {reason}."
    else:
        message = f"{reason}."
    return PullquoteError(message, _HINTS.get(error.errno or 0, ""))
