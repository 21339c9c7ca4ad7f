"""When a watched folder should be synced again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from index._errors import UnavailableError

# Quiet for so long, changes have settled; while they keep coming, this is the longest wait.
QUIET_SECONDS = 1.0
LONGEST_SECONDS = 60.0
TICK_SECONDS = 5.0


def settled_changes(
    paths: Sequence[Path],
    *,
    ignore: Path,
    quiet: float = QUIET_SECONDS,
    tick: float = TICK_SECONDS,
) -> Iterator[bool]:
    """Wake up at once, after changes below ``paths`` have settled, and every ``tick`` seconds.

    Yields True where there may be something new and False at the ticks between. The second
    wake-up is always True: what changed between the first and the start of watching is not
    missed. A path that is replaced, or goes and comes back, is watched anew.

    Args:
        paths: Files and folders; links below them are not followed.
        ignore: A folder whose changes are none: the archive's own.
        quiet: Seconds without a change after which changes have settled.
        tick: Seconds between wake-ups while nothing changes.

    Raises:
        UnavailableError: The system cannot watch so many folders.
    """
    from watchfiles import Change, watch

    home = str(ignore.resolve())

    def wanted(change: Change, path: str) -> bool:
        del change
        inside = path == home or path.startswith(home + os.sep)
        return not inside and not os.path.basename(path).startswith(".")  # noqa: PTH119

    yield True
    while True:
        watched = _identities(paths)
        present = [path for path, identity in zip(paths, watched, strict=True) if identity]
        if not present:
            time.sleep(tick)
            yield False
            continue
        try:
            first = True
            for changes in watch(
                *present,
                watch_filter=wanted,
                debounce=round(LONGEST_SECONDS * 1000),
                step=round(quiet * 1000),
                rust_timeout=round(tick * 1000),
                yield_on_timeout=True,
            ):
                replaced = _identities(paths) != watched
                yield first or replaced or bool(changes)
                first = False
                if replaced:
                    break
        except FileNotFoundError:  # gone between two looks
            continue
        except OSError as error:
            raise UnavailableError(
                f"The files cannot be watched: {error}.",
                "Set WATCHFILES_FORCE_POLLING=1, or sync from time to time.",
            ) from error


def _identities(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    found: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_dev, status.st_ino))
    return found
