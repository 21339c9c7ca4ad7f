"""Words of a claim that contradict a word of its quotes: won and lost, aware and unaware."""

from __future__ import annotations

from collections.abc import Iterator

from qa._language.normalise import stem
from qa._language.polarity import Polarity

_PREFIXES = ("un", "in", "im", "il", "ir", "non", "dis")
# Words to which such letters are no "not": import, inform, discover, unrest.
_NOT_DENIED_WORDS = (
    "able abled ability act appoint band bound bounds card cast charge cite claim close "
    "closed closure coming come comes consolate count counted countenance course cover "
    "covered covers coverage covery credible creet crease creased credit deed dent door doors "
    "ease eased famous fection flame fold form formal formed formation forms fuse habit "
    "habitant habits herit itial jury land less like lodge mantle mate migrant migrants "
    "migration miss missed mission order orders pact pair part passion patch patched peach "
    "per plant play played plays pose posed poses posing position port ported ports portion "
    "press pressed pressing prison profit proved prove proves proving pulse put rest rate "
    "sent serve set sets side sight sole solve solved solution spire stall stalled stalling "
    "stance stances stead still stinct stress strict structure sure sured tact take tend "
    "tended tends tense tensely tension tent tern tract tracted tribute turn valuable vent "
    "vented verse version vest vested vests voice ward wards"
)
_NOT_DENIED = frozenset(map(stem, _NOT_DENIED_WORDS.split()))

# Comparatives (more, before) are not here: turning a sentence round turns them too.
_OPPOSITES = tuple(
    tuple(map(stem, pair.split("/")))
    for pair in (
        *("win/lose", "win/defeat", "gain/lose", "rise/fall", "increase/decrease", "rise/decline"),
        *("increase/decline", "grow/shrink", "accept/reject", "approve/reject", "support/oppose"),
        *("allow/ban", "allow/forbid", "guilty/innocent", "convict/acquit", "success/failure"),
        *("victory/defeat", "strengthen/weaken", "majority/minority", "optimistic/pessimistic"),
        *("agree/disagree", "deny/confirm", "deny/admit", "praise/criticize", "arrive/leave"),
        *("surplus/deficit", "profit/loss", "hire/fire", "upgrade/downgrade", "import/export"),
        *("mother/father", "son/daughter", "brother/sister", "husband/wife", "he/she", "his/her"),
    )
)

# Of each group a thing has one: no paraphrase turns the north into the south, or red into blue.
_COMPASS = ("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest")
_COLOURS = ("red", "yellow", "blue", "green", "black", "white", "orange", "purple", "brown")
_GROUPS = (
    {word: point for point in _COMPASS for word in (point, f"{point}ern")},
    {colour: colour for colour in _COLOURS},
)


def opposite_conflicts(claim: Polarity, quotes: Polarity) -> Iterator[str]:
    """Why the claim says the opposite of its quotes in a single word.

    A word counts only where it is not in the quotes itself, its opposite is not in the claim,
    and neither is denied.
    """
    for word in claim.words - quotes.words:
        if stem(word) in claim.denied:
            continue
        for prefix in _PREFIXES:
            if _denies(prefix, word) and prefix + word in quotes.words:
                yield f"“{prefix + word}” of its quotes became “{word}”"
            bare = word.removeprefix(prefix)
            if (
                bare != word
                and _denies(prefix, bare)
                and bare in quotes.words - claim.words
                and stem(bare) not in quotes.denied
            ):
                yield f"“{bare}” of its quotes became “{word}”"
    claimed = claim.stems - claim.denied - quotes.stems
    quoted = quotes.stems - quotes.denied - claim.stems
    for one, other in _OPPOSITES:
        if (one in claimed and other in quoted) or (other in claimed and one in quoted):
            yield f"of “{one}” and “{other}” it has one and its quotes the other"
    for group in _GROUPS:
        in_claim = {group[word] for word in claim.words & group.keys()}
        in_quotes = {group[word] for word in quotes.words & group.keys()}
        if in_claim - in_quotes and in_quotes - in_claim:
            yield f"“{min(in_claim - in_quotes)}” is another in its quotes"


def _denies(prefix: str, word: str) -> bool:
    """Whether the prefix turns the word into its opposite, as English spells that."""
    if len(word) <= 3 or stem(word) in _NOT_DENIED:
        return False
    letters = {"il": "l", "ir": "r", "im": "mpb"}.get(prefix, "")
    return not letters or word[0] in letters


def opposite_words(one: str, other: str) -> bool:
    """Whether two plain words exclude each other: encrypted and unencrypted, red and blue."""
    shorter, longer = sorted((one, other), key=len)
    if any(
        longer.replace("-", "") == prefix + shorter and _denies(prefix, shorter)
        for prefix in _PREFIXES
    ):
        return True
    pair = {stem(one), stem(other)}
    if len(pair) == 2 and any(pair == set(opposites) for opposites in _OPPOSITES):
        return True
    return any(one in group and other in group and group[one] != group[other] for group in _GROUPS)
