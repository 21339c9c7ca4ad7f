"""What of the outlets, days and phrases that a question asks for is not there, to be said."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from index import Archive
from qa._answer import Quote
from qa._question.outlets import near_outlets
from qa._question.understanding import Aim, Understood, days_in_words

NO_WORDS = (
    "The question has no word to search for. Say whom or what it is about, or put a phrase"
    " between quotation marks."
)
# Passages that are looked at for a phrase. The index tells them by the stems of its words.
MOST_HOLDERS = 50
# How much like a name that no outlet has one must be to be offered for it.
NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Missing:
    """Notes on what no article is or has, and the keys of the understood items they are about."""

    notes: tuple[str, ...]
    keys: frozenset[str]


def not_there(
    archive: Archive,
    understood: Understood,
    aimed: Mapping[Aim, tuple[frozenset[str], frozenset[str]]],
    allowed: Collection[str] | None,
) -> Missing:
    """What no article that may be found is or has.

    Args:
        archive: What is searched.
        understood: What the question asks for.
        aimed: For each aim, which articles are of its outlets and which of its days.
        allowed: The articles that pass the reader's filters; None where there are none.
    """
    none = "No article" if allowed is None else "No article that passes the filters"
    notes, keys = list(_of_no_time(archive, understood)), set[str]()
    for aim, (of_outlet, of_days) in aimed.items():
        outlets, days = " or ".join(aim.outlets), days_in_words(aim.since, aim.until)
        there = {"outlet": bool(of_outlet), "published": bool(of_days)}
        gone = [item for item in aim.items if not there[item.kind]]
        notes += [
            f"{none} is {f'from {outlets}' if item.kind == 'outlet' else f'of {days}'}."
            for item in gone
        ]
        if not gone and aim.outlets and aim.dated and not of_outlet & of_days:
            notes.append(f"{none} from {outlets} is of {days}.")
            gone = list(aim.items)
        keys |= {item.key for item in gone}
    for phrase in understood.phrases:
        if not _stands_somewhere(archive, phrase, allowed):
            notes.append(f"{none} has the words “{phrase}”.")
            keys.add(f"phrase:{phrase}")
    known = archive.outlets()
    for name in understood.strangers:
        near = near_outlets(name, known, at_least=NEAR)
        notes.append(
            f"No article is from {name}" + (f"; there is {' and '.join(near)}." if near else ".")
        )
    return Missing(tuple(dict.fromkeys(notes)), frozenset(keys))


def unmet(understood: Understood, told: Collection[str], quotes: Sequence[Quote]) -> str | None:
    """What was understood, and none of the quotes is what it asks for; None if all is met.

    Args:
        understood: What the question asks for.
        told: Keys of the items that have been said to be of no article.
        quotes: Those of the answer.
    """
    every = [quote for quote in quotes if quote.outlet in understood.excluded_outlets]
    if quotes and len(every) == len(quotes):
        names = dict.fromkeys(quote.outlet or "" for quote in quotes)
        return f"Every quote of this answer is from {' or '.join(names)}."
    said: list[str] = []
    for aim in understood.aims:
        words = {
            item: f"from {item.label}" if item.kind == "outlet" else item.label
            for item in aim.items
            if item.key not in told
        }
        lacking = [
            text
            for item, text in words.items()
            if not any(item.met_by(quote.outlet, quote.published) for quote in quotes)
        ]
        together = any(
            all(item.met_by(quote.outlet, quote.published) for item in words) for quote in quotes
        )
        said += lacking if lacking or together else [" and ".join(words.values())]
    said = [text for text in dict.fromkeys(said) if text]
    return f"No quote of this answer is {' or '.join(said)}." if said else None


def holders(archive: Archive, phrase: str, allowed: Collection[str] | None) -> list[str]:
    """The passages that hold a phrase, but for case, punctuation and line breaks."""
    wanted = _plain(phrase)
    ranked = archive.keyword_ranking("", MOST_HOLDERS, allowed, phrases=[phrase])
    return [hit.passage.id for hit in archive.hits(ranked) if wanted in _plain(hit.passage.text)]


def _stands_somewhere(archive: Archive, phrase: str, allowed: Collection[str] | None) -> bool:
    """Whether a phrase stands in an article or its title, or may stand in one not looked at."""
    wanted = _plain(phrase)
    ranked = archive.keyword_ranking("", MOST_HOLDERS, allowed, phrases=[phrase])
    if len(ranked) == MOST_HOLDERS:
        return True
    # Two sentences may be quoted of which one ends a passage; a title is in none.
    ranked += archive.keyword_ranking(phrase, MOST_HOLDERS, allowed)
    articles = {hit.article.id: hit.article for hit in archive.hits(ranked)}
    return any(
        wanted in _plain(text) for a in articles.values() for text in (a.text, a.title or "")
    )


def _plain(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.casefold())
    return f" {' '.join(words)} "


def _of_no_time(archive: Archive, understood: Understood) -> tuple[str, ...]:
    """What to say where the question names a time outside of all that the archive has."""
    days = archive.days()
    if not days or not understood.absent:
        return ()
    named = " or ".join(days_in_words(p.since, p.until) for p in understood.absent)
    return (f"No article is of {named}: those with a date are of {days_in_words(*days)}.",)
