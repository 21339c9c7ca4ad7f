"""Near copies: are edited copies found, and different stories kept apart?

    python benchmarks/duplicates.py [--choose] [--size N]

Edited copies of real articles are generated (cut, other lead, other headline, newer numbers,
reworded sentences, the outlet's own lines, and combinations), stored in random order among the
originals and hard negatives: stories that share quotations with an original, round-ups of several
originals, and whatever ../shared/data holds of stories on the same events. Articles are split in
halves; thresholds were chosen on the development half (``--choose`` prints that table) and the
figures are of the other half.

Prints recall (copies in the origin of their original) per edit and precision (pairs in one origin
that belong there), next to MinHash LSH as rensa's users have it, on the same shingles; then
recall of briefs, cut from long articles to a part of their words. With ``--size`` prints instead
what an article costs in archives that grow to that many.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from _edited_copies import COMBINATIONS, EDITS, edited, roundup, sharing, words
from rensa import RMinHash, RMinHashLSH

from index import Article, sha256_hex
from index._store import duplicates
from index._store.store import Store, StoredArticle

SEED = 20231104
ROOT = Path(__file__).parent.parent
WIKINEWS = ROOT / "evals" / "suites" / "wikinews" / "articles.jsonl"
DATA = ROOT.parent / "shared" / "data"
MIN_WORDS = 150
PERMUTATIONS = 128
BATCH = 200


@dataclass(frozen=True)
class Text:
    """A text with the story it is of, and how it came from it."""

    story: str
    kind: str
    text: str


def lines(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def originals() -> tuple[list[str], list[str]]:
    """Articles of some length, in two halves."""
    texts = [str(record["text"]) for record in lines(WIKINEWS)]
    gold = DATA / "article-extraction" / "ground-truth.json"
    if gold.exists():
        texts += [page["articleBody"] for page in json.loads(gold.read_text("utf-8")).values()]
    else:
        print(f"{gold} is not there: wikinews alone.")
    found = sorted({text for text in texts if words([text]) >= MIN_WORDS}, key=sha256_hex)
    return found[::2], found[1::2]


def collection(texts: Sequence[str], rng: random.Random) -> list[Text]:
    """Stories with their copies, and stories that have something in common with them."""
    stories, bases = texts[len(texts) // 4 :], texts[: len(texts) // 4]
    found = [Text(f"story {n}", "original", text) for n, text in enumerate(stories)]
    for n, text in enumerate(stories):
        others = [other for other in stories if other is not text]
        for edits in [*((name,) for name in EDITS), *COMBINATIONS]:
            copy = edited(text, edits, rng, rng.choice(others))
            found.append(Text(f"story {n}", "+".join(edits), copy))
        m, share = rng.randrange(len(bases)), rng.choice((0.1, 0.2, 0.3))
        found.append(Text(f"base {m}", "another story", sharing(bases[m], text, rng, share)))
    for n in range(0, len(stories), 5):
        mixed = roundup(rng.sample(list(stories), 5))
        found.append(Text(f"round-up {n}", "another story", mixed))
    for n, path in enumerate(sorted((DATA / "seeds").glob("*.txt"))):
        found.append(Text(f"seed {n}", "another story", path.read_text("utf-8")))
    for record in lines(DATA / "multihop-rag" / "articles.jsonl"):
        found.append(Text(f"stub {record['id']}", "another story", str(record["text"])))
    rng.shuffle(found)
    return found


# Two ways to decide: each gives every text the name of its group ---------------------------


def by_store(texts: Sequence[str]) -> list[str]:
    """The archive's origins."""
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "a")) as store:
        for first in range(0, len(texts), BATCH):
            chunk = texts[first : first + BATCH]
            store.put([bare(f"{first + n:06}", text) for n, text in enumerate(chunk)])
        found = store.origins([f"{n:06}" for n in range(len(texts))])
    return [found[f"{n:06}"] for n in range(len(texts))]


def bare(article_id: str, text: str) -> StoredArticle:
    """An article without sentences and passages, of an outlet of its own."""
    article = Article(article_id, article_id, text, outlet=article_id)
    return StoredArticle(article, "file", "", [], "", [], [])


def by_minhash(texts: Sequence[str], threshold: float) -> list[str]:
    """MinHash LSH at a Jaccard threshold; what is linked, however indirectly, is a group."""
    tokens = [[value.tobytes() for value in duplicates.shingles(text)] for text in texts]
    minhashes = RMinHash.from_token_sets(tokens, num_perm=PERMUTATIONS, seed=SEED)
    index = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=32)
    group = list(range(len(texts)))

    def find(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    for n, minhash in enumerate(minhashes):
        for other in index.query(minhash):
            if minhashes[other].jaccard(minhash) >= threshold:
                group[find(n)] = find(other)
        index.insert(n, minhash)
    return [str(find(n)) for n in range(len(texts))]


def report(name: str, found: Sequence[Text], groups: Sequence[str], *, kinds: bool) -> None:
    home = {text.story: g for text, g in zip(found, groups, strict=True) if text.kind == "original"}
    hits: dict[str, list[bool]] = defaultdict(list)
    for text, group in zip(found, groups, strict=True):
        if text.story in home and text.kind != "original":
            hits[text.kind].append(group == home[text.story])
    every = [hit for kind in hits.values() for hit in kind]
    together = defaultdict(list)
    for text, group in zip(found, groups, strict=True):
        together[group].append(text)
    pairs = [(a, b) for members in together.values() for a, b in combinations(members, 2)]
    wrong = [(a, b) for a, b in pairs if a.story != b.story]
    precision = 1 - len(wrong) / len(pairs) if pairs else 1.0
    print(
        f"{name}: recall {statistics.mean(every):.3f} of {len(every)} copies,"
        f" precision {precision:.4f} of {len(pairs)} pairs"
    )
    if kinds:
        for kind, values in hits.items():
            print(f"    {statistics.mean(values):.3f}  {kind}")
        for (one, other), n in Counter(
            tuple(sorted((a.kind, b.kind))) for a, b in wrong
        ).most_common(5):
            print(f"    {n} pairs wrongly together: {one} / {other}")


# The development table ----------------------------------------------------------------------


def choose(found: Sequence[Text]) -> None:
    """The archive at other thresholds, and for other lengths of shingle."""
    texts = [text.text for text in found]
    rules = duplicates.SHINGLE_WORDS, duplicates.MIN_RESEMBLANCE, duplicates.MIN_CONTAINMENT
    for words_, resemblance, containment in (
        *((5, r, c) for r in (0.2, 0.25, 0.3, 0.35) for c in (0.5, 0.6, 0.7)),
        *((k, 0.25, 0.6) for k in (3, 4, 6, 8)),
    ):
        duplicates.SHINGLE_WORDS = words_
        duplicates.MIN_RESEMBLANCE, duplicates.MIN_CONTAINMENT = resemblance, containment
        name = f"{words_} words, resemblance {resemblance}, containment {containment}"
        report(name, found, by_store(texts), kinds=False)
    duplicates.SHINGLE_WORDS, duplicates.MIN_RESEMBLANCE, duplicates.MIN_CONTAINMENT = rules


def briefs(texts: Sequence[str]) -> None:
    """Each article with one copy cut to its beginning: where resemblance fails."""
    long = [text for text in texts if words([text]) >= 500]
    print(f"briefs cut from {len(long)} articles of 500 words or more, recall:")
    for share in (0.5, 0.3, 0.2, 0.1):
        cut = [" ".join(text.split()[: int(share * words([text]))]) for text in long]
        cells = []
        for name, groups in (
            ("archive", by_store([*long, *cut])),
            ("MinHash LSH 0.3", by_minhash([*long, *cut], 0.3)),
        ):
            hits = [groups[n] == groups[n + len(long)] for n in range(len(long))]
            cells.append(f"{name} {statistics.mean(hits):.3f}")
        print(f"    to {share:.0%}: {', '.join(cells)}")


def drawn() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - the same copies every time, not a secret


def growth(texts: Sequence[str], size: int) -> None:
    """What 200 more articles cost in archives of a quarter, a half and the whole of ``size``.

    Articles are drawn from the sentences of real ones, so that each shares sentences with many:
    the worst that an archive can be for finding candidates.
    """
    rng = drawn()
    sentences = sorted({s for text in texts for s in re.split(r"(?<=[.!?])\s+", text)})
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "a")) as store:
        for first in range(0, size, BATCH):
            made = [" ".join(rng.sample(sentences, 25)) for _ in range(BATCH)]
            batch = [bare(f"{first + n:06}", text) for n, text in enumerate(made)]
            start = time.process_time()
            store.put(batch)
            spent = time.process_time() - start
            if first + BATCH in (BATCH, size // 4, size // 2, size):
                print(f"archive of {first + BATCH}: {spent / BATCH * 1000:.1f} ms an article")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--choose", action="store_true", help="the table thresholds came from")
    parser.add_argument("--size", type=int, default=0, help="articles for the cost of one more")
    options = parser.parse_args()
    development, held_out = originals()
    if options.choose:
        found = collection(development, drawn())
        print(f"development half, {len(found)} texts")
        choose(found)
        report("development half, archive", found, by_store([t.text for t in found]), kinds=True)
        return
    if options.size:
        growth([*development, *held_out], options.size)
        return
    found = collection(held_out, drawn())
    texts = [text.text for text in found]
    print(f"held-out half: {len(held_out)} articles, {len(found)} texts")
    report("archive", found, by_store(texts), kinds=True)
    for threshold in (0.3, 0.5, 0.7):
        report(f"MinHash LSH {threshold}", found, by_minhash(texts, threshold), kinds=False)
    briefs(held_out)


if __name__ == "__main__":
    main()
