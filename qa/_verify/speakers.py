"""Who speaks, by the names around "said" and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa._language.names import Name, names
from qa._language.normalise import canonical, stem, unify_countries
from qa._language.saying import (
    ADVERBS,
    HOLDING,
    PASSIVE,
    REPLYING,
    REPORTING,
    RETORTING,
    SAYING,
    WRITING,
)
from qa._verify.quotes import find_quoted_strings

_SAYS = re.compile(rf"\b(?:{SAYING}|{REPORTING}|{WRITING}|{REPLYING}|{RETORTING})\b")
# The verbs that are common enough to look further for their subject.
_OFTEN = re.compile(rf"{SAYING}|{REPORTING}|{WRITING}")
_HOLDS = re.compile(rf"\b(?:{HOLDING})\b")
_ACCORDING = re.compile(r"\b[Aa]ccording to\b")
_PASSIVE = re.compile(PASSIVE)
_BEFORE_SAYS = re.compile(rf"(?:\b(?:{ADVERBS})\s+)*$")
# "Officials said": several speakers without a name.
_UNNAMED = re.compile(rf"\b([a-z]{{3,}}s)\s+(?:(?:{ADVERBS})\s+)*(?:{SAYING})\b")

# What follows an inverted subject, as in "said A after a call with B".
_SUBJECT_ENDS = re.compile(
    r"\s*(?:[.,;:]|$|(?:after|before|in|on|at|during|to|who|when|as|while|and|following|from|of)\b)"
)
_ELSEWHEN = re.compile(r"[.;!?]\s|\b(?:after|before|during|when|while|following)\b")
_GOVERNED = re.compile(r"\b(?:of|in|at|for|from|to|by|with|on|near|outside)\s+(?:the\s+)?$")
_AND_BEFORE = re.compile(r",? and\s+$")
_AND_AFTER = re.compile(r",? and\s+")
_COMMA_BEFORE = re.compile(r",\s+$")
_SOURCE_ENDS = re.compile(r"[,.;:!?](?=\s|$)")
_ARTICLE = re.compile(r"\s*(?:the|an?|one|his|her|its|their|some|two|several|[a-z]+s)\b|.*['’]s?\s")

_INVERTED_SUBJECT = 60
"""Code points after "said" in which an inverted subject is looked for."""


def speaker_conflicts(
    claim: str, quotes: Sequence[str], reporters: Sequence[str] = ()
) -> Iterator[str]:
    """Why those whom the claim names as speakers are not those of its quotes.

    A name of the claim that is the subject of a verb of saying ("A said", "A, the mayor, said",
    "“…,” said A"), or stands after "according to", must be among the names that may be one in the
    quotes, if there are any. Where the quotes have only unnamed speakers ("officials said") that
    the claim leaves out, the name must at least stand in the quotes. One of ``reporters``, named
    whole, may report or write what others say.
    """
    claim = _without_quotations(unify_countries(claim))
    for name in map(unify_countries, reporters):
        if name and re.match(rf"{re.escape(name)} (?:{REPORTING}|{WRITING})\b", claim):
            claim = claim[len(name) :]
    spoken = [_without_quotations(unify_countries(quote)) for quote in quotes]
    yield from _holder_conflicts(claim, spoken)
    speakers = {row[-1].key: row for row in _claimed_speakers(claim)}
    if not speakers:
        return
    known = [row for quote in spoken for row in _possible_speakers(quote)]
    unnamed = {match[1] for quote in spoken for match in _UNNAMED.finditer(quote)}
    if not known and unnamed and not any(noun in claim for noun in unnamed):
        known = [(canonical(word),) for quote in quotes for word in re.findall(r"\w+", quote)]
        speakers = {
            key: row
            for key, row in speakers.items()
            if re.search(rf"{re.escape(row[-1].text)}\W+(?:\w+\W+)?(?:{SAYING})\b", claim)
        }
    if known:
        for row in speakers.values():
            if not any(_same_speaker([name.key for name in row], other) for other in known):
                yield f"in its quotes it is not {row[-1].text} who speaks"


def _holder_conflicts(claim: str, spoken: Sequence[str]) -> Iterator[str]:
    """Whom the claim makes hope, believe or demand what in its quotes somebody else does."""
    there = names(claim)
    for holds in _active(claim, _HOLDS):
        row = _subject(claim, there, holds).before
        verb = stem(holds[0])
        others = [
            other
            for quote in spoken
            for found in _active(quote, _HOLDS)
            if stem(found[0]) == verb
            for other in _speakers_by(found, quote, names(quote))
        ]
        said = [name.key for name in row]
        if row and others and not any(_same_speaker(said, other) for other in others):
            yield f"in its quotes it is not {row[-1].text} who {holds[0]}"


def _same_speaker(claimed: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the surnames are the same, or the claim has another part of the name in order.

    "Leader Kevin McCarthy" is McCarthy or Kevin McCarthy, not Kevin Leader.
    """
    if claimed[-1] == known[-1]:
        return True
    runs = (known[at : at + len(claimed)] for at in range(len(known)))
    return len(claimed) > 1 and any(list(run) == list(claimed) for run in runs)


def _active(text: str, verbs: re.Pattern[str] = _SAYS) -> Iterator[re.Match[str]]:
    """The verbs of saying whose subject speaks: not "he was told"."""
    for says in verbs.finditer(text):
        if not _PASSIVE.search(text, 0, says.start()):
            yield says


def _without_quotations(text: str) -> str:
    """``text`` with commas for quotations and their marks, at least two for each."""
    for start, end in find_quoted_strings(text):
        begin, stop = max(0, start - 1), min(len(text), end + 1)
        text = text[:begin] + "," * (stop - begin) + text[stop:]
    return text


def _row_ending(there: Sequence[Name], text: str, end: int) -> list[Name]:
    """The row of names that ends at ``end`` of ``text``, as "Sergey Lavrov" does."""
    row: list[Name] = []
    for name in reversed(there):
        gap = text[name.start + len(name.text) : row[0].start if row else end]
        if name.start < end and not gap.strip("’'s "):
            row.insert(0, name)
    return row


def _row_starting(there: Sequence[Name], text: str, start: int) -> list[Name]:
    """The row of names that starts right after ``start``, an article left out."""
    row: list[Name] = []
    for name in there:
        if name.start >= start and re.fullmatch(r"\s*(?:the\s)?\s*", text[start : name.start]):
            start = name.start + len(name.text)
            row.append(name)
    return row


@dataclass(frozen=True, slots=True)
class _Subject:
    """Where the subject of a verb of saying may stand.

    Attributes:
        before: The row of names right before the verb, or before an apposition that ends there.
        after: The row right after the verb where the order may be inverted.
        apposition: Whether ``before`` is followed by an apposition.
        inverted: Whether what is said ends right before the verb.
    """

    before: list[Name]
    after: list[Name]
    apposition: bool
    inverted: bool


def _subject(text: str, there: Sequence[Name], says: re.Match[str]) -> _Subject:
    sentence = _sentence(text, says.start())
    before = _BEFORE_SAYS.sub("", text[sentence : says.start()]).rstrip()
    row = _row_ending(there, text, sentence + len(before))
    if row:
        return _Subject(row, [], apposition=False, inverted=False)
    after = _row_starting(there, text, says.end())
    if before.endswith(",,") or not before:
        return _Subject([], after, apposition=False, inverted=True)
    if not before.endswith(","):
        return _Subject([], [], apposition=False, inverted=False)
    cut = before[: max(0, before.rfind(",", 0, len(before) - 1))]
    row = _row_ending(there, text, sentence + len(cut)) if cut.strip(", ") else []
    end = after[-1].start + len(after[-1].text) if after else 0
    inverted = bool(after) and _SUBJECT_ENDS.match(text, end) is not None
    return _Subject(row, after if inverted else [], apposition=True, inverted=inverted)


def _sentence(text: str, at: int) -> int:
    return max(text.rfind(mark, 0, at) for mark in (". ", "; ", "! ", "? ")) + 1


def _claimed_speakers(claim: str) -> list[list[Name]]:
    """The subjects of verbs of saying and the names right after "according to", each as a row."""
    found = []
    there = names(claim)
    for says in _active(claim):
        subject = _subject(claim, there, says)
        row = subject.after if subject.inverted else subject.before
        # In "officials in Moscow, the capital, said" the name is not the speaker.
        if row and not (subject.apposition and _GOVERNED.search(claim[: row[0].start])):
            found.append(row)
    for according in _ACCORDING.finditer(claim):
        if row := _row_starting(there, claim, according.end()):
            found.append(row)
    return found


def _possible_speakers(quote: str) -> list[tuple[str, ...]]:
    """The names that may be the subject of a verb of saying, each as a row of its parts."""
    there = names(quote)
    found = [row for says in _active(quote) for row in _speakers_by(says, quote, there)]
    for according in _ACCORDING.finditer(quote):
        end = _end_of_source(quote, according.end())
        found += [(name.key,) for name in there if according.start() < name.start < end]
    return found


def _speakers_by(
    says: re.Match[str], quote: str, there: Sequence[Name]
) -> Iterator[tuple[str, ...]]:
    """The names that may be the subject of one verb.

    The name right before the verb or its apposition, or after it where the order is inverted,
    with those joined to it by "and". Failing that ("the Kremlin's spokesman said") any name before
    it in the sentence, or after it where the order is inverted.
    """
    sentence = _sentence(quote, says.start())
    if quote[sentence : says.start()].rstrip().endswith((" and", " but")):
        return  # the subject is that of the verb before
    subject = _subject(quote, there, says)
    for row in filter(None, (subject.before, subject.after)):
        for one in _joined(row, there, quote):
            yield tuple(name.key for name in one)
    if not subject.before and not subject.after and _OFTEN.fullmatch(says[0]):
        reach = quote[says.end() : says.end() + _INVERTED_SUBJECT]
        inverted = subject.inverted or subject.apposition
        end = says.end() + len(_ELSEWHEN.split(reach)[0]) if inverted else says.start()
        yield from ((name.key,) for name in there if sentence <= name.start < end)


def _joined(row: list[Name], there: Sequence[Name], text: str) -> Iterator[list[Name]]:
    """A row and those that "and" joins to it, as in "A, B and C said" and "said A and B"."""
    yield row
    joint = _AND_BEFORE.search(text[: row[0].start])
    while joint and (other := _row_ending(there, text, joint.start())):
        yield other
        joint = _COMMA_BEFORE.search(text[: other[0].start])
    after = _AND_AFTER.match(text, row[-1].start + len(row[-1].text))
    if after and (other := _row_starting(there, text, after.end())):
        yield other


def _end_of_source(text: str, start: int) -> int:
    """Where that ends which "according to" names: at a comma, or after the name beyond it.

    "According to A, B lost" names A; "according to the head of A, B, it lost" may name B.
    """
    ends = [found.start() for found in _SOURCE_ENDS.finditer(text, start)][:2]
    ends += [len(text)] * (2 - len(ends))
    first = text[start : ends[0]]
    last = first.split()[-1:]
    named = bool(last) and last[0][:1].isupper() and not _ARTICLE.match(first)
    return ends[0] if named else ends[1]
