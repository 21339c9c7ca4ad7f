"""Archives: zip files, and what gzip packed. Nothing is ever written to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO

from index._readers import limits
from index._readers.documents import Found, Unreadable
from index._readers.inputs import DAMAGED, Budget, Input, OverBudget, counted, damaged, unzipped
from index._readers.sidecars import SIDECARS, Stated, merged, read_sidecar

Report = Callable[[str, bool], None]
Dispatch = Callable[[Input, Report], Iterator[Found]]


def read_gzip(source: Input, report: Report, read: Dispatch) -> Iterator[Found]:
    """What a gzip file holds; its kind is that of its name without ``.gz``."""
    yield from read(unzipped(source), report)


def read_zip(
    source: Input, report: Report, read: Dispatch, readable: Callable[[str], bool]
) -> Iterator[Found]:
    """The members of a zip file that are read in a folder too, in the order of their names."""
    if source.depth >= limits.DEPTH:
        raise Unreadable("an archive in an archive in an archive; unpack it first")
    budget = source.budget or Budget()
    file = source.open() if source.path else _in_memory(source)
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise Unreadable(f"not a zip file that can be read ({error})") from None
        with archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            if len(members) > limits.MEMBERS:
                raise Unreadable(
                    f"{len(members):,} members, more than {limits.MEMBERS:,}; unpack it first"
                )
            stated = _sidecars(archive, members, budget, report)
            empty = True
            for member in members:
                if not readable(member.filename) or member.is_dir():
                    continue
                empty = False
                path = PurePosixPath(member.filename)
                fields = stated.get(path.parent.as_posix(), {}).get(path.name, {})
                name = shown_name(member.filename)

                def inner_report(reason: str, fatal: bool, name: str = name) -> None:
                    report(f"member {name!r}: {reason}", fatal)

                try:
                    _check(member)
                    inside = Input(
                        path.name,
                        _member_opener(archive, member, budget),
                        member.file_size,
                        None,
                        source.depth + 1,
                        budget,
                    )
                    for found in read(inside, inner_report):
                        yield _placed(found, name, fields, inner_report)
                except OverBudget:
                    raise
                except Unreadable as error:
                    inner_report(str(error), True)
                except (*DAMAGED, OSError, RuntimeError, NotImplementedError, ValueError) as error:
                    inner_report(damaged(error), True)
    if empty:
        raise Unreadable("nothing in it that can be read")


def _check(member: zipfile.ZipInfo) -> None:
    """Nothing is written to disk, but such a name is not that of an article."""
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in path.parts[0]:
        raise Unreadable("its name leads out of the archive; left out")
    if member.flag_bits & 1:
        raise Unreadable("encrypted; unpack it with its password first")


def _placed(found: Found, name: str, stated: Mapping[str, str], report: Report) -> Found:
    """A member's document with its place in the archive and what a sidecar says of it."""
    if stated and found.fragment:
        report("a sidecar cannot describe a file with several documents", False)
        stated = {}
    return replace(
        found,
        fields={**found.fields, **stated},
        fragment=f"!{name}{found.fragment}",
        place=f"member {name!r}" + (f", {found.place}" if found.place else ""),
    )


def _member_opener(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget
) -> Callable[[], IO[bytes]]:
    def opener() -> IO[bytes]:
        return counted(archive.open(member), budget, member.compress_size)

    return opener


def _in_memory(source: Input) -> IO[bytes]:
    """A zip file is read from its end, which what is being unpacked has not reached yet."""
    import io

    return io.BytesIO(source.read(limits.BINARY, "unpack it first"))


def _sidecars(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], budget: Budget, report: Report
) -> dict[str, Stated]:
    found: dict[str, Stated] = {}
    for wanted in SIDECARS:
        for member in members:
            path = PurePosixPath(member.filename)
            if path.name != wanted or member.flag_bits & 1:
                continue

            def note(reason: str, name: str = member.filename) -> None:
                report(f"member {shown_name(name)!r}: {reason}", False)

            inside = Input(path.name, _member_opener(archive, member, budget), member.file_size)
            try:
                data = inside.read(limits.TEXT, "split it")
                stated = read_sidecar(wanted, data, note)
            except Unreadable as error:
                note(str(error))
                continue
            folder = path.parent.as_posix()
            found[folder] = merged(found.get(folder, {}), stated)
    return found


def shown_name(name: str) -> str:
    """A member's name as text that every store and terminal accepts."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in name
    )
