"""Quotes that were tampered with, and quotes that were only set differently.

    python benchmarks/quotes.py [--articles N] [--show]

Takes sentences of real articles of all sets, makes of each every harmful and every harmless
variant that it has a place for, and asks ``judge_quote`` for its verdict, with the named article
and four others. Harmful variants must not be *exact*; one from another article must be
*misattributed* to it. Harmless ones must be *exact*, and the slice found must be the sentence.
Prints both halves (see ``_real_sentences``) with 95 % Wilson intervals. ``--show`` prints the
variants of the development half that were judged wrongly.

Whether a variant still stands in the article, by chance, is decided without the code under test:
by its bare words and numbers in order.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence

from _real_sentences import Source, sources

from evals import wilson
from qa import judge_quote

Change = Callable[[str, random.Random], str]
SEED = 20231104

_SYNONYMS = {
    "said": "stated", "says": "claims", "told": "informed", "war": "conflict", "talks": "meetings",
    "people": "persons", "big": "large", "began": "started", "help": "assist", "killed": "slain",
    "company": "firm", "country": "nation", "many": "numerous", "first": "initial", "made": "built",
    "show": "reveal", "found": "discovered", "also": "too", "near": "beside", "won": "gained",
    "city": "town", "the": "this", "a": "one", "is": "remains", "was": "became", "of": "from",
}  # fmt: skip
_UNITS = {
    "million": "billion", "billion": "million", "percent": "points", "km": "miles",
    "euros": "dollars", "years": "months", "days": "weeks", "hundred": "thousand",
}  # fmt: skip
_HEDGES = (
    r" (?:may|might|could|would|reportedly|allegedly|possibly|probably|perhaps|likely|about|nearly"
    r"|almost|only|some|around|approximately|suggested|appears? to|seems? to|believed to)(?= )"
)
_INVENTED = (
    " and has promised to end the whole matter before the summer",
    ", which nobody had expected",
    " for the second time this year",
)
_SPEAKERS = ("Tillerson", "Halvorsen", "the spokeswoman", "Nakamura", "the chairman")


def digit_changed(text: str, rng: random.Random) -> str:
    digits = list(re.finditer(r"\d", text))
    if not digits:
        return text
    digit = rng.choice(digits)
    other = str((int(digit[0]) + rng.randint(1, 9)) % 10)
    return text[: digit.start()] + other + text[digit.end() :]


def not_inserted(text: str, rng: random.Random) -> str:
    gaps = [match.start() for match in re.finditer(" ", text)][1:]
    at = rng.choice(gaps)
    return f"{text[:at]} {rng.choice(('not', 'never', 'no'))}{text[at:]}"


def not_dropped(text: str, _: random.Random) -> str:
    return re.sub(r" (?:not|never|no|nor|neither|without)\b|(?<=\w)n['’]t\b", "", text, count=1)


def speaker_swapped(text: str, rng: random.Random) -> str:
    verbs = "said|says|told|added|has|had|is|was|will|wrote|asked"
    return re.sub(
        rf"\b(?:[A-Z]\w+|he|she|they|He|She|They)(?= (?:{verbs})\b)",
        rng.choice(_SPEAKERS),
        text,
        count=1,
    )


def hedge_dropped(text: str, _: random.Random) -> str:
    return re.sub(_HEDGES, "", text, count=1)


def invented(text: str, rng: random.Random) -> str:
    return text.rstrip('.?!”" ') + rng.choice(_INVENTED)


def synonym(text: str, rng: random.Random) -> str:
    present = [word for word in _SYNONYMS if re.search(rf"\b{word}\b", text)]
    if not present:
        return text
    word = rng.choice(present)
    return re.sub(rf"\b{word}\b", _SYNONYMS[word], text, count=1)


def sign_dropped(text: str, _: random.Random) -> str:
    signs = r"(?<=\d)[.,](?=\d)|[$£€](?=\d)|(?<=\d)%| (?:percent|per cent)\b"
    return re.sub(signs, "", text, count=1)


def unit_changed(text: str, rng: random.Random) -> str:
    present = [unit for unit in _UNITS if re.search(rf"\b{unit}\b", text)]
    unit = rng.choice(present) if present else ""
    return re.sub(rf"\b{unit}\b", _UNITS[unit], text, count=1) if unit else text


HARMFUL: tuple[Change, ...] = (
    *(digit_changed, not_inserted, not_dropped, speaker_swapped, hedge_dropped, invented, synonym),
    *(sign_dropped, unit_changed),
)


def case(text: str, rng: random.Random) -> str:
    return rng.choice((text.upper(), text.lower(), text.swapcase()))


def typography(text: str, rng: random.Random) -> str:
    straight = str.maketrans(
        {"“": '"', "”": '"', "‘": "'", "’": "'", "—": "--", "…": "...", "\u00a0": " "}
    )
    curly = re.sub(r"(?<=\w)'(?=\w)", "’", re.sub(r'(?<=\s)"|^"', "“", text))
    changed = [t for t in (text.translate(straight), curly) if t != text]
    return rng.choice(changed) if changed else text


def white_space(text: str, rng: random.Random) -> str:
    return re.sub(" ", lambda _: rng.choice((" ", "  ", "\n", "\u00a0", " \u200b", "\t")), text)


def ligature(text: str, _: random.Random) -> str:
    for plain, joined in (("ffi", "ﬃ"), ("ffl", "ﬄ"), ("fi", "ﬁ"), ("fl", "ﬂ"), ("ff", "ﬀ")):
        text = text.replace(plain, joined)
    return text


def line_break_hyphen(text: str, rng: random.Random) -> str:
    places = [match.start() for match in re.finditer(r"(?<=[a-z]{3})(?=[a-z]{3})", text)]
    at = rng.choice(places) if places else 0
    return f"{text[:at]}-\n{text[at:]}" if at else text


def soft_hyphen(text: str, _: random.Random) -> str:
    return re.sub(r"(?<=[a-z]{4})(?=[a-z]{3})", "\u00ad", text)


def quoted(text: str, _: random.Random) -> str:
    return f"“{re.sub(r'[.,]$', '', text)},”"


HARMLESS: tuple[Change, ...] = (
    *(case, typography, white_space, ligature, line_break_hyphen, soft_hyphen, quoted),
)


def stands_in(text: str, article: str) -> bool:
    """Whether the words and numbers of ``text`` follow each other in ``article``."""
    return f" {_bare(text)} " in f" {_bare(article)} "


def _bare(text: str) -> str:
    # A sign before a number or a percent sign after it belongs to the number.
    return " ".join(re.findall(r"[$£€-]?\d[\d.,]*\d%?|[$£€-]?\d%?|\w+", text.lower()))


def stitched(sentences: Sequence[str], rng: random.Random) -> str:
    """The first half of one sentence, and the second of another that does not follow it."""
    one, other = rng.sample(range(len(sentences)), 2)
    first, second = sentences[one].split(), sentences[other].split()
    return " ".join(first[: len(first) // 2] + second[len(second) // 2 :])


def measure(articles: Sequence[Source], rng: random.Random) -> tuple[Counter[str], list[str]]:
    """Counts of ``harmful``, ``missed``, ``harmless``, ``alarm`` by kind, and what went wrong."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []

    def count(what: str, kind: str, failed: str, is_wrong: bool, shown: str) -> None:
        counts[f"{what}/{kind}"] += 1
        if is_wrong:
            counts[f"{failed}/{kind}"] += 1
            wrong.append(f"{failed} {kind}: {shown!r}")

    for place, article in enumerate(articles):
        near = [articles[(place + step) % len(articles)] for step in (1, 2, 3, 4)]
        others = {other.id: other.text for other in near if other.text != article.text}
        sentences = article.sentences()
        for sentence in sentences:
            for change in HARMFUL:
                variant = change(sentence, rng)
                if variant == sentence or stands_in(variant, article.text):
                    continue
                verdict = judge_quote(variant, article.text, others).verdict
                count("harmful", change.__name__, "missed", verdict == "exact", variant)
            for change in HARMLESS:
                variant = change(sentence, rng)
                if variant == sentence:
                    continue
                judged = judge_quote(variant, article.text, others)
                start, end = judged.spans[0] if judged.spans else (0, 0)
                fine = judged.verdict == "exact" and stands_in(
                    article.text[start:end], f"{sentence}"
                )
                count("harmless", change.__name__, "alarm", not fine, variant)
            wrongly = [text for text in others.values() if not stands_in(sentence, text)]
            if wrongly:
                judged = judge_quote(sentence, wrongly[0], {article.id: article.text})
                fine = (judged.verdict, judged.article_id) == ("misattributed", article.id)
                count("harmful", "misattributed", "missed", not fine, sentence)
            if len(sentences) > 2:
                variant = stitched(sentences, rng)
                if not stands_in(variant, article.text):
                    verdict = judge_quote(variant, article.text, others).verdict
                    count("harmful", "stitched", "missed", verdict == "exact", variant)
    return counts, wrong


def report(half: str, counts: Counter[str]) -> None:
    print(f"\n{half}")
    for what, failed, good in (("harmful", "missed", "caught"), ("harmless", "alarm", "accepted")):
        kinds = sorted(key.partition("/")[2] for key in counts if key.startswith(f"{what}/"))
        tried = lost = 0
        for kind in kinds:
            n, bad = counts[f"{what}/{kind}"], counts[f"{failed}/{kind}"]
            tried, lost = tried + n, lost + bad
            print(f"  {what:8} {kind:18} {n:6,} tried, {n - bad:6,} {good}")
        if tried:
            low, high = wilson(tried - lost, tried)
            print(f"  {what:8} {'all':18} {tried:6,} tried, {(tried - lost) / tried:.4%} {good}"
                  f" (95 %: {low:.4%} to {high:.4%})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, help="at most so many of each set and half")
    parser.add_argument("--show", action="store_true", help="print what was judged wrongly")
    options = parser.parse_args()
    everything = sources()
    print("articles:", dict(Counter(source.origin for source in everything)))
    for half in ("development", "held-out"):
        articles: list[Source] = []
        for origin in dict.fromkeys(source.origin for source in everything):
            own = [s for s in everything if (s.origin, s.half) == (origin, half)]
            articles += own[: options.articles]
        counts, wrong = measure(articles, random.Random(SEED))  # noqa: S311 - no secret
        report(half, counts)
        if options.show and half == "development":
            print(*wrong, sep="\n")


if __name__ == "__main__":
    main()
