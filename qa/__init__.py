"""A question in, an answer with its quotes out.

answerer = Answerer(archive, Records.open(home), model=None)
for event in answerer.ask("Who said what?"):
    ...
"""

from __future__ import annotations

from qa._answer import Answer, Claim, NearestArticle, Quote, Status, Support, Verdict
from qa._answerer import Answerer
from qa._budget import Budget, BudgetError
from qa._cache import ReplyCache
from qa._cite import make_quote
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
from qa._export import ExportFormat, export_answers
from qa._models import Chunk, LanguageModel, Message, ModelSettings, open_model
from qa._outlets import near_outlets
from qa._prompt import PROMPT_VERSION, prefix
from qa._question import MAX_CHARACTERS, Turn, check_question, stand_alone
from qa._records import Feedback, Records, SavedAnswer
from qa._request import AnswerSettings
from qa._reverify import ClaimCheck, QuoteCheck, Verification, reverify
from qa._search import SearchResult, search_question
from qa._selection import select_quotes, select_sentences
from qa._support import check_support
from qa._understanding import Aim, Item, Part, Understood, understand
from qa._verify import find_quoted_strings, judge_quote, locate
from qa._write import attribution, disagreement_line, label, side_source

__all__ = [
    "MAX_CHARACTERS",
    "PROMPT_VERSION",
    "Aim",
    "Answer",
    "AnswerSettings",
    "Answerer",
    "Budget",
    "BudgetError",
    "Candidate",
    "Chunk",
    "Claim",
    "ClaimCheck",
    "ClaimDone",
    "ClaimStarted",
    "ClaimText",
    "Disagreement",
    "Event",
    "Evidence",
    "EvidenceFound",
    "ExportFormat",
    "Features",
    "Feedback",
    "Finished",
    "Item",
    "LanguageModel",
    "Message",
    "ModelSettings",
    "NearestArticle",
    "Notice",
    "Part",
    "Quote",
    "QuoteCheck",
    "Records",
    "ReplyCache",
    "SavedAnswer",
    "SearchResult",
    "Side",
    "Status",
    "Support",
    "Turn",
    "Understood",
    "Verdict",
    "Verification",
    "Weights",
    "Working",
    "attribution",
    "check_question",
    "check_support",
    "confidence",
    "disagreement_line",
    "export_answers",
    "features",
    "find_disagreements",
    "find_evidence",
    "find_quoted_strings",
    "judge_quote",
    "label",
    "locate",
    "make_quote",
    "near_outlets",
    "open_model",
    "prefix",
    "reverify",
    "search_question",
    "select_quotes",
    "select_sentences",
    "side_source",
    "stand_alone",
    "understand",
]
