"""Who speaks, by the names around "said" and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa._language.names import Name, names
from qa._language.normalise import canonical, unify_countries
from qa._verify.quotes import find_quoted_strings

SAYING = (
    "said|says|say|told|tells|warned|warns|added|adds|argued|argues|claimed|claims|stated|states|"
    "announced|announces|declared|declares|insisted|insists|noted|notes|explained|explains|"
    "suggested|suggests|acknowledged|acknowledges|admitted|admits|denied|denies|confirmed|"
    "confirms|predicted|predicts|estimated|estimates|stressed|stresses|emphasi[sz]ed|"
    "emphasi[sz]es|highlighted|highlights|questioned|questions|critici[sz]ed|critici[sz]es|"
    "accused|accuses|expressed|expresses|indicated|indicates|revealed|reveals|pledged|pledges|"
    "promised|promises|vowed|vows|asserted|asserts"
)
_SAYS = re.compile(rf"\b(?:{SAYING}|reported|reports|wrote|writes)\b")
_ACCORDING = re.compile(r"\b[Aa]ccording to\b")
ADVERBS = (
    "has|have|had|also|later|previously|repeatedly|recently|then|once|publicly|already|privately|"
    "reportedly"
)
PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$")
_BEFORE_SAYS = re.compile(rf"(?:\b(?:{ADVERBS})\s+)*$")
# "Officials said": several speakers without a name.
_UNNAMED = re.compile(rf"\b([a-z]{{3,}}s)\s+(?:(?:{ADVERBS})\s+)*(?:{SAYING})\b")

_INVERTED_SUBJECT = 60
"""Code points after "said" in which an inverted subject is looked for."""


def speaker_conflicts(
    claim: str, quotes: Sequence[str], context: Sequence[str] = ()
) -> Iterator[str]:
    """Why those whom the claim names as speakers are not those of its quotes.

    A name of the claim right before a verb of saying, or after "according to", must be among the
    names that may be a subject of such a verb in the quotes, if there are any. Where the quotes
    have only unnamed speakers ("officials said") that the claim leaves out, the name must at
    least stand in the quotes. An outlet or author of ``context``, named whole, may report or
    write what others say.
    """
    claim = _without_quotations(unify_countries(claim))
    for name in map(unify_countries, context):
        if name and re.match(rf"{re.escape(name)} (?:reported|reports|wrote|writes)\b", claim):
            claim = claim[len(name) :]
    speakers = {row[-1].key: row for row in _claimed_speakers(claim)}
    if not speakers:
        return
    spoken = [_without_quotations(unify_countries(quote)) for quote in quotes]
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


def _same_speaker(claimed: Sequence[str], known: Sequence[str]) -> bool:
    """Whether the surnames are the same, or the claim has another part of the name in order.

    "Leader Kevin McCarthy" is McCarthy or Kevin McCarthy, not Kevin Leader.
    """
    if claimed[-1] == known[-1]:
        return True
    runs = (known[at : at + len(claimed)] for at in range(len(known)))
    return len(claimed) > 1 and any(list(run) == list(claimed) for run in runs)


def _active(text: str) -> Iterator[re.Match[str]]:
    """The verbs of saying whose subject speaks: not "he was told"."""
    for says in _SAYS.finditer(text):
        if not PASSIVE.search(text, 0, says.start()):
            yield says


def _without_quotations(text: str) -> str:
    for start, end in find_quoted_strings(text):
        text = text[:start] + "," * (end - start) + text[end:]
    return text


def _row_ending(there: Sequence[Name], text: str, end: int) -> list[Name]:
    """The row of names that ends at ``end`` of ``text``, as "Sergey Lavrov" does."""
    row: list[Name] = []
    for name in reversed(there):
        gap = text[name.start + len(name.text) : row[0].start if row else end]
        if name.start < end and not gap.strip("’'s "):
            row.insert(0, name)
    return row


def _claimed_speakers(claim: str) -> list[list[Name]]:
    """The names right before "said" or right after "according to", each as a row."""
    found = []
    there = names(claim)
    for says in _active(claim):
        row = _row_ending(there, claim, len(_BEFORE_SAYS.sub("", claim[: says.start()])))
        if row:
            found.append(row)
    for according in _ACCORDING.finditer(claim):
        end, row = according.end(), []
        for name in there:
            if name.start > end and not claim[end : name.start].strip():
                end = name.start + len(name.text)
                row.append(name)
        if row:
            found.append(row)
    return found


def _possible_speakers(quote: str) -> list[tuple[str, ...]]:
    """The names that may be the subject of a verb of saying, each as a row of its parts.

    The name right before the verb or its apposition. Failing that ("the Kremlin's spokesman
    said") any name before it in the sentence; after it where the order is inverted.
    """
    found: list[tuple[str, ...]] = []
    there = names(quote)
    for says in _active(quote):
        sentence = max(quote.rfind(mark, 0, says.start()) for mark in (". ", "; ", "! ", "? ")) + 1
        before = _BEFORE_SAYS.sub("", quote[sentence : says.start()]).rstrip()
        if before.endswith((" and", " but")):
            continue  # the subject is that of the verb before
        apposition = before.endswith(",")
        if apposition:
            before = before[: max(0, before.rfind(",", 0, len(before) - 1))]
        row = _row_ending(there, quote, sentence + len(before))
        if not row:
            end = says.end() + _INVERTED_SUBJECT if apposition else says.start()
            found += [(name.key,) for name in there if sentence <= name.start < end]
        else:
            found.append(tuple(name.key for name in row))
    for according in _ACCORDING.finditer(quote):
        found += [(name.key,) for name in there if name.start > according.start()]
    return found
