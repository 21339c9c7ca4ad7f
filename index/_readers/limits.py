"""How much is read at most, so that no file can take the machine's memory or an hour.

News articles are a few kilobytes. The limits are far above anything that is one, and each is
named in the message of the file that runs into it.
"""

from __future__ import annotations

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

TEXT = 16 * MIB
"""A text, a web page, a feed, a record of a JSON file or line of a JSONL file."""

PAGE = 64 * MIB
"""A web page with its pictures written into it; without them it has the limit of a text."""

BINARY = 128 * MIB
"""A PDF or Word file, a mail or a saved page with its pictures: mostly pictures."""

JSON = 128 * MIB
"""A JSON file is held in memory as a whole, at several times its size."""

UNPACKED = 4 * GIB
"""What comes out of one archive in all, archives in it included."""

RATIO = 200
"""How many times its packed size a member may be. Prose packs to a third or a quarter, very
repetitive tables to a fiftieth; DEFLATE ends at 1032."""

RATIO_FROM = 4 * MIB
"""Below this a member may have any ratio: it does no harm."""

MEMBERS = 200_000
"""Members of an archive."""

DEPTH = 2
"""Archives in each other: an archive in an archive is read, one in that is not."""

PAGES = 3_000
"""Pages of a PDF file."""


def shown(size: int) -> str:
    """A size for people: ``16 MiB``."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
