"""Saving a chat as a file: the menu for it, and what is written."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from index import Archive, ArchiveError
from qa import ExportFormat, Records, export_answers, reverify
from ui._panel import counted

_FORMATS: dict[str, tuple[ExportFormat, str, str]] = {
    "md": ("md", "Markdown", "text/markdown"),
    "html": ("html", "HTML", "text/html"),
    "json": ("json", "JSON", "application/json"),
}
_BUTTONS = "".join(
    f'<button type="button" data-form="{form}">{name}</button>'
    for form, (_, name, _) in _FORMATS.items()
)
SAVE_MENU = (
    "<details><summary>Save chat</summary>"
    f'<div role="group" aria-label="Save chat as">{_BUTTONS}</div></details>'
    '<p role="status"></p>'
)


class SavedFile(TypedDict):
    """A file for the browser to save, and what to say of it; without a name there is none."""

    name: str
    type: str
    text: str
    said: str


def save_chat(
    archive: Archive, records: Records, conversation: str | None, form: str, day: date
) -> SavedFile:
    """The finished answers of a conversation, each with its quotes checked for this.

    Args:
        archive: What the quotes are checked against.
        records: Where the answers are.
        conversation: Its id; None before the first question.
        form: ``md``, ``html`` or ``json``; anything else is taken for the first.
        day: The day it is saved on.

    A record that was damaged beyond reading is left out, and said to be.

    Raises:
        ArchiveError: All of them were.
    """
    damaged: list[ArchiveError] = []
    found = records.conversation(conversation, damaged.append) if conversation else []
    if damaged and not found:
        raise damaged[0]
    if not found:
        nothing = "There is no finished answer to save yet."
        return {"name": "", "type": "", "text": "", "said": nothing}
    name, _, kind = _FORMATS.get(form, _FORMATS["md"])
    checked = [reverify(saved, archive) for saved in found]
    return {
        "name": f"pullquote-{day}.{name}",
        "type": f"{kind};charset=utf-8",
        "text": export_answers(checked, name, exported=day.isoformat()),
        "said": " ".join([f"{counted(len(found), 'answer')} saved.", *map(str, damaged)]),
    }
