"""How people talk to Pullquote: the terminal and the page in a browser."""

from __future__ import annotations

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """The ``pullquote`` command; returns its exit code."""
    from ui._cli import main as run

    return run(arguments)
