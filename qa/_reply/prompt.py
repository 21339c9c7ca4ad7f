"""The messages that a model is given: a fixed prefix, then the evidence and the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from qa._language.unseen import for_model
from qa._models.language_model import Message

# Part of every record: answers of different prompts are not compared as one.
PROMPT_VERSION = "6"

# Two worked examples: one that is answered, one whose premise the sentences do not bear out.
# About nothing that is in the news, so that nothing can leak from them into an answer.
_EXAMPLES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (
            "The mayor opened the bridge on 3 May after four years of work.",
            "“It may need repairs by 2040,” the engineer Ada Brandt said.",
            "Cyclists complained about the narrow lanes.",
        ),
        "What did the engineer say about repairs?",
        '{"answerable":true,"claims":[{"quotes":[2],'
        '"claim":"Ada Brandt said the bridge may need repairs by 2040."}]}',
    ),
    (
        (
            "The mayor opened the bridge on 3 May after four years of work.",
            "Cyclists complained about the narrow lanes.",
        ),
        "Why did the mayor close the bridge?",
        '{"answerable":false,"claims":[]}',
    ),
)


# Of yes and no in equal parts, or a small model only says one of them.
_OPENING = "The mayor opened the bridge on 3 May after four years of work."
_LANES = "Cyclists complained about the narrow lanes."
_REPAIRS = "“It may need repairs by 2040,” the engineer Ada Brandt said."
_DAILY, _CHANNEL = "The Daily, 2020-05-04", "Channel 5, 2020-05-06"
_VERDICT_EXAMPLES: tuple[tuple[tuple[tuple[str, str], ...], str, bool], ...] = (
    (
        ((_OPENING, _DAILY), (_LANES, _CHANNEL)),
        "Does The Daily report that the bridge was opened, while Channel 5 says that cyclists "
        "praised its lanes?",
        False,
    ),
    (
        ((_OPENING, _DAILY), (_LANES, _CHANNEL)),
        "Did The Daily report on the opening before Channel 5 told of complaints?",
        True,
    ),
    (
        ((_REPAIRS, _DAILY),),
        "Does The Daily suggest that the bridge will never need repairs?",
        False,
    ),
    (((_REPAIRS, _DAILY),), "Does an engineer in The Daily see repairs coming?", True),
)

# Enough for the model to see what it did, little enough to leave room.
_SHOWN_OF_REPLY = 300

_OPENING_QUOTE = re.compile(r'(?<![^\s(\[{<‘“—–/=-])"(?=\S)')
_LABEL = re.compile(r"[\[［](\s*\d+(?:[\s,;–-]+\d+)*\s*|/?[a-z]?[A-Z_]+)[\]］]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence as a model sees it: its number, and its text on one line.

    ``source`` is its outlet and day, where the question names outlets or days.
    """

    label: int
    text: str
    source: str = ""


def prefix() -> list[Message]:
    """The messages that begin every prompt, word for word, so that servers can cache them."""
    messages: list[Message] = [{"role": "system", "content": _render("system.j2")}]
    for sentences, question, reply in _EXAMPLES:
        labelled = [Labelled(label, text) for label, text in enumerate(sentences, 1)]
        messages.append({"role": "user", "content": _question(labelled, question, None)})
        messages.append({"role": "assistant", "content": reply})
    return messages


def build_messages(
    sentences: Sequence[Labelled],
    question: str,
    *,
    before: str | None = None,
    yes_no: bool = False,
    contradictions: bool = False,
) -> list[Message]:
    """The whole prompt.

    Args:
        before: The question asked before, for follow-ups.
        yes_no: Whether the question is one of yes or no.
        contradictions: Whether contradictions between the sentences are asked for.
    """
    content = _question(sentences, question, before, yes_no=yes_no, contradictions=contradictions)
    return [*prefix(), {"role": "user", "content": content}]


def ask_again(messages: Sequence[Message], reply: str) -> list[Message]:
    """The prompt after a reply that could not be read: the same, with the form put in words."""
    shown = defuse(reply)[:_SHOWN_OF_REPLY] or "…"
    return [
        *messages,
        {"role": "assistant", "content": shown},
        {"role": "user", "content": _render("again.j2")},
    ]


def verdict_messages(sentences: Sequence[Labelled], question: str) -> list[Message]:
    """The prompt that asks for nothing but yes or no: ``{"yes": bool}``."""
    messages: list[Message] = [{"role": "system", "content": _render("verdict_system.j2")}]
    for shown, asked, reply in _VERDICT_EXAMPLES:
        labelled = [Labelled(n, text, source) for n, (text, source) in enumerate(shown, 1)]
        messages.append({"role": "user", "content": _question(labelled, asked, None)})
        messages.append({"role": "assistant", "content": f'{{"yes":{str(reply).lower()}}}'})
    return [*messages, {"role": "user", "content": _question(sentences, question, None)}]


def rewrite_messages(turns: Sequence[tuple[str, str]], question: str) -> list[Message]:
    """The prompt that makes a follow-up stand alone; ``turns`` are questions and their answers."""
    cleaned = [{"question": defuse(asked), "answer": defuse(said)} for asked, said in turns]
    content = _render("rewrite.j2", turns=cleaned, question=defuse(question))
    return [
        {"role": "system", "content": _render("rewrite_system.j2")},
        {"role": "user", "content": content},
    ]


def _question(
    sentences: Sequence[Labelled],
    question: str,
    before: str | None,
    *,
    yes_no: bool = False,
    contradictions: bool = False,
) -> str:
    return _render(
        "question.j2",
        sentences=[Labelled(s.label, _shown(s.text), _shown(s.source)) for s in sentences],
        question=_shown(question),
        before=_shown(before or ""),
        yes_no=yes_no,
        contradictions=contradictions,
    )


def _shown(text: str) -> str:
    """``text`` defused, its straight quotation marks made typographic.

    A small model copies a straight one into its JSON without escaping it, and the claim ends in
    the middle of its sentence.
    """
    return _OPENING_QUOTE.sub("“", defuse(text)).replace('"', "”")


def defuse(text: str) -> str:
    """Text on one line and without anything that looks like a label or a turn marker.

    Labels stand at the start of a line in square brackets with a number; text from an article
    can hold neither a line break nor numbers alone in square brackets, so it cannot forge one.
    Turn markers of the models in use are ``<|im_start|>``, ``<start_of_turn>``, ``</s>``,
    ``[INST]`` and the like; servers read them wherever they stand. Characters that a person
    would not see are left out, so that nothing is said to the model alone.
    """
    line = _LABEL.sub(r"(\1)", for_model(text))
    return re.sub(r"<(?=[^\s\d])", "< ", line)


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = resources.files("qa.prompts")
    return Environment(  # noqa: S701 - the output is plain text for a model, not HTML
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        undefined=StrictUndefined,
        keep_trailing_newline=False,
    )


def _render(name: str, **values: Any) -> str:
    return str(_environment().get_template(name).render(**values)).strip()
