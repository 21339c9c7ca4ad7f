"""Claims altered in number, date, name, negation, modality or speaker, and claims only rephrased.

    python benchmarks/support.py [--show KIND] [--all]

Claims are made by program from gold quotes: the sentences that the questions of the seeds,
wikinews and multihop-rag rest on (``--all``: every sentence of these articles). A true claim is
the sentence itself, shortened, or with its numbers, dates and names in another spelling, its
speaker put first, or its outlet named. A false one is a true one with one thing changed. Prints
for both halves (see ``_real_sentences``) the share of false claims that ``check_support`` objects
to and of true ones that it objects to as well, with 95 % Wilson intervals. ``--show`` prints what
was missed, or with ``alarm`` the false alarms, in the development half.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import yaml
from _real_sentences import ROOT, Source, sources

from evals import wilson
from qa import CitedQuote, check_support
from qa._language.names import names

SEED = 20240507
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_WORDS += ["eleven", "twelve"]
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_SAYS = "said|says|told|added|warned|wrote|argued|claimed|announced|explained|insisted"
_OPPOSITES = {
    "rose": "fell", "fell": "rose", "increased": "decreased", "won": "lost", "lost": "won",
    "confirmed": "denied", "denied": "confirmed", "accepted": "rejected", "higher": "lower",
    "approved": "rejected", "rejected": "approved", "guilty": "innocent", "refused": "agreed",
    "agreed": "refused", "said": "denied", "supports": "opposes", "opposed": "supported",
}  # fmt: skip

# True claims -------------------------------------------------------------------------------------


def rephrased(quote: str, source: Source) -> Iterator[tuple[str, str]]:
    """Claims that say no more than ``quote`` does, with how they differ from it."""
    yield "verbatim", quote
    short = shortened(quote)
    if short != quote:
        yield "shortened", short
    for kind, change in (("number", respelled_numbers), ("name", shorter_names)):
        # Nothing is respelled between quotation marks: there every letter counts.
        if not re.search(r"[“”\"]", short) and (other := change(short)) != short:
            yield f"{kind} respelled", other
    published = source.context[2] if len(source.context) > 2 else None
    if (other := respelled_dates(short, published)) != short:
        yield "date respelled", other
    if (other := speaker_first(quote)) != quote:
        yield "speaker first", other
    if source.context and re.match(r"(?:The|A|An|In|On|It|He|She|They)\b", short):
        yield "outlet named", f"{source.context[1]} reported that {short[0].lower()}{short[1:]}"


def shortened(sentence: str) -> str:
    """The sentence up to its first subordinate clause, as a model that is told to be short."""
    cuts = re.finditer(r", (?:which|who|while|but|and|with|as|after)\b| while | which ", sentence)
    for cut in cuts:
        if len(sentence[: cut.start()].split()) >= 6:
            return sentence[: cut.start()] + "."
    return sentence


def respelled_numbers(text: str) -> str:
    """1.2 million as 1,200,000, four as 4, 7 as seven, 70% as 70 percent and the other way."""

    def scaled(match: re.Match[str]) -> str:
        value = float(match[1].replace(",", "")) * _SCALES[match[2]]
        return f"{value:,.0f}"

    text = re.sub(r"\b(\d[\d.,]*) (thousand|million|billion)\b", scaled, text)
    if re.search(r"\d%", text):
        return re.sub(r"(?<=\d)%", " percent", text)
    text = re.sub(r"(?<=\d) (?:percent|per cent)\b", "%", text)
    small = r"(?<![\d.,:$£€/–-])\b([2-9]|1[0-2])\b(?![\d.,:%/–-]|st|nd|rd|th)"
    calendar = "|".join(month[:3] for month in _MONTHS)
    if not re.search(rf"\b(?:{calendar})[a-z]*\.? \d|\d (?:{calendar})", text):
        text = re.sub(small, lambda match: _WORDS[int(match[1])], text)
    spelled = "|".join(_WORDS[2:])
    return re.sub(rf"\b({spelled})\b(?!-)", lambda match: str(_WORDS.index(match[1])), text)


def shorter_names(text: str) -> str:
    """US for United States; the surname for a full name that is followed by a verb of saying."""
    text = re.sub(r"\bthe United States\b", "the US", text)
    return re.sub(rf"\b[A-Z][a-z]+ ([A-Z][a-z]{{3,}})(?= (?:{_SAYS}|has|was|is)\b)", r"\1", text)


def respelled_dates(text: str, published: str | None) -> str:
    """Nov. 4 as 4 November; a weekday as the day it was, where it was in the week before."""
    text = re.sub(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})\b(?!,? \d{{4}})", r"\2 \1", text)
    found = re.search(rf"\bon ({'|'.join(_WEEKDAYS)})\b", text)
    if found and published:
        day = date.fromisoformat(published)
        day -= timedelta(days=(day.weekday() - _WEEKDAYS.index(found[1])) % 7)
        said = f"on {day.day} {_MONTHS[day.month - 1]} {day.year}"
        text = text[: found.start()] + said + text[found.end() :]
    return text


def speaker_first(text: str) -> str:
    """“We are ready,” Orr said. as Orr said: “We are ready.”"""
    found = re.fullmatch(
        rf"[“\"]([^“”\"]+),[”\"] ((?:[A-Z]\w+ ){{1,3}})((?:{_SAYS}))\b([^“”\",]*)\.", text
    )
    return f"{found[2]}{found[3]} “{found[1]}”{found[4]}." if found else text


# False claims ------------------------------------------------------------------------------------


def altered(
    claim: str, quote: str, source: Source, rng: random.Random, strangers: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Each kind of alteration that ``claim`` has a place for, made once."""
    yield from _altered_numbers(claim, rng)
    for calendar in (_MONTHS, _WEEKDAYS):
        if found := re.search(rf"\b(?:{'|'.join(calendar)})\b(?!\s+(?:be|have|not)\b)", claim):
            if found[0] == "May" and not re.search(r"\d", claim):
                continue
            other = rng.choice([word for word in calendar if word not in quote])
            yield "date", claim[: found.start()] + other + claim[found.end() :]
    known = " ".join([quote, *source.context]).lower()
    free = [name for name in strangers if name.lower() not in known]
    there = [name.text for name in names(claim) if name.text in claim]
    if there and free:
        one = rng.choice(there)
        yield "name", re.sub(rf"\b{re.escape(one)}(?!\w)", rng.choice(free), claim, count=1)
    speaker = re.search(rf"\b([A-Z]\w+)(?= (?:{_SAYS})\b)|(?<=said )([A-Z]\w+)", claim)
    if speaker and speaker[0] in there:
        others = [n for n in there if n not in speaker[0] and speaker[0] not in n] or free
        # Not the first name of the same person.
        before = claim[: speaker.start()].split()[-1:]
        others = [name for name in others if name not in before] or free
        if others:
            other = rng.choice(others)
            yield "speaker", claim[: speaker.start()] + other + claim[speaker.end() :]
    verbs = r"\b(?:is|are|was|were|has|have|will|would|can|could|should|did|does)\b"
    if found := re.search(rf"{verbs}(?! (?:not|only|n['’]t)\b)(?!['’])", claim):
        yield "negation", claim[: found.end()] + " not" + claim[found.end() :]
    if found := re.search(r"n['’]t\b| not\b(?! (?:only|just|simply|least))| never\b", claim):
        yield "negation", claim[: found.start()] + claim[found.end() :]
    present = [word for word in _OPPOSITES if re.search(rf" {word}\b", claim)]
    if present:
        word = rng.choice(present)
        yield "negation", re.sub(rf"(?<= ){word}\b", _OPPOSITES[word], claim, count=1)
    if found := re.search(r"\b(?:may|might|could) (?=[a-z]+)", claim):
        yield "modality", claim[: found.start()] + "will " + claim[found.end() :]
    if found := re.search(
        r"\b(?:allegedly|reportedly|probably|possibly|perhaps|likely to) ", claim
    ):
        kept = "to " if found[0].endswith("to ") else ""
        yield "modality", claim[: found.start()] + kept + claim[found.end() :]


def _altered_numbers(claim: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    digits = [d for d in re.finditer(r"\d", claim) if not claim[d.end() : d.end() + 1].isalpha()]
    if digits:
        digit = rng.choice(digits)
        other = str((int(digit[0]) + rng.randint(1, 8)) % 10)
        yield "number", claim[: digit.start()] + other + claim[digit.end() :]
    if found := re.search(rf"\b(?:{'|'.join(_WORDS[2:])})\b", claim):
        other = rng.choice([word for word in _WORDS[2:] if word != found[0]])
        yield "number", claim[: found.start()] + other + claim[found.end() :]
    if found := re.search(r"(?<=\d )(?:million|billion)\b", claim):
        other = "billion" if found[0] == "million" else "million"
        yield "number", claim[: found.start()] + other + claim[found.end() :]


# Measuring ---------------------------------------------------------------------------------------


def gold() -> dict[str, set[str]]:
    """By article id: pieces of sentences that the questions of the suites rest on."""
    found: dict[str, set[str]] = {}
    for suite in ("seeds", "wikinews"):
        file = Path(ROOT / "evals" / "suites" / f"{suite}.yaml")
        for case in yaml.safe_load(file.read_text("utf-8"))["cases"]:
            expected = case["expect"]
            for article in expected.get("sources") or []:
                name = article if isinstance(article, str) else str(article)
                found.setdefault(name, set()).update(expected.get("quotes") or [])
    return found


def quotes_of(source: Source, pieces: dict[str, set[str]], *, everything: bool) -> list[str]:
    sentences = source.sentences()
    if everything or source.origin == "multihop-rag":  # of which only such sentences are there
        return sentences
    wanted = [re.sub(r"\W+", " ", piece) for piece in pieces.get(source.id, ())]
    return [s for s in sentences if any(p in re.sub(r"\W+", " ", s) for p in wanted)]


def cited_quote(quote: str, source: Source) -> CitedQuote:
    title, outlet, published = source.context or (None, None, None)
    return CitedQuote(quote, title, outlet, published=published)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--show", metavar="KIND", help="print what went wrong with this kind")
    parser.add_argument("--all", action="store_true", help="every sentence, not the gold ones")
    options = parser.parse_args()
    pieces = gold()
    articles = [s for s in sources() if s.origin in ("seeds", "wikinews", "multihop-rag")]
    named = {name.text for source in articles for name in names(source.text)}
    ordinary = {word for source in articles for word in re.findall(r"\b[a-z]+\b", source.text)}
    strangers = sorted(n for n in named if len(n) > 4 and n.lower() not in ordinary)
    for half in ("development", "held-out"):
        rng = random.Random(SEED)  # noqa: S311 - a fixed order, not a secret
        counts: Counter[tuple[str, str]] = Counter()
        for source in articles:
            if source.half != half:
                continue
            for quote in quotes_of(source, pieces, everything=options.all):
                seen = set()
                cited = [cited_quote(quote, source)]
                for way, claim in rephrased(quote, source):
                    result = check_support(claim, cited)
                    counts["true", way] += 1
                    if not result.supported:
                        counts["alarm", way] += 1
                        if options.show == "alarm" and half == "development":
                            why = "; ".join(o.detail for o in result.objections)
                            print(f"{way}: {claim}\n    {why}\n    {quote}")
                    for kind, false in altered(claim, quote, source, rng, strangers):
                        if false in seen or false == claim:
                            continue
                        seen.add(false)
                        counts["false", kind] += 1
                        if check_support(false, cited).supported:
                            counts["missed", kind] += 1
                            if options.show == kind and half == "development":
                                print(f"{kind}: {false}\n    {quote}")
        report(half, counts)


def report(half: str, counts: Counter[tuple[str, str]]) -> None:
    print(f"\n{half}")
    for what, failed, said in (("false", "missed", "caught"), ("true", "alarm", "false alarms")):
        tried = bad = 0
        for (group, kind), n in sorted(counts.items()):
            if group == what:
                lost = counts[failed, kind]
                tried, bad = tried + n, bad + lost
                shown = n - lost if what == "false" else lost
                print(f"  {kind:16} {n:5,} {what:5} {shown:5,} {said} ({shown / n:.3f})")
        share = bad if what == "true" else tried - bad
        low, high = wilson(share, tried)
        print(f"  {'all':16} {tried:5,} {what:5} {share / tried:.3f} {said}"
              f" (95 %: {low:.3f} to {high:.3f})")  # fmt: skip


if __name__ == "__main__":
    main()
