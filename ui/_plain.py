"""Text from outside as text alone: nothing in it moves a cursor, hides or turns a line about."""

from __future__ import annotations

import re

# Control characters but line end and tab; embeddings, overrides and isolates, which reorder what
# stands after them.
_COMMANDS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_COMMAND = re.compile(f"[{_COMMANDS}]")
_COMMAND_OR_SPACE = re.compile(rf"[\s{_COMMANDS}]+")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")


def one_line(text: str) -> str:
    """Text on one line; a run of white space and such as commands a terminal is one blank."""
    return _COMMAND_OR_SPACE.sub(" ", text).strip()


def harmless(text: str) -> str:
    """Text with its lines, without the characters that command a terminal."""
    return _COMMAND.sub(lambda found: " " if found[0].isspace() else "", text)


def visible(text: str) -> str:
    """Text of the same length, each commanding character replaced by one that is seen.

    Offsets into the text stay what they are.
    """
    return _COMMAND.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def unescaped(markdown: str) -> str:
    """The Markdown of an answer, as it reads in plain text: without its backslashes."""
    return _BACKSLASH.sub("", markdown)
