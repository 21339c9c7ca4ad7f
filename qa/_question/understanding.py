"""What a question asks for beside its words: outlets, days, exact phrases, several reports.

What is understood says where to look first. It moves articles up and never leaves one out: only
the filters that a reader sets do that. It is shown, and can be taken back item by item.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from index import Archive
from qa._language.normalise import content_words
from qa._question.absent_outlets import absent_outlets
from qa._question.outlets import Mention, OutletNames
from qa._question.parts import cut
from qa._question.periods import Period, periods
from qa._question.spelling import Spelling, spellings

# Quoted words that prefer the passages that hold them, at most so many phrases.
MOST_PHRASES = 4
_QUOTED = re.compile(
    r"[“«\"](?P<double>[^“”«»\"]{2,200})[”»\"]|(?<![^\s(])[‘'](?P<single>[^‘’'\n]{2,120})[’'](?!\w)"
)
# Words of a question that asks for all there is: "What happened …", "What's the latest news …".
_ANYTHING = frozenset(
    content_words(
        "happen occur event events news headline report write wrote publish print cover coverage"
        " article story piece announce new latest recent recently important main key big major"
        " interesting topic summary summarise summarize overview find list show read day date"
    )
)
# A name is a word to search for even where it is written as one that is not: May, the WHO.
_NAMED = re.compile(r"(?<=\w )(?!I\b)[A-Z]")


@dataclass(frozen=True, slots=True)
class Aim:
    """Reports to look at first: of any of these outlets, published on these days."""

    outlets: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def dated(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def items(self) -> tuple[Item, ...]:
        """Outlets and days as they are shown."""
        outlets = (_outlet_item(self.outlets),) if self.outlets else ()
        return (*outlets, _date_item(self.since, self.until)) if self.dated else outlets


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the question that is searched for by itself: ``question[start:end]``."""

    start: int
    end: int
    text: str
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was understood, to be shown and removed; ``key`` names it for that.

    A key is ``outlet:NAME|NAME``, ``not-outlet:NAME|NAME``, ``published:DAY/DAY`` (ISO 8601,
    either may be empty), ``phrase:TEXT`` or ``spelling:WORD``.
    """

    key: str
    label: str

    @property
    def kind(self) -> str:
        """``outlet``, ``not-outlet``, ``published``, ``phrase`` or ``spelling``."""
        return self.key.partition(":")[0]

    def met_by(self, outlet: str | None, published: str | None) -> bool:
        """Whether a report of this outlet and day (ISO 8601) is one that was asked for.

        True for phrases and spellings, which ask for no reports of a kind.
        """
        value = self.key.partition(":")[2]
        if self.kind == "outlet":
            return outlet is not None and f"|{outlet}|" in f"|{value}|"
        if self.kind == "not-outlet":
            return outlet is None or f"|{outlet}|" not in f"|{value}|"
        if self.kind == "published":
            since, _, until = value.partition("/")
            return published is not None and since <= published[:10] <= (until or "9")
        return True


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is searched for.

    Attributes:
        question: As it was given.
        parts: One for the whole question, or several.
        phrases: Its quoted phrases.
        spellings: What the archive writes otherwise.
        removed: What would have been understood, had it not been taken back.
        absent: Times that it names and that no article can be of: nothing is preferred for them.
        excluded: Where it names outlets whose reports are not asked for.
        strangers: News organisations that it asks for and that the archive has nothing of.
        bare: It names outlets or days and has no words of its own ("What happened on 7 October?"):
            whatever is reported there is what it asks for.
        wordless: There is nothing in it to search for.
    """

    question: str
    parts: tuple[Part, ...]
    phrases: tuple[str, ...] = ()
    spellings: tuple[Spelling, ...] = ()
    removed: tuple[Item, ...] = ()
    absent: tuple[Period, ...] = ()
    excluded: tuple[Mention, ...] = ()
    strangers: tuple[str, ...] = ()
    bare: bool = False
    wordless: bool = False

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The aims of all parts, each once."""
        return tuple(dict.fromkeys(aim for part in self.parts for aim in part.aims))

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that it names, each once."""
        return tuple(dict.fromkeys(name for aim in self.aims for name in aim.outlets))

    @property
    def excluded_outlets(self) -> frozenset[str]:
        """The outlets whose reports are not asked for."""
        return frozenset(name for mention in self.excluded for name in mention.outlets)

    @property
    def corrected(self) -> str:
        """The question as it is meant, see ``respelt``."""
        return self.respelt(self.question)

    def respelt(self, text: str) -> str:
        """A text of the question as it is meant.

        The words that the archive does not know are as it writes them, and the outlets that are
        not asked for are gone: they would be found all the more.
        """
        text = self.without_excluded(text)
        for spelling in self.spellings:
            if spelling.unknown:
                text = re.sub(rf"\b{re.escape(spelling.written)}\b", spelling.others[0], text)
        return text

    def without_excluded(self, text: str) -> str:
        """A text of the question without the outlets that are not asked for."""
        for mention in self.excluded:
            text = text.replace(self.question[mention.start : mention.end], " ")
        return text

    @property
    def items(self) -> tuple[Item, ...]:
        """All of it, for a page to show as filters that can be removed."""
        found = [_outlet_item(aim.outlets) for aim in self.aims if aim.outlets]
        found += [_other_item(mention.outlets) for mention in self.excluded]
        found += [_date_item(aim.since, aim.until) for aim in self.aims if aim.dated]
        found += [_phrase_item(phrase) for phrase in self.phrases]
        found += [_spelling_item(spelling) for spelling in self.spellings]
        return tuple(dict.fromkeys(found))

    def line(self) -> str:
        """One line of plain text: "looked first at: TechCrunch; published 7 Oct 2023".

        Empty where there is nothing to say.
        """
        first = [item.label for item in self.items if not item.key.startswith("spelling:")]
        said = [f"looked first at: {'; '.join(first)}"] if first else []
        unknown = [s for s in self.spellings if s.unknown]
        also = [s for s in self.spellings if not s.unknown]
        said += [
            f"{s.written} is not in the archive; searched for {_any(s.others)}" for s in unknown
        ]
        said += [f"also searched for {_any(s.others)}" for s in also]
        return "; ".join(said)


def understand(
    question: str,
    archive: Archive,
    now: date | None = None,
    *,
    without: Collection[str] = (),
) -> Understood:
    """What ``question`` asks for, by what ``archive`` holds.

    Args:
        question: The question.
        archive: Its outlets, days and words are what can be understood.
        now: The day the question is asked on; without it "yesterday" says nothing.
        without: Keys of :class:`Item` that are not to be understood.
    """
    days = archive.days()
    names = outlet_names(tuple(archive.outlets()))
    kept = _Kept(without)
    every = names.find(question)
    mentions = [m for m in every if not m.excluded and kept(_outlet_item(m.outlets))]
    excluded = [m for m in every if m.excluded and kept(_other_item(m.outlets))]
    told = periods(question, now=now, latest=days[1] if days else None)
    dated = [p for p in told if _overlaps(p, days) and kept(_date_item(p.since, p.until))]
    absent = [p for p in told if days and not _overlaps(p, days) and not _of_old(p, archive)]
    named = [(m.start, m.end) for m in mentions] + [(p.start, p.end) for p in dated]
    quoted = [
        (match.start(), match.end(), _unquoted(match["double"] or match["single"]))
        for match in _QUOTED.finditer(question)
    ]
    phrases = tuple(
        dict.fromkeys(
            text
            for start, end, text in quoted
            if len(text.split()) > 1
            and not any(start <= first and last <= end for first, last in named)
            and kept(_phrase_item(text))
        )
    )
    others = [(m.start, m.end) for m in excluded]
    parts = tuple(
        Part(start, end, question[start:end].strip(" ,;"), _aims(mentions, dated, start, end))
        for start, end in cut(question, named, [*((s, e) for s, e, _ in quoted), *others])
    )
    closed = [*named, *others]
    spelt = tuple(s for s in spellings(archive, question, closed) if kept(_spelling_item(s)))
    gone = [(p.start, p.end) for p in absent]
    own = set(content_words(_blanked(question, [*closed, *gone])))
    return Understood(
        question,
        parts,
        phrases[:MOST_PHRASES],
        spelt,
        tuple(dict.fromkeys(kept.removed)),
        tuple(absent),
        excluded=tuple(excluded),
        strangers=absent_outlets(question, every),
        bare=bool(named or absent) and not phrases and own <= _ANYTHING,
        wordless=not (own or closed or told or quoted or _names_something(question)),
    )


def _unquoted(text: str) -> str:
    """A quoted text without what ends a sentence; quoted twice, as a title in a title is, once."""
    text = text.strip(" ,.;?!")
    return text.strip('"“”') if text.startswith(('"', "“")) else text


def _blanked(question: str, spans: Iterable[tuple[int, int]]) -> str:
    """The question without the words of some spans."""
    for start, end in spans:
        question = question[:start] + " " * (end - start) + question[end:]
    return question


def _names_something(question: str) -> bool:
    """Whether a capital shows a name; in a shouted question none does."""
    return question != question.upper() and _NAMED.search(question) is not None


class _Kept:
    """Whether an item is to be understood; notes those that are not."""

    def __init__(self, without: Collection[str]) -> None:
        self._without = without
        self.removed: list[Item] = []

    def __call__(self, item: Item) -> bool:
        if item.key not in self._without:
            return True
        self.removed.append(item)
        return False


@lru_cache(maxsize=8)
def outlet_names(outlets: tuple[str, ...]) -> OutletNames:
    """The names that these outlets go by; made once for an archive's outlets."""
    return OutletNames(outlets)


def _aims(
    mentions: Sequence[Mention], dated: Sequence[Period], start: int, end: int
) -> tuple[Aim, ...]:
    """What is named between two places: an outlet and a date that come together are one aim."""
    here = [mention for mention in mentions if start <= mention.start < end]
    days = [period for period in dated if start <= period.start < end]
    if len(here) == len(days):
        pairs: Iterable[Aim] = (
            Aim(m.outlets, p.since, p.until) for m, p in zip(here, days, strict=True)
        )
    elif len(here) == 1 and days:
        pairs = (Aim(here[0].outlets, p.since, p.until) for p in days)
    elif here and len(days) == 1:
        pairs = (Aim(m.outlets, days[0].since, days[0].until) for m in here)
    else:
        pairs = [Aim(m.outlets) for m in here] + [Aim((), p.since, p.until) for p in days]
    return tuple(dict.fromkeys(pairs))


def _overlaps(period: Period, days: tuple[date, date] | None) -> bool:
    """Whether anything in the archive can be of this time."""
    if days is None:
        return False
    since, until = period.since or days[0], period.until or days[1]
    return since <= days[1] and until >= days[0]


def _of_old(period: Period, archive: Archive) -> bool:
    """Whether a period is whole years that articles write of: "the treaty of 1999"."""
    first, last = period.since, period.until
    if (first and (first.month, first.day) != (1, 1)) or (
        last and (last.month, last.day) != (12, 31)
    ):
        return False
    ends = {day.year for day in (first, last) if day}
    return any(archive.holding(str(year)) for year in ends)


def _phrase_item(phrase: str) -> Item:
    return Item(f"phrase:{phrase}", f"“{phrase}”")


def _spelling_item(spelling: Spelling) -> Item:
    return Item(f"spelling:{spelling.written}", f"{spelling.written} → {_any(spelling.others)}")


def _outlet_item(outlets: Sequence[str]) -> Item:
    return Item(f"outlet:{'|'.join(outlets)}", _any(outlets))


def _other_item(outlets: Sequence[str]) -> Item:
    return Item(f"not-outlet:{'|'.join(outlets)}", f"not from {_any(outlets)}")


def _date_item(since: date | None, until: date | None) -> Item:
    return Item(
        f"published:{since or ''}/{until or ''}", f"published {days_in_words(since, until)}"
    )


def days_in_words(since: date | None, until: date | None) -> str:
    """``7 Oct 2023``, ``1 Oct 2023 to 31 Oct 2023``, ``since …`` or ``until …``."""
    if since == until and since:
        return _day(since)
    if since and until:
        return f"{_day(since)} to {_day(until)}"
    return f"since {_day(since)}" if since else f"until {_day(until)}" if until else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _any(words: Sequence[str]) -> str:
    return " or ".join(words)
