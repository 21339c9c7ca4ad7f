"""Which of the archive's outlets a question names.

"according to the Kyiv Post", "CBS Sports" for CBSSports.com, "the BBC's report" for BBC News. An
outlet whose name is an ordinary word (Fortune, Time) must show by a sign that it is meant.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

_WORD = re.compile(r"[^\W_]+(?:[’'&.-][^\W_]+)*")
# What the part of a name after these says of it: a section, a slogan.
_SUBTITLE = re.compile(r"\s[|–—-]\s|:\s")
_DOMAIN = re.compile(r"\.(?:com|org|net|info|news|tv|eu|(?:co\.)?[a-z]{2})$", re.IGNORECASE)
# "BBC News" is called the BBC, and Time magazine Time; "Globes English" is an edition of Globes.
_DISPENSABLE = {
    *("news", "newspaper", "magazine", "online", "media", "website"),
    *("digital", "edition", "english", "international"),
}
# "SMH" for three words or more; two letters stand for too much else.
_SHORTEST_INITIALS = 3
# A name of more words than this hardly stands in a question by chance.
_FEW_WORDS = 2
# Names that are offered for one that is unknown, and how much like it they must be.
MOST_NEAR, NEARNESS = 3, 0.5

_REPORT = r"(?:articles?|reports?|stor(?:y|ies)|pieces?|coverage|reporting|editorials?|columns?)"
# Before a name in whatever case, and behind it.
_STRONG_BEFORE = re.compile(
    rf"(?:\baccording to|\b{_REPORT} (?:from|by|in|of)|\b(?:reported|published|written|covered"
    r"|claimed|noted|described|mentioned|featured|discussed|highlighted) (?:by|in|on))"
    r"\s+(?:the\s+)?[\"'“‘]?$",
    re.IGNORECASE,
)
_STRONG_BEHIND = re.compile(
    rf"^[\"'”’]?(?:[’']s?)?\s+(?:\w+\s+)?(?:{_REPORT}|magazine|newspaper|website)\b", re.IGNORECASE
)
# Enough with a capital, which already tells a name from a word.
_WEAK_BEFORE = re.compile(
    r"(?:\b(?:by|in|from|on|via|per|with|of|than|did|does|has|how|and|or|while|whereas|what"
    r"|when|as|the|to|that)|[\"'“‘,(])\s*[\"'“‘]?$",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:by|from)\s+(?:the\s+)?[\"'“‘]?$", re.IGNORECASE)
_WEAK_BEHIND = re.compile(
    r"^[\"'”’]?(?:[’']s\b|\s+(?:also\s+)?(?:reports?|reported|says?|said|claim(?:s|ed)?|suggest(?:s|ed)?"
    r"|write|writes|wrote|describe[sd]?|mention(?:s|ed)?|note[sd]?|publish(?:es|ed)?|cover(?:s|ed)?"
    r"|highlight(?:s|ed)?|discuss(?:es|ed)?|attribute[sd]?|quote[sd]?|tell|tells|told)\b|\s*[,?.)]|$)",
    re.IGNORECASE,
)
# Before an outlet whose reports are not asked for. "Not" alone may deny anything else, and "not by"
# what the others say: "once praised, but not by TechCrunch".
_EXCLUDES = re.compile(
    r"(?:\b(?:other than|except(?: for)?|besides|apart from|aside from|excluding|leaving out"
    r"|not (?:from|in|of))|(?:^|,|\b(?:but|and))\s*not)\s+"
    rf"(?:(?:the\s+)?{_REPORT}\s+(?:from|by|in|of)\s+)?(?:the\s+)?[\"'“‘]?$",
    re.IGNORECASE,
)
# "Fortune 500", "Time Warner", "Independent of": the word is part of something else.
_GOES_ON = re.compile(r"^\s+(?:\d|of\b)")
_BETWEEN_LISTED = re.compile(
    r"^[\"'”’]?(?:\s+magazine)?\s*(?:,|,?\s*(and|or|&))\s*(?:the\s+)?[\"'“‘]?$"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a question names outlets: ``question[start:end]``.

    ``outlets`` are as the archive writes them; several where the name stands for all of them.
    ``excluded``: the reports of others are asked for; then the place begins with the words that
    say so ("other than TechCrunch").
    """

    start: int
    end: int
    outlets: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that outlets go by. ``coined``: no ordinary words, to be known in any case."""

    outlets: tuple[str, ...]
    words: int
    coined: bool
    initials: bool


class OutletNames:
    """The names that the outlets of an archive go by."""

    def __init__(self, outlets: Iterable[str]) -> None:
        self.all = tuple(sorted(set(outlets)))
        full, short = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        shapes: dict[str, tuple[int, bool, bool]] = {}
        for outlet in self.all:
            for rank, (name, initials) in enumerate(_names(outlet)):
                key = _squash(name)
                if not key:
                    continue
                (full if rank == 0 else short)[key].add(outlet)
                words = _WORD.findall(name)
                coined = any(_is_coined(word) for word in words)
                shapes.setdefault(key, (len(words), coined, initials))
        self._names: dict[str, _Name] = {}
        for key in full.keys() | short.keys():
            # A short form that is another outlet's whole name is that outlet.
            called = full[key] or short[key]
            count, coined, initials = shapes[key]
            if initials and len(called) > 1:
                continue
            self._names[key] = _Name(tuple(sorted(called)), count, coined, initials)
        self._longest = max((name.words for name in self._names.values()), default=0) + 1

    def called(self, name: str) -> tuple[str, ...]:
        """The outlets that go by exactly this name or a short form of theirs."""
        found = self._names.get(_squash(name))
        return found.outlets if found else ()

    def find(self, question: str) -> list[Mention]:
        """The outlets that ``question`` names, in its order; none overlap."""
        words = list(_WORD.finditer(question))
        keys = [_squash(word[0]) for word in words]
        shouted = not any(word[0].islower() for word in words)
        found: list[tuple[Mention, bool]] = []
        at = 0
        while at < len(words):
            for count in range(min(self._longest, len(words) - at), 0, -1):
                last = words[at + count - 1]
                known = self._known("".join(keys[at : at + count]), last[0])
                if known is None:
                    continue
                name, cut = known
                span = words[at].start(), last.end() - cut
                text = question[slice(*span)]
                capital = not shouted and _capitalised(text)
                if name.initials and not text.isupper():
                    continue
                signed = _is_signed(question, span, name, capital)
                if signed or capital:
                    found.append((Mention(*span, name.outlets), signed))
                    at += count - 1
                    break
            at += 1
        return _excluding(question, _with_listed(question, found))

    def _known(self, key: str, last: str) -> tuple[_Name, int] | None:
        """The name that some words are, and how much of the ``last`` is its possessive."""
        if name := self._names.get(key):
            return name, 0
        possessive = re.search(r"[’']s?$", last)
        if possessive is None:
            return None
        name = self._names.get(key.removesuffix("s") if possessive[0][1:] else key)
        return (name, len(possessive[0])) if name else None


def near_outlets(name: str, known: Iterable[str], at_least: float = NEARNESS) -> list[str]:
    """The outlets that may have been meant by a name that is none, the likeliest first.

    ``at_least``: how much alike they are, from 0 to 1, unless one has the name in its own.
    """
    names = OutletNames(known)
    called = names.called(name)
    folded = {outlet.casefold(): outlet for outlet in names.all}
    near = difflib.get_close_matches(name.casefold(), folded, n=MOST_NEAR, cutoff=at_least)
    within = [o for o in names.all if _squash(name) and _squash(name) in _squash(o)]
    return list(dict.fromkeys([*called, *(folded[n] for n in near), *within]))[:MOST_NEAR]


def _names(outlet: str) -> list[tuple[str, bool]]:
    """What an outlet may be called, its own name first; whether that is its initials."""
    main = _SUBTITLE.split(outlet)[0].strip() or outlet
    names = [(outlet, False)]
    for name in (main, _DOMAIN.sub("", main)):
        names.append((name, False))
        words = name.split()
        while len(words) > 1 and words[-1].casefold() in _DISPENSABLE:
            words.pop()
            names.append((" ".join(words), False))
    names += [(re.sub(r"^[Tt]he\s+", "", name), False) for name, _ in list(names)]
    initials = "".join(word[0] for word in main.split() if word[0].isupper())
    for letters in (initials, initials.removeprefix("T")):
        if len(letters) >= _SHORTEST_INITIALS:
            names.append((letters, True))
    return names


def _squash(name: str) -> str:
    """A name without case, blanks and punctuation: CBS Sports = CBSSports."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _is_coined(word: str) -> bool:
    """TechCrunch, 20minutes, bbc.com: a capital, digit or dot inside."""
    return any(c.isupper() or c.isdigit() or c == "." for c in word[1:])


def _capitalised(text: str) -> bool:
    """Whether every word but an article has a capital (or a digit)."""
    words = [word for word in text.split() if word not in ("the", "and", "of", "&")]
    return all(not word[0].islower() for word in words)


def _is_signed(question: str, span: tuple[int, int], name: _Name, capital: bool) -> bool:
    """Whether the words around a name, or its own shape, say that an outlet is meant."""
    before, behind, text = question[: span[0]], question[span[1] :], question[slice(*span)]
    article = text.casefold().startswith("the ") or before.casefold().endswith("the ")
    words = name.words - text.casefold().startswith("the ")
    if _STRONG_BEFORE.search(before) or _STRONG_BEHIND.search(behind):
        return words > 1 or name.coined or not _GOES_ON.search(behind)
    if name.coined or words > _FEW_WORDS or (capital and words == _FEW_WORDS):
        return True
    if not capital or _GOES_ON.search(behind) or re.match(r"\s+[A-Z]", behind):
        return False
    begins = not before.strip() or before.rstrip()[-1] in ".!?:"
    if begins and not article:
        return bool(_WEAK_BEHIND.match(behind)) and behind.strip(" ?.!") != ""
    if _BY.search(before) or _EXCLUDES.search(before) or (text.startswith("The ") and not begins):
        return True
    return bool((article or _WEAK_BEFORE.search(before)) and _WEAK_BEHIND.search(behind))


def _with_listed(question: str, found: list[tuple[Mention, bool]]) -> list[Mention]:
    """The signed mentions, and the others that stand in one list with one of them."""
    signed = [sign for _, sign in found]
    for order in (range(1, len(found)), range(len(found) - 2, -1, -1)):
        for i in order:
            other = i - 1 if order.step > 0 else i + 1
            first, second = sorted((i, other))
            gap = question[found[first][0].end : found[second][0].start]
            signed[i] = signed[i] or (signed[other] and bool(_BETWEEN_LISTED.match(gap)))
    return [mention for (mention, _), sign in zip(found, signed, strict=True) if sign]


def _excluding(question: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions, with those that the question leaves out marked: "except X and Y"."""
    marked = list(mentions)
    for n, mention in enumerate(mentions):
        said = _EXCLUDES.search(question[: mention.start])
        if said is None:
            continue
        marked[n] = replace(mention, start=said.start(), excluded=True)
        # "Besides X, Y wrote": a comma alone joins only what an "and" closes.
        last = n
        for other in range(n + 1, len(mentions)):
            gap = question[mentions[other - 1].end : mentions[other].start]
            joined = _BETWEEN_LISTED.match(gap)
            if joined is None:
                break
            last = other if joined[1] else last
        for other in range(n + 1, last + 1):
            marked[other] = replace(mentions[other], excluded=True)
    return marked
