"""``answers``, ``verify`` and ``export``: what can be done with answers given before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui._options import Json
from ui._plain import one_line
from ui._terminal import note, print_bytes, print_json, print_table

if TYPE_CHECKING:
    from index import Archive, PullquoteError
    from qa import ExportFormat, Records, SavedAnswer, Verification

LIST_THEM = "Run: pullquote answers"

AnswerId = Annotated[str, typer.Argument(metavar="ANSWER_ID", help="From `pullquote answers`.")]


def answers(
    number: Annotated[int, typer.Option("-n", min=1, help="Answers to show.")] = 20,
    as_json: Json = False,
) -> int:
    """List the answers given before, newest first, with their ids and conversations."""
    with _desk() as (_, records):
        damaged: list[PullquoteError] = []
        found = records.recent(number, damaged.append)
    for error in damaged:
        note(str(error))
    if as_json:
        for saved in found:
            print_json(_listed(saved))
        return 0
    if not found:
        if not damaged:
            note('No answers yet. For one: pullquote ask "Who said what?"')
        return 0
    print_table(
        f"The last {len(found):,} answers" if len(found) > 1 else "The last answer",
        ["id", "conversation", "created", "status", "model", "question"],
        [
            [
                saved.answer.id,
                saved.conversation or "-",
                saved.created[:16].replace("T", " "),
                saved.answer.status,
                saved.answer.model,
                saved.answer.question,
            ]
            for saved in found
        ],
    )
    return 0


def _listed(saved: SavedAnswer) -> dict[str, object]:
    answer = saved.answer
    return {
        "id": answer.id,
        "conversation": saved.conversation,
        "created": saved.created,
        "question": answer.question,
        "status": answer.status,
        "claims": len(answer.claims),
        "quotes": len(answer.quotes),
        "model": answer.model,
        "timings_ms": answer.timings_ms,
        "tokens": answer.tokens,
    }


def verify(answer_id: AnswerId, as_json: Json = False) -> int:
    """Check a saved answer again, against its articles as they were and as they are now.

    Exit code 1 if something of it does not hold any more or cannot be checked.
    """
    from index import UsageError
    from qa import reverify

    with _desk() as (archive, records):
        saved = records.saved(answer_id)
        if saved is None:
            raise UsageError(f"There is no answer {answer_id!r}.", LIST_THEM)
        found = reverify(saved, archive)
    print_json(found.to_json()) if as_json else _print_verification(found)
    return 0 if found.holds else 1


def _print_verification(found: Verification) -> None:
    saved = found.saved
    print(f"{one_line(saved.answer.question)}")
    print(f"Answered {saved.created[:16].replace('T', ' ')} UTC by {saved.answer.model}.\n")
    if saved.intact is False:
        print("BAD  The record was changed after it was saved.\n")
    for quote in found.quotes:
        print(f"{_mark(quote.holds)}  [{quote.quote.n}] {quote.verdict or 'cannot be checked'}")
        print(f"     “{one_line(quote.quote.text)}”")
        _print_details(quote.details)
    for claim in found.claims:
        print(f"{_mark(claim.holds)}  {one_line(claim.claim.text)}")
        print(f"     {_SUPPORT[claim.support]}")
        _print_details(claim.details)
    for disagreement in found.disagreements:
        print(f"{_mark(disagreement.holds)}  Sources disagree: {one_line(disagreement.about)}")
        _print_details(disagreement.details)
    for detail in found.details:
        print(f"BAD  {one_line(detail)}")
    if not found.claims:
        note("It claims nothing. Ask again to see whether the articles tell by now.")
    print("\nEverything holds." if found.holds else "\nNot everything holds.")


def export(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Of an answer or a conversation, from `pullquote answers`."
        ),
    ],
    *,
    form: Annotated[
        str | None, typer.Option("--format", help="md, html or json; md if FILE does not say.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Instead of stdout.")
    ] = None,
) -> int:
    """Write an answer, or a whole conversation, with full citations and checked quotes."""
    from index import UsageError
    from qa import export_answers, reverify

    formats: dict[str, ExportFormat] = {"md": "md", "html": "html", "json": "json"}
    by_name = out.suffix.lstrip(".").lower() if out else ""
    chosen = form or (by_name if by_name in formats else "md")
    if chosen not in formats:
        raise UsageError(f"There is no format {chosen!r}.", f"Choose: {', '.join(formats)}.")
    with _desk() as (archive, records):
        answer = records.saved(wanted)
        damaged: list[PullquoteError] = []
        saved = [answer] if answer else records.conversation(wanted, damaged.append)
        if damaged and not saved:
            raise damaged[0]
        if not saved:
            raise UsageError(f"There is no answer or conversation {wanted!r}.", LIST_THEM)
        found = [reverify(one, archive) for one in saved]
    for error in damaged:
        note(f"Left out: {error}")
    text = export_answers(found, formats[chosen], exported=datetime.now(UTC).date().isoformat())
    # Half characters, which no file can hold, may come out of a damaged record.
    written = text.encode("utf-8", "replace")
    if out is None:
        print_bytes(written)
    else:
        out.write_bytes(written)
        note(f"{len(found)} answer{'' if len(found) == 1 else 's'} written to {out}")
    return 0


_SUPPORT = {
    "supported": "borne out by its quotes",
    "quote_only": "the bare quote",
    None: "not borne out by its quotes, or they cannot be checked",
}


def _mark(holds: bool) -> str:
    return "ok " if holds else "BAD"


def _print_details(details: tuple[str, ...]) -> None:
    for detail in details:
        print(f"     {one_line(detail)}")


@contextmanager
def _desk() -> Iterator[tuple[Archive, Records]]:
    """The archive, without its embedding model, and the records."""
    from index import Archive
    from qa import Records
    from ui._open import settings

    loaded = settings()
    with ExitStack() as stack:
        archive = stack.enter_context(
            Archive.open(loaded.home, chroma_url=loaded.chroma_url, once=True)
        )
        records = Records.open(loaded.home)
        stack.callback(records.close)
        yield archive, records
