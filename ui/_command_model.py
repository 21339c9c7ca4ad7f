"""``model …``: the embedded models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui._options import Json
from ui._terminal import print_json, print_table, progress_meter

if TYPE_CHECKING:
    from index import PullProgress

model_app = typer.Typer(help="The embedded models: list and fetch.")

MEGABYTE = 1_000_000


@model_app.command("list")
def list_models(as_json: Json = False) -> int:
    """List the models and whether their files are here."""
    from index import catalogue, find
    from ui._open import settings

    models_dir = settings().models
    rows = []
    for model in catalogue():
        path = find(model.name, models_dir)
        rows.append(
            {
                "name": model.name,
                "role": model.role,
                "bytes": model.size,
                "here": path is not None,
                "licence": model.licence,
                "description": model.description,
            }
        )
    if as_json:
        for row in rows:
            print_json(row)
        return 0
    print_table(
        str(models_dir),
        ["name", "role", "size", "here", "licence", "description"],
        [
            [
                str(row["name"]),
                str(row["role"]),
                f"{row['bytes'] / MEGABYTE:,.0f} MB",
                "yes" if row["here"] else "no",
                str(row["licence"]),
                str(row["description"]),
            ]
            for row in rows
        ],
    )
    return 0


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
