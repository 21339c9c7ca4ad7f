"""Words that mean nearly the same, or the opposite, in what the news says of people's positions.

"Ruled out", "refused" and "not willing" are one answer to "Is it willing?". The table is small on
purpose: each row is one matter, ``for / against``; a word may stand in several rows.
"""

from __future__ import annotations

import re
from functools import lru_cache

from qa._language.normalise import stem

# Written as one word before anything else is read; the word it stands for is in the table.
_PHRASES = {
    r"(?:rul(?:e|es|ed|ing)|rules) out": "reject",
    r"turn(?:s|ed|ing)? down": "reject",
    r"(?:giv(?:e|es|en|ing)|gave) up": "abandon",
    r"(?:back|walk)(?:s|ed|ing)? (?:off|down|back|away from)": "abandon",
    r"(?:step|stepp?)(?:s|ed|ing)? down": "resign",
    r"call(?:s|ed|ing)? off": "cancel",
    r"(?:break|breaks|broke|broken|breaking) off": "stop",
    r"la(?:y|ys|id|ying) off": "dismiss",
    r"t(?:akes?|ook|aken|aking) over": "buy",
    r"shut(?:s|ting)? down": "close",
}
_PHRASE = re.compile(rf"\b(?:{'|'.join(f'({pattern})' for pattern in _PHRASES)})\b", re.IGNORECASE)

_ROWS = """
accept accepted acceptance approve approved approval / reject refuse decline rebuff
agree agreed / refuse reject disagree
support back endorse favour favor / oppose
willing willingness ready readiness open openness prepared preparedness inclined / unwilling
 reluctant refuse reject ban
allow permit authorise authorize legal legalise legalize / ban forbid prohibit outlaw illegal
guilty convict conviction / acquit acquittal innocent
begin start launch / stop halt end cease suspend
open reopen / close shut
abandon drop withdraw relinquish renounce / keep retain
cancel scrap /
dismiss fire sack / hire appoint
resign quit leave resignation /
win beat / lose
rise increase climb grow / fall decrease drop decline shrink
confirm acknowledge admit / deny refute
safe / unsafe dangerous
survive alive / die kill
genuine real authentic true / fake sham false bogus rigged
join / leave quit
release free / detain arrest jail imprison
negotiate negotiation negotiations talk talks dialogue discussion discussions engagement /
kill die fatality fatalities toll /
injure injury hurt wound /
buy acquire acquisition purchase /
pressure press pressing pressured /
publish publication release issue /
establish establishment founded founding create creation opened /
build construct construction / demolish destroy
"""


def _table() -> dict[str, frozenset[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    rows = _ROWS.strip().replace("\n ", " ").splitlines()
    for number, row in enumerate(rows):
        for sign, words in zip((1, -1), row.split("/"), strict=True):
            for word in words.split():
                found.setdefault(stem(word), set()).add((number, sign))
    return {word: frozenset(senses) for word, senses in found.items()}


_SENSES = _table()

# The seat of a government, for the country whose government it is.
_SEATS = {
    seat: country
    for country, seats in (
        line.split(": ")
        for line in """
usa: washington
russia: moscow kremlin
ukraine: kyiv
china: beijing
uk: london
france: paris elysee
germany: berlin
italy: rome
spain: madrid
poland: warsaw
japan: tokyo
turkey: ankara
iran: tehran
israel: jerusalem
india: delhi
egypt: cairo
syria: damascus
iraq: baghdad
hungary: budapest
greece: athens
sweden: stockholm
finland: helsinki
norway: oslo
taiwan: taipei
pakistan: islamabad
belarus: minsk
serbia: belgrade
""".strip().splitlines()
    )
    for seat in seats.split()
}


def one_word(text: str) -> str:
    """``text`` with the phrases of the table written as one word."""
    stands_for = list(_PHRASES.values())
    return _PHRASE.sub(lambda match: stands_for[(match.lastindex or 1) - 1], text)


@lru_cache(maxsize=1 << 14)
def sense(word: str, other: str) -> int:
    """1 where two stems mean the same or nearly so, -1 where the opposite, else 0."""
    if word == other or _seat(word) == _seat(other):
        return 1
    ours, theirs = dict(_SENSES.get(word, ())), dict(_SENSES.get(other, ()))
    shared = [ours[row] * theirs[row] for row in ours.keys() & theirs.keys()]
    return max(shared, default=0) or min(shared, default=0)


def among(word: str, others: frozenset[str]) -> bool:
    """Whether one of ``others`` means nearly the same as ``word``."""
    return word in others or any(sense(word, other) == 1 for other in others)


def _seat(word: str) -> str:
    return _SEATS.get(word, word)
