"""``articles.toml`` and ``articles.csv``: what a user knows of the files in a folder.

The TOML file has a table for each file, named like it. The CSV file has a column ``file`` and a
column for each field. Where both speak of a file, the TOML file wins field by field.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable, Mapping

from index._readers.documents import Unreadable
from index._readers.encodings import decode
from index._readers.stated import FIELDS, fold, metadata

SIDECAR = "articles.toml"
SIDECARS = ("articles.csv", SIDECAR)
"""Names of the files that say what is known of the articles in their folder; the last wins."""

Note = Callable[[str], None]
Stated = Mapping[str, Mapping[str, str]]
"""Fields by file name."""

_KNOWN = {fold(key) for keys in FIELDS.values() for key in keys}


def read_sidecar(name: str, data: bytes, note: Note) -> Stated:
    """Fields by file name from the bytes of the sidecar ``name``; empty if it is at fault."""
    rows = _toml_rows(data, note) if name == SIDECAR else _csv_rows(data, note)
    found: dict[str, dict[str, str]] = {}
    for file, row in rows:
        unknown = sorted(key for key in row if fold(key) not in _KNOWN)
        if unknown and name == SIDECAR:
            note(f"{file}: unknown {', '.join(unknown)} left out")
        if file in found:
            note(f"{file}: described twice, the first is used")
            continue

        def prefixed(reason: str, file: str = file) -> None:
            note(f"{file}: {reason}")

        found[file] = metadata(row, prefixed)
    return found


def merged(first: Stated, second: Stated) -> Stated:
    """Both; where both speak of a field, the second wins."""
    return {file: {**first.get(file, {}), **second.get(file, {})} for file in {**first, **second}}


def _toml_rows(data: bytes, note: Note) -> list[tuple[str, Mapping[str, object]]]:
    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        note(f"not valid TOML ({error}); nothing it says is used")
        return []
    rows: list[tuple[str, Mapping[str, object]]] = []
    for name, table in tables.items():
        if isinstance(table, dict):
            rows.append((name, table))
        else:
            note(f"{name}: not a table named like a file")
    return rows


def _csv_rows(data: bytes, note: Note) -> list[tuple[str, Mapping[str, object]]]:
    try:
        text = decode(data, note).text
        # Spreadsheets write semicolons where the comma is the decimal mark.
        head = text.partition("\n")[0]
        delimiter = max(",;\t", key=head.count)
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
        columns = reader.fieldnames or []
        if "file" not in columns:
            note("has no column 'file'; nothing it says is used")
            return []
        unknown = [key for key in columns if key != "file" and fold(key) not in _KNOWN]
        if unknown:
            note(f"unknown columns left out: {', '.join(map(str, unknown))}")
        rows: list[tuple[str, Mapping[str, object]]] = []
        for row in reader:
            # Cells beyond the columns come under the key None.
            known = {key: value for key, value in row.items() if key and fold(key) in _KNOWN}
            if row["file"]:
                rows.append((row["file"].strip(), known))
    except (Unreadable, csv.Error) as error:
        note(f"not valid CSV ({error}); nothing it says is used")
        return []
    return rows
