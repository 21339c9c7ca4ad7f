"""``model …``: the embedded models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui._options import Json
from ui._terminal import note, print_json, print_table, progress_meter

if TYPE_CHECKING:
    from index import ModelFile, PullProgress

model_app = typer.Typer(help="The embedded models: list and fetch.")

MEGABYTE = 1_000_000


@model_app.command("list")
def list_models(as_json: Json = False) -> int:
    """List the models and whether their files are here."""
    from index import catalogue
    from ui._open import settings

    models_dir = settings().models
    rows = [(model, _is_here(model, models_dir)) for model in catalogue()]
    if as_json:
        for model, here in rows:
            print_json(
                {
                    "name": model.name,
                    "role": model.role,
                    "bytes": model.size,
                    "here": here,
                    "licence": model.licence,
                    "description": model.description,
                }
            )
        return 0
    print_table(
        str(models_dir),
        ["name", "role", "size", "here", "licence", "description"],
        [
            [
                model.name,
                model.role,
                f"{model.size / MEGABYTE:,.0f} MB",
                "yes" if here else "no",
                model.licence,
                model.description,
            ]
            for model, here in rows
        ],
    )
    return 0


def _is_here(model: ModelFile, models_dir: Path) -> bool:
    """Whether the file can be used; a damaged one cannot, and that is said."""
    from index import ModelFileError, find

    try:
        return find(model.name, models_dir) is not None
    except ModelFileError as error:
        note(str(error))
        return False


@model_app.command("pull")
def pull_models(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See: model list.")],
) -> int:
    """Fetch model files, resumable; each is checked against its pinned SHA-256 before use."""
    from index import UsageError, catalogue, pull
    from ui._open import settings

    models_dir = settings().models
    known = {model.name: model for model in catalogue()}
    for name in names:
        if name not in known:
            raise UsageError(f"There is no model called {name!r}.", f"Known: {', '.join(known)}.")
    for name in names:
        with progress_meter("MB") as meter:

            def show(progress: PullProgress, name: str = name) -> None:
                meter(
                    f"{name} from {progress.source}",
                    progress.done_bytes // MEGABYTE,
                    progress.total_bytes // MEGABYTE,
                )

            pull(known[name], models_dir, show)
        print(f"{name}: ready")
    return 0
