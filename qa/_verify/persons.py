"""The persons that an article names: rows of capitals, without what is none of a name.

A row is a person's where something says so: a title or a role before it, a surname that stands
alone elsewhere, an age behind it. Bodies and places are no persons.
"""

from __future__ import annotations

import re
from functools import cached_property

from qa._language.normalise import plain
from qa._language.wordlists import ORDINARY_OPENERS, STOP_WORDS, TITLES

QUOTATION = "\x00"
"""Stands for every character of a quotation in what is narrated."""

_WORD = r"[A-Z](?:\.|[^\W\d_]*(?:['’-][^\W\d_]+)*)"
_PARTICLE = r"(?:(?:al|el|de|da|di|del|van|von|der|den|bin|ibn|la|le)[ -]+)"
ROW = re.compile(rf"(?<![\w’'-]){_WORD}(?: +{_PARTICLE}{{0,2}}{_WORD})*")
"""Words with capitals, one after the other."""

_LETTERS = re.compile(r"[^\W\d_]+")
_OF_BEFORE = re.compile(r"\b(?:of|for|in)\s+$")
_THE_BEFORE = re.compile(r"\bthe\s+$")
_WORD_BEFORE = re.compile(r"(?<![A-Za-z])([A-Za-z]+)\.?\s+$")
_AGE = re.compile(r", \d\d,")
_EDGE = re.compile(r"\b")

# Capitals before a name that say what somebody is.
_ROLE_WORDS = (
    "president prime minister senator governor secretary general professor administrator "
    "ambassador chairman chairwoman chief director judge justice king queen prince pope bishop "
    "archbishop representative congressman congresswoman mayor chancellor captain colonel "
    "lieutenant sergeant detective attorney undersecretary spokesman spokeswoman spokesperson "
    "coach vice deputy foreign home shadow interior defense defence executive senior emeritus "
    "associate assistant former coauthor author leader analyst commander sheriff researcher "
    "curator founder editor reporter player actor actress singer lawyer father mother defender "
    "goalkeeper striker member"
)
_ROLES = frozenset(_ROLE_WORDS.split())
# Capitals that make a name one of an office, a body or a place.
_BODY_WORDS = (
    "university college school court council church ministry department agency party police office "
    "commission center centre institute association company group museum bank union army force "
    "forces service services government house senate congress parliament committee club team press "
    "news times post herald guardian journal magazine television tv radio organization project "
    "organisation foundation society league federation authority board cup games states kingdom "
    "nations republic city county street road bridge square international north south east west "
    "new united day festival fair world award prize act directorate "
    "mission program programme office campaign"
)
_BODIES = frozenset(_BODY_WORDS.split())
_WHAT_ONE_IS = TITLES | _ROLES
_ROLE = re.compile(rf"\b(?:{'|'.join(_ROLES)}) ")

_BESIDE = 40
"""Code points before a name in which the word before it is looked for."""
_NAME = 80
"""Code points of the longest name that is known by a role elsewhere."""


class Persons:
    """The persons of a narrative in which quotations are blotted out."""

    def __init__(self, told: str) -> None:
        self._told = told

    def person(self, text: str, row: re.Match[str]) -> str | None:
        """A row of capitals as a person's name, without titles; None if it is none."""
        words = _name_words(text, row)
        name = " ".join(words)
        if not words or name.isupper():
            return None
        titled = len(words) < len(row[0].split()) or _role_before(text, row.start())
        if not titled and stands_before(_THE_BEFORE, text, row.start()):
            return None
        return name if titled or len(words) > 1 or last_word(name) in self._surnames else None

    @cached_property
    def _rows(self) -> list[str]:
        """Every row of capitals of the article, titles and opening words left out."""
        found = (_name_words(self._told, row) for row in ROW.finditer(self._told))
        return [" ".join(words) for words in found if words]

    @cached_property
    def _surnames(self) -> frozenset[str]:
        """The last words of all rows of several."""
        return frozenset(last_word(row) for row in self._rows if " " in row)

    def full(self, name: str) -> str:
        """The longest row that ends in a name, if there is no other of that surname."""
        return self._full_names.get(last_word(name), name)

    @cached_property
    def _full_names(self) -> dict[str, str]:
        """By surname, the longest row of one who is the only person with it."""
        rows: dict[str, dict[str, None]] = {}
        for row in self._rows:
            if " " in row:
                rows.setdefault(last_word(row), {})[row] = None
        found = {}
        for surname, same in rows.items():
            longest = max(same, key=len)
            first = longest.partition(" ")[0]
            if longest.endswith(surname) and all(
                longest.endswith(row) or row.partition(" ")[0] == first for row in same
            ):
                found[surname] = longest
        return found

    @cached_property
    def _alone(self) -> frozenset[str]:
        """The rows of one word."""
        return frozenset(row for row in self._rows if " " not in row)

    @cached_property
    def _after_roles(self) -> frozenset[str]:
        """What follows a role, up to the end of each of its words."""
        found = set()
        for role in _ROLE.finditer(self._told):
            for edge in _EDGE.finditer(self._told, role.end(), role.end() + _NAME):
                found.add(self._told[role.end() : edge.start()])
        return frozenset(found)

    def named_in(self, part: str) -> set[str]:
        """The persons that a stretch of narrative names, in full; two of them, if it has more."""
        opening = len(part) - len(part.lstrip(QUOTATION + " \n"))
        found: set[str] = set()
        for row in ROW.finditer(part):
            person = self.person(part, row)
            # One who is named here alone counts where the sentence is likely about them.
            if person and (row.start() <= opening or self._is_known(person, part, row)):
                found.add(self.full(person))
            if len(found) > 1:
                break
        return found

    def _is_known(self, person: str, part: str, row: re.Match[str]) -> bool:
        """Whether the article treats a name as a person's: by surname alone, or with a role."""
        return (
            last_word(person) in self._alone
            or person != row[0]
            or _role_before(part, row.start())
            or _AGE.match(part, row.end()) is not None
            or person in self._after_roles
        )


def last_word(name: str) -> str:
    """The last word of a name: the surname."""
    return words_of(name)[-1]


def words_of(text: str) -> list[str]:
    """The runs of letters in a text."""
    found: list[str] = _LETTERS.findall(text)
    return found


def stands_before(words: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """What ends right before a place, if it is near: ``words`` is to end in ``$``."""
    return words.search(text, max(0, at - _BESIDE), at)


def _name_words(text: str, row: re.Match[str]) -> list[str]:
    """The words of a row of capitals that may name a person: without what a person is.

    None for a body. Of "governor of Washington Ada Berg" it is not clear where the name begins:
    the surname is left.
    """
    words = row[0].split()
    forms = [plain(word.rstrip(".")) for word in words]
    if forms[0] == "the" or _BODIES.intersection(forms):
        return []
    said = [n for n, form in enumerate(forms) if form in _WHAT_ONE_IS or _is_owner(words[n])]
    start = said[-1] + 1 if said and said[-1] + 1 < len(words) else 0
    if said and not start:
        return []
    while start < len(words) and forms[start] in STOP_WORDS:
        start += 1
    if start + 1 < len(words) and forms[start] in ORDINARY_OPENERS:
        start += 1
    if not said and len(words) - start > 2 and stands_before(_OF_BEFORE, text, row.start()):
        start = len(words) - 1
    return words[start:]


def _is_owner(word: str) -> bool:
    return word.endswith(("'s", "’s"))


def _role_before(text: str, at: int) -> bool:
    found = stands_before(_WORD_BEFORE, text, at)
    return found is not None and found[1].lower() in _WHAT_ONE_IS
