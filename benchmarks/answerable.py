"""How well the embedded model knows whether the evidence answers a question.

    python benchmarks/answerable.py [SUITE] [--model NAME] [--cases N]

Asks the model only for its first word on each case ("answerable": true or false) and prints, for
thresholds on the probability it gives to "true", taken together with the search's own confidence as
in an answer, the share of unanswerable cases refused and of answerable cases refused wrongly. The
threshold in use was chosen on the development suites (wikinews, seeds); name another suite to see
how it holds there.
"""

from __future__ import annotations

import argparse
import math
import random
from contextlib import closing
from pathlib import Path

import numpy as np

from evals import corpus_archive, load_suite
from index import Filters, MiniLM
from qa import AnswerSettings, LanguageModel, Turn, find_evidence, open_model, stand_alone
from qa._evidence.confidence import confidence
from qa._reply.request import model_request
from qa._sureness import log_odds, sureness
from ui._settings import load_settings

SUITES = Path(__file__).parent.parent / "evals" / "suites"
THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
SEED = 1


def first_word(model: LanguageModel, archive: object, questions: list[str]) -> float:
    """How sure model and search are of an answer to the last of these questions, 0 to 1."""
    *before, question = questions
    asked = stand_alone(question, [Turn(text, "") for text in before])
    evidence = find_evidence(archive, asked, Filters())  # type: ignore[arg-type]
    settings, sure = AnswerSettings(), confidence(evidence)
    if sure < settings.model_floor:
        return 0.0
    request = model_request(evidence, question, before[-1] if asked != question else None, settings)
    with closing(model.stream(request.messages, request.schema, max_tokens=8)) as stream:  # type: ignore[type-var]
        for chunk in stream:
            found = sureness(chunk)
            if found is not None:
                odds = log_odds(found) + settings.search_weight * log_odds(sure)
                return 1 / (1 + math.exp(-odds))
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", nargs="?", default="wikinews")
    parser.add_argument("--model", default="local:qwen-1.5b")
    parser.add_argument("--cases", type=int, default=40, help="at most so many of either kind")
    options = parser.parse_args()
    settings = load_settings()
    suite = load_suite(SUITES / f"{options.suite}.yaml")
    model = open_model(options.model, settings.for_models(), print)
    if model is None:
        parser.error("this measures a language model: name one with --model")
    cases = list(suite.cases)
    random.Random(SEED).shuffle(cases)  # noqa: S311 - a fixed order, not a secret
    scores: dict[bool, list[float]] = {True: [], False: []}
    with (
        closing(model),
        corpus_archive(suite, settings.home, MiniLM.open(settings.models)) as archive,
    ):
        for case in cases:
            answerable = not case.expect.abstain
            if len(scores[answerable]) < options.cases:
                scores[answerable].append(first_word(model, archive, list(case.questions)))
    yes, no = np.array(scores[True]), np.array(scores[False])
    area = ((yes[:, None] > no) + (yes[:, None] == no) / 2).mean()
    print(f"{options.suite}, {options.model}: {len(yes)} answerable, {len(no)} not; AUC {area:.3f}")
    for threshold in THRESHOLDS:
        print(
            f"  true below {threshold:.2f}: {(no < threshold).mean():.2f} of the unanswerable,"
            f" {(yes < threshold).mean():.2f} of the answerable"
        )


if __name__ == "__main__":
    main()
