"""Bytes to be read, wherever they are: a file, a member of an archive, what a gzip file holds."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from index._readers import limits
from index._readers.documents import Unreadable

# Raised by damaged data of the standard library's decompressors.
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


class Opener(Protocol):
    def __call__(self) -> IO[bytes]: ...


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class OverBudget(Unreadable):
    """Nothing more may be read of this archive."""


class Budget:
    """What may still come out of an archive."""

    def __init__(self, total: int = limits.UNPACKED) -> None:
        self._left = total

    def take(self, size: int) -> None:
        """Book ``size`` unpacked bytes.

        Raises:
            OverBudget: More came out of the archive than may.
        """
        self._left -= size
        if self._left < 0:
            raise OverBudget(
                f"unpacks to more than {limits.shown(limits.UNPACKED)}; "
                "unpack it and sync the folder"
            )


@dataclass(frozen=True, slots=True)
class Input:
    """Something to read, once or several times.

    Attributes:
        name: Its last name; the suffix says what kind it is.
        opener: Opens it from its start.
        size: In bytes; None where it is known only after unpacking.
        path: Where it is on disk; None inside an archive.
    """

    name: str
    opener: Opener
    size: int | None = None
    path: Path | None = None
    depth: int = 0
    budget: Budget | None = None

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    def open(self) -> IO[bytes]:
        return self.opener()

    def read(self, limit: int, advice: str) -> bytes:
        """All of it.

        Raises:
            Unreadable: It is larger than ``limit`` or damaged. The message ends with ``advice``.
        """
        if self.size is not None and self.size > limit:
            raise _too_large(limit, advice)
        try:
            with self.open() as file:
                data = file.read(limit + 1)
        except DAMAGED as error:
            raise Unreadable(damaged(error)) from None
        if len(data) > limit:
            raise _too_large(limit, advice)
        return data


def held(name: str, data: bytes, like: Input) -> Input:
    """An input whose bytes are in memory."""
    return Input(name, lambda: io.BytesIO(data), len(data), None, like.depth, like.budget)


def unzipped(packed: Input) -> Input:
    """What a gzip file holds. Its name is that of the file without ``.gz``."""
    budget = packed.budget or Budget()

    def opener() -> IO[bytes]:
        inner = gzip.GzipFile(fileobj=packed.open())
        return counted(inner, budget, packed.size or 0)

    return Input(packed.name[: -len(packed.suffix)], opener, None, None, packed.depth, budget)


def counted(inner: Readable, budget: Budget, packed_size: int) -> IO[bytes]:
    """``inner``, but what is read is booked and no more comes out than is believable."""
    return io.BufferedReader(_Counted(inner, budget, packed_size), 1 << 16)


class _Counted(io.RawIOBase):
    def __init__(self, inner: Readable, budget: Budget, packed_size: int) -> None:
        self._inner = inner
        self._budget = budget
        self._most = max(limits.RATIO_FROM, limits.RATIO * packed_size)
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        self._read += len(data)
        self._budget.take(len(data))
        if self._read > self._most:
            raise Unreadable(
                f"unpacks to more than {limits.RATIO} times its size, like a zip bomb; "
                "if it is none, unpack it first"
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def damaged(error: Exception) -> str:
    return f"damaged or cut off ({str(error) or type(error).__name__})"


def _too_large(limit: int, advice: str) -> Unreadable:
    return Unreadable(f"larger than {limits.shown(limit)}, the most that is read of one; {advice}")
