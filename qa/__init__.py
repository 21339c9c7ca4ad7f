"""A question in, an answer with its quotes out.

answerer = Answerer(archive, Records.open(home), model=None)
for event in answerer.ask("Who said what?"):
    ...
"""

from __future__ import annotations

from qa._answer import Answer, Claim, NearestArticle, Quote, Status, Support, Verdict
from qa._answerer import Answerer, AnswerSettings, make_quote
from qa._confidence import Features, Weights, confidence, features
from qa._disagreement import Disagreement, Side, find_disagreements
from qa._events import (
    ClaimDone,
    ClaimStarted,
    ClaimText,
    Event,
    EvidenceFound,
    Finished,
    Notice,
    Working,
)
from qa._evidence import Candidate, Evidence, find_evidence
from qa._models import Chunk, LanguageModel, Message, ModelSettings, open_model
from qa._prompt import PROMPT_VERSION, prefix
from qa._question import MAX_CHARACTERS, Turn, check_question, stand_alone
from qa._records import Records
from qa._selection import select_quotes, select_sentences
from qa._support import check_support
from qa._verify import find_quoted_strings, judge_quote, locate
from qa._write import attribution, disagreement_line, label, side_source

__all__ = [
    "MAX_CHARACTERS",
    "PROMPT_VERSION",
    "Answer",
    "AnswerSettings",
    "Answerer",
    "Candidate",
    "Chunk",
    "Claim",
    "ClaimDone",
    "ClaimStarted",
    "ClaimText",
    "Disagreement",
    "Event",
    "Evidence",
    "EvidenceFound",
    "Features",
    "Finished",
    "LanguageModel",
    "Message",
    "ModelSettings",
    "NearestArticle",
    "Notice",
    "Quote",
    "Records",
    "Side",
    "Status",
    "Support",
    "Turn",
    "Verdict",
    "Weights",
    "Working",
    "attribution",
    "check_question",
    "check_support",
    "confidence",
    "disagreement_line",
    "features",
    "find_disagreements",
    "find_evidence",
    "find_quoted_strings",
    "judge_quote",
    "label",
    "locate",
    "make_quote",
    "open_model",
    "prefix",
    "select_quotes",
    "select_sentences",
    "side_source",
    "stand_alone",
]
