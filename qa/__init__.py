"""A question in, an answer with its quotes out.

answerer = Answerer(archive, Records.open(home), model=None)
for event in answerer.ask("Who said what?"):
    ...
"""

from __future__ import annotations

from qa._answer import Answer, Claim, NearestArticle, Quote, Status, Support, Verdict
from qa._answerer import Answerer
from qa._cite import make_quote
from qa._disagreement.find import find_disagreements
from qa._disagreement.sides import Disagreement, Side
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
from qa._evidence.confidence import Features, Weights, confidence, features
from qa._evidence.search import SearchResult, search_question
from qa._evidence.selection import select_quotes, select_sentences
from qa._evidence.sentences import Candidate, Evidence, find_evidence
from qa._models.language_model import Chunk, LanguageModel, Message
from qa._models.open import ModelSettings, open_model
from qa._question.outlets import near_outlets
from qa._question.stand_alone import MAX_CHARACTERS, Turn, check_question, stand_alone
from qa._question.understanding import Aim, Item, Part, Understood, understand
from qa._question.yes_no import asks_yes_or_no
from qa._records.cache import ReplyCache
from qa._records.export import ExportFormat, export_answers
from qa._records.records import Feedback, Records, SavedAnswer
from qa._records.reverify import ClaimCheck, QuoteCheck, Verification, reverify
from qa._reply.budget import Budget, BudgetError
from qa._reply.prompt import PROMPT_VERSION, prefix
from qa._reply.request import AnswerSettings
from qa._verify.cited import CitedQuote
from qa._verify.quotes import find_quoted_strings, judge_quote, locate
from qa._verify.support import check_support
from qa._write import (
    CORRECTION,
    LEADS,
    attribution,
    disagreeing,
    disagreement_line,
    label,
    side_source,
)

__all__ = [
    "CORRECTION",
    "LEADS",
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
    "CitedQuote",
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
    "asks_yes_or_no",
    "attribution",
    "check_question",
    "check_support",
    "confidence",
    "disagreeing",
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
