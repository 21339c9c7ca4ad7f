"""The question sets that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evals._import import multihop_rag, ramdocs, squad2
from evals._import.question_set import QuestionSet


@dataclass(frozen=True, slots=True)
class Kind:
    """A question set.

    Attributes:
        title: Its name in print.
        licence: Of the set, with the attribution that it asks for.
        official: SHA-256 of the files that scores were published for.
        read: The set from the file of its questions and, where there is one, that of its articles.
        own_corpus: Whether the articles are in a file of their own.
    """

    title: str
    licence: str
    official: frozenset[str]
    read: Callable[[Path, Path | None], QuestionSet]
    own_corpus: bool = False


KINDS: Mapping[str, Kind] = {
    "multihop-rag": Kind(
        "MultiHop-RAG",
        "ODC-BY 1.0. Contains information from MultiHop-RAG, made available under the ODC "
        "Attribution License; the articles are their publishers'.",
        frozenset(
            {
                "03cfb4926461f868684903aadc8024447bdda5bb3f6804741424cce338515bff",  # questions
                "20b61b5ab84de84a927420c5d265b7ec8d859ae49980699958a787ade9e4d28f",  # corpus
            }
        ),
        multihop_rag.read,
        own_corpus=True,
    ),
    "squad2": Kind(
        "SQuAD 2.0",
        "CC BY-SA 4.0. SQuAD 2.0, Rajpurkar et al., and the authors of Wikipedia.",
        frozenset(
            {
                "80a5225e94905956a6446d296ca1093975c4d3b3260f1d6c8f68bc2ab77182d8",  # dev-v2.0
                "68dcfbb971bd3e96d5b46c7177b16c1a4e7d4bdef19fb204502738552dede002",  # train-v2.0
            }
        ),
        squad2.read,
    ),
    "ramdocs": Kind(
        "RAMDocs",
        "MIT, © 2025 Han Wang; the documents are snippets of Wikipedia and other web pages.",
        frozenset(),
        ramdocs.read,
    ),
}
