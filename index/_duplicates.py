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

import re
import unicodedata
from collections.abc import Mapping, Set
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint64]

# Whoever changes how shingles or sketches are made raises this: stored sketches are made anew.
SKETCH_VERSION = 1
SHINGLE_WORDS = 5
SAMPLE = 4
# Chosen on the development half in benchmarks/duplicates.py.
MIN_CONTAINMENT = 0.45
# Shared by less than this, short texts may have no more in common than one quoted sentence.
MIN_SHARED = 20
# A candidate shares this part of the smaller sketch: half of what copies do, for sampling error.
CANDIDATE_SHARE = MIN_CONTAINMENT / 2

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
    hashes = {word: _hash(word) for word in set(words)}
    row = np.array([hashes[word] for word in words], dtype=np.uint64)
    count = len(row) - SHINGLE_WORDS + 1
    mixed = np.zeros(count, dtype=np.uint64)
    for n in range(SHINGLE_WORDS):
        mixed = _mix(mixed ^ row[n : n + count])
    return np.unique(mixed)


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
    """Whether two sketches of these sizes, sharing so many values, are worth a comparison."""
    return shared >= CANDIDATE_SHARE * min(one, other)


def shared(one: Shingles, other: Shingles) -> int:
    """How many shingles both texts have."""
    import numpy as np

    return len(np.intersect1d(one, other, assume_unique=True))


def are_copies(common: int, one: int, other: int) -> bool:
    """Whether texts of ``one`` and ``other`` shingles with ``common`` ones are copies.

    The part of the shorter text that stands in the longer one decides, and that it is more
    than a quoted sentence.
    """
    return common >= max(MIN_SHARED, MIN_CONTAINMENT * min(one, other))


def origins(sizes: Mapping[str, int], copies: Mapping[str, Set[str]]) -> list[list[str]]:
    """Group texts into origins, fullest text first in each.

    Being a copy is not transitive: a round-up of the day contains two briefs that have nothing
    to do with each other. So a text joins an origin only if it is a copy of its fullest text
    *and* of more than half of those that joined before. Texts are taken by falling size, and a
    text that fits several origins joins that of the fullest text, so the result depends on the
    texts alone and not on the order in which they came.

    Args:
        sizes: Shingles of each text, by the hash of the text, which settles ties.
        copies: For each text those it is a copy of; symmetric.
    """
    groups: dict[str, list[str]] = {}

    def fullest_first(text: str) -> tuple[int, str]:
        return -sizes[text], text

    for text in sorted(sizes, key=fullest_first):
        near = copies.get(text, frozenset[str]())
        for lead in sorted(near & groups.keys(), key=fullest_first):
            members = groups[lead]
            if 2 * sum(member in near for member in members) > len(members):
                members.append(text)
                break
        else:
            groups[text] = [text]
    return list(groups.values())
