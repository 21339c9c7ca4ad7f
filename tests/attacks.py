"""The hostile articles of qa/data/attacks.yaml, as tests of all packages use them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "qa" / "data" / "attacks.yaml"
FIELDS = ("title", "outlet", "author", "url", "text")

_REPEATED = re.compile(r"\{(.)\*(\d+)\}")


@cache
def attacks() -> tuple[dict[str, str], ...]:
    """Each with ``id``, ``kind``, ``text`` and what else it has; ``{A*9}`` written out."""
    return tuple(
        {name: _REPEATED.sub(lambda m: m[1] * int(m[2]), value) for name, value in one.items()}
        for one in yaml.safe_load(FILE.read_text("utf-8"))
    )


def write_articles(file: Path) -> Path:
    """The articles as JSON lines, to be synced."""
    names = ("id", *FIELDS)
    records = ({name: one[name] for name in names if name in one} for one in attacks())
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file
