"""A published question set, made into a suite."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals._corpus import Corpus
from evals._import.folder import CORPUS, SUITE, check_free, draft_of, write_lines
from evals._import.kinds import KINDS, Kind
from evals._import.question_set import Part, QuestionSet
from evals._import.settle import freeze, settle
from evals._suite import Case
from index import UsageError

ImportProgress = Callable[[str, int, int], None]
"""What is being done, how many are done, how many there are."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that was read.

    Attributes:
        official: Whether it is, to the byte, the one that scores were published for; None where
            no such file is known.
        holds: What is in it, as ``2,556 questions``.
    """

    path: Path
    official: bool | None
    holds: str

    def __str__(self) -> str:
        standing = {
            True: "the official file",
            False: "not the official file",
            None: "not known to be the official file",
        }
        return f"{self.path}: {standing[self.official]}: {self.holds}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote.

    Attributes:
        suite, corpus: The files.
        cases, articles: How many are in them.
        tags: How many cases have each tag.
        files: What was read.
        left_out: What was not taken over, in words, and how often.
        licence: Of the set, with the attribution that it asks for.
    """

    kind: str
    suite: Path
    corpus: Path
    cases: int
    articles: int
    tags: Mapping[str, int]
    files: tuple[ImportedFile, ...]
    left_out: Mapping[str, int]
    licence: str

    def to_json(self) -> dict[str, Any]:
        """The report in the form that ``eval import --json`` prints."""
        files = [asdict(file) | {"path": str(file.path)} for file in self.files]
        fields = asdict(self) | {"files": files}
        return fields | {"suite": str(self.suite), "corpus": str(self.corpus)}


def import_suite(
    kind: str,
    file: Path,
    out: Path,
    *,
    corpus: Path | None = None,
    force: bool = False,
    progress: ImportProgress | None = None,
) -> ImportReport:
    """Make a suite of a published question set; ``load_suite(report.suite)`` reads it.

    Expected is what the set states: its answers as facts with their aliases, its articles as
    sources, its evidence as quotes, the verdict of questions of yes or no, ``abstain`` where
    it has no answer. What its articles, read and cleaned as an archive reads them, do not bear out
    is left out and counted, so that ``validate`` finds nothing wrong with the suite; a case that
    expects less than the set's answer has the tag ``answer-not-checked``. The same files give the
    same bytes. A set that is not the official file, to the byte, is taken all the same, and both
    the report and the suite's description say that its scores are not comparable.

    Args:
        kind: One of ``KINDS``.
        file: The questions, as published or as lines of JSON.
        out: The folder of the suite; it is written whole or not at all.
        corpus: The articles of a set that has them in a file of their own; found beside
            ``file`` when None.
        force: Replace suite and articles in a folder that is not empty; whatever else is there
            stays.
        progress: Told how far it is.

    Raises:
        UsageError: There is no such kind; a file is missing, broken or of another form; nothing
            of the set can be asked; or ``out`` is not empty and ``force`` not given.
    """
    known = KINDS.get(kind)
    if known is None:
        raise UsageError(
            f"There is no kind of question set {kind}.", f"One of: {', '.join(KINDS)}."
        )
    if corpus is not None and not known.own_corpus:
        raise UsageError(f"{known.title} has its articles in the file of its questions.")
    tell = progress or (lambda _what, _done, _total: None)
    check_free(out, [file, *([corpus] if corpus else [])], force=force)
    made = known.read(file, corpus)
    check_free(out, [part.path for part in made.parts], force=force)
    files = tuple(_standing(part, known) for part in made.parts)
    with draft_of(out) as draft:
        cases = _settled(made, draft / CORPUS, tell)
        if not cases or not made.articles:
            reasons = "; ".join(
                f"{what}: {count:,}" for what, count in made.left_out.items() if count
            )
            raise UsageError(f"Nothing of {file} can be asked of its articles. {reasons}")
        head = {
            "suite": kind,
            "description": _description(known, files),
            "corpus": {
                "path": CORPUS,
                "sha256": hashlib.sha256((draft / CORPUS).read_bytes()).hexdigest(),
            },
        }
        rows = (
            case.model_dump(mode="json", by_alias=True, exclude_defaults=True) for case in cases
        )
        write_lines(draft / SUITE, [head, *rows])
    return ImportReport(
        kind=kind,
        suite=out / SUITE,
        corpus=out / CORPUS,
        cases=len(cases),
        articles=len(made.articles),
        tags=dict(Counter(tag for case in cases for tag in case.tags)),
        files=files,
        left_out={what: count for what, count in made.left_out.items() if count},
        licence=known.licence,
    )


def _settled(made: QuestionSet, file: Path, tell: ImportProgress) -> list[Case]:
    """The cases that are left; ``file`` then holds the articles that an archive would keep."""
    write_lines(file, made.articles)
    total = len(made.articles)
    frozen = freeze(file, lambda done: tell("articles", done, total))
    ids = {article.id for article in frozen.found}
    made.articles = [record for record in made.articles if record["id"] in ids]
    if len(ids) < total:
        made.left_out["articles without a text of their own"] += total - len(ids)
        write_lines(file, made.articles)
    corpus = Corpus(frozen)
    cases = []
    for number, case in enumerate(made.cases, 1):
        settled = settle(case, frozen, corpus, made.left_out)
        if settled is not None:
            cases.append(settled)
        tell("questions", number, len(made.cases))
    return cases


def _standing(part: Part, kind: Kind) -> ImportedFile:
    official = part.sha256 in kind.official if kind.official else None
    return ImportedFile(part.path, official, part.holds)


def _description(kind: Kind, files: tuple[ImportedFile, ...]) -> str:
    held = ", ".join(file.holds for file in files)
    if all(file.official for file in files):
        told = f"{kind.title}, the official files ({held}), judged by the rules of this program"
    else:
        known = "Not the official files" if kind.official else "Not known to be the official files"
        told = f"{known} of {kind.title} ({held}): no score is comparable with a published one"
    return f"{told}. {kind.licence}"
