"""Which texts are copies of each other, and which copies make one origin.

Outlets carry the same wire story: cut to its first paragraphs, under another headline, with a
lead of their own, newer numbers, a few sentences reworded and their own lines around it. What
stays is runs of words. A text is therefore seen as the set of its *shingles*, all runs of five
consecutive words (Broder, "On the resemblance and containment of documents", SEQUENCES 1997).
Two texts are copies when enough of the shorter one's shingles are in the longer one too: their
*containment*, not their resemblance (Jaccard), because a brief cut from a long report resembles
it little and is contained in it whole.

Candidates come from Broder's modulus sketch, the MinHash for containment: of each text the
shingles whose hash is 0 modulo ``SAMPLE``. Being chosen by the shingle alone, the same ones are
chosen in every text that has them, so an inverted index of sketches finds a short text in a
long one. (Banded MinHash signatures find pairs of high resemblance; ``benchmarks/duplicates.py``
has both side by side.) The sketch only proposes: what decides is counted on the whole sets.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]

# Whoever changes shingles, sketches or what a copy is raises this, and origins are found anew.
DUPLICATES_VERSION = 1
SHINGLE_WORDS = 5
SAMPLE = 8
# Chosen on the development half in benchmarks/duplicates.py.
MIN_RESEMBLANCE = 0.25
MIN_CONTAINMENT = 0.6
# Shared by less than this, short texts may have no more in common than one quoted sentence.
MIN_SHARED = 20
# What copies have of the smaller sketch at least, on average: two texts of one length that just
# resemble each other enough.
LEAST_SHARE = 2 * MIN_RESEMBLANCE / (1 + MIN_RESEMBLANCE)
# So many members of an origin are asked whether another text belongs to it.
JURY = 15

# Scripts without spaces between words: each character counts as one.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")


def shingles(text: str) -> Shingles:
    """The distinct runs of five words of a text, as sorted 64-bit hashes.

    Case, punctuation and compatibility forms do not count. A text of fewer words has none. The
    hashes are the same in every process and on every machine; that two runs of words fall on
    one of 2^64 values is not reckoned with.
    """
    import numpy as np

    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if len(words) < SHINGLE_WORDS:
        return np.zeros(0, dtype=np.uint64)
    row = np.array([_hash(word) for word in words], dtype=np.uint64)
    count = len(row) - SHINGLE_WORDS + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for n in range(SHINGLE_WORDS):
        mixed = _mix(mixed ^ row[n : n + count])
    return np.unique(mixed)


# Pure, and news repeats its words.
@lru_cache(2**14)
def _hash(word: str) -> int:
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _mix(values: Shingles) -> Shingles:
    """A bijection that spreads every bit over all: the finaliser of SplitMix64 (Steele 2014)."""
    import numpy as np

    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def sketch(hashes: Shingles) -> list[int]:
    """The sample of shingles that candidates are found by, as integers of 48 bits."""
    import numpy as np

    chosen = hashes[hashes % np.uint64(SAMPLE) == 0]
    return sorted({int(value) for value in chosen >> np.uint64(16)})


def is_candidate(shared: int, one: int, other: int) -> bool:
    """Whether two sketches of these sizes, sharing so many values, are worth a comparison.

    They are if copies could well share as few: up to two standard deviations less than the
    average (of a Poisson distribution, its square root), which matters where texts are short.
    """
    average = LEAST_SHARE * min(one, other)
    return shared >= max(1.0, average - 2 * math.sqrt(average))


def shared(one: Shingles, other: Shingles) -> int:
    """How many shingles both texts have."""
    import numpy as np

    return len(np.intersect1d(one, other, assume_unique=True))


def are_copies(common: int, one: int, other: int) -> bool:
    """Whether texts of ``one`` and ``other`` shingles with ``common`` ones are copies.

    They are when they resemble each other, or when most of the shorter one stands in the longer
    one; and when what they share is more than a quoted sentence.
    """
    if common < MIN_SHARED:
        return False
    union = one + other - common
    return common >= MIN_RESEMBLANCE * union or common >= MIN_CONTAINMENT * min(one, other)


def origins(sizes: Mapping[str, int], copies: Mapping[str, Mapping[str, int]]) -> list[list[str]]:
    """Group texts into origins, the lead of each first.

    Being a copy is not transitive: a round-up of the day contains two briefs that have nothing
    to do with each other. So a text joins an origin only if it is a copy of its lead *and* of
    more than half of those that joined first. Texts are taken by how much they resemble all
    their copies together: first what others were made from, last what is made of pieces. A text
    that fits several origins joins the one whose lead it shares most with. The result depends on
    the texts alone and not on the order in which they came.

    Args:
        sizes: Shingles of each text, by the hash of the text, which settles ties.
        copies: For each text those it is a copy of, with the shingles they share; symmetric.
    """
    groups: dict[str, list[str]] = {}

    def first(text: str) -> tuple[int, int, str]:
        # In thousandths: a sum of integers is the same in any order.
        resemblance = (
            1000 * common // (sizes[text] + sizes[other] - common)
            for other, common in copies.get(text, {}).items()
        )
        return -sum(resemblance), -sizes[text], text

    for text in sorted(sizes, key=first):
        near = copies.get(text, {})
        for lead in sorted(near.keys() & groups.keys(), key=lambda lead: (-near[lead], lead)):
            jury = groups[lead][:JURY]
            if 2 * sum(member in near for member in jury) > len(jury):
                groups[lead].append(text)
                break
        else:
            groups[text] = [text]
    return list(groups.values())
