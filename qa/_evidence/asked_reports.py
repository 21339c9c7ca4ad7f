"""The sentences of the reports that a question names: "the TechCrunch report on …, and the BBC's".

A search only moves such reports up (see ``qa._question.understanding``): others may be what the
reader needs to find them by. What is *quoted* in answer to the question is another matter: next to
the reports that were asked for, a third outlet's sentence is noise.
"""

from __future__ import annotations

from index import Article
from qa._evidence.sentences import Candidate, Evidence
from qa._question.understanding import Aim
from qa._question.yes_no import asks_yes_or_no

# The best sentence of a report is quoted if its score comes so near to the best of all, and further
# ones of the reports if theirs come nearer. Chosen on the development half of multihop-rag, for
# citation precision at little loss of recall.
LEAD_NEAR_BEST = 0.5
NEAR_BEST_ASKED = 0.8


def asked_reports(evidence: Evidence, near_best: float = NEAR_BEST_ASKED) -> list[Candidate]:
    """The candidates to quote where the question names outlets, best first; else none.

    For each report that is named its best sentence, each of another article where there is one;
    then what comes as near to the best of all as ``near_best``. Empty also where no candidate is of
    a report that is named: the quotes must come from elsewhere. Where the question has no words of
    its own, all of the outlets and days that it names are asked for.
    """
    if evidence.found and evidence.found.understood.bare:
        asked = evidence.found.understood.aims
        return [c for c in evidence.candidates if any(_is_of(c.article, aim) for aim in asked)]
    aims = [aim for aim in evidence.found.understood.aims if aim.outlets] if evidence.found else []
    ranked = sorted(evidence.candidates, key=lambda candidate: -candidate.score)
    best = ranked[0].score if ranked else 0.0
    ranked = [
        candidate
        for candidate in ranked
        if candidate.score >= LEAD_NEAR_BEST * best
        and any(_is_of(candidate.article, aim) for aim in aims)
    ]
    leading: list[Candidate] = []
    for aim in aims:
        taken = {candidate.article.id for candidate in leading}
        fitting = (
            candidate
            for candidate in ranked
            if _is_of(candidate.article, aim) and candidate.article.id not in taken
        )
        if found := next(fitting, None):
            leading.append(found)
    leading.sort(key=lambda candidate: -candidate.score)
    near = [c for c in ranked if c.score >= near_best * best and c not in leading]
    return leading + near


def judged_reports(evidence: Evidence, near_best: float = NEAR_BEST_ASKED) -> list[Candidate]:
    """The candidates of the reports that a question of yes or no is about, best first; else none.

    "Does the Post say …, while the Gazette …?" is about these two; "Who is the trader of whom the
    Post says …?" may well be answered by a third.
    """
    return asked_reports(evidence, near_best) if asks_yes_or_no(evidence.question) else []


def _is_of(article: Article, aim: Aim) -> bool:
    """Whether the article is of one of the aim's outlets and of its days."""
    if aim.outlets and article.outlet not in aim.outlets:
        return False
    day = article.published_day
    if not aim.dated or day is None:
        return bool(aim.outlets)
    return (aim.since is None or aim.since <= day) and (aim.until is None or day <= aim.until)
