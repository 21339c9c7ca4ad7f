"""The proof of quotes, by mutation of real sentences and by properties."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from real_text import NO_DATA, other_texts, seed_texts, sentences

from qa._verify.fold import fold
from qa._verify.quotes import find_quoted_strings, judge_quote, locate

# --- Mutations that must be rejected -------------------------------------------------------------

HEDGES = r"\b(?:may|might|could|would|reportedly|possibly|likely|suggested|about|only)\b "
SYNONYMS = {"said": "stated", "war": "conflict", "talks": "negotiations", "the": "this", "a": "one"}
INVENTED = " and has promised to end the whole matter before the summer"


def digit_changed(sentence: str, rng: random.Random) -> str:
    digits = list(re.finditer(r"\d", sentence))
    if not digits:
        return sentence
    digit = rng.choice(digits)
    changed = str((int(digit[0]) + rng.randint(1, 9)) % 10)
    return sentence[: digit.start()] + changed + sentence[digit.end() :]


def word_inserted(sentence: str, rng: random.Random) -> str:
    gaps = [m.start() for m in re.finditer(" ", sentence)][1:-1]
    at = rng.choice(gaps)
    return f"{sentence[:at]} {rng.choice(['not', 'never', 'no'])}{sentence[at:]}"


def negation_dropped(sentence: str, rng: random.Random) -> str:
    return re.sub(r" (?:not|never|no)\b|n['’]t\b", "", sentence, count=1)


def hedge_dropped(sentence: str, rng: random.Random) -> str:
    return re.sub(HEDGES, "", sentence, count=1)


def speaker_swapped(sentence: str, rng: random.Random) -> str:
    return re.sub(r"\b[A-Z]\w+(?= (?:said|told|has|is|was|will))", "Tillerson", sentence, count=1)


def synonym_swapped(sentence: str, rng: random.Random) -> str:
    present = [word for word in SYNONYMS if re.search(rf"\b{word}\b", sentence)]
    if not present:
        return sentence
    word = rng.choice(present)
    return re.sub(rf"\b{word}\b", SYNONYMS[word], sentence, count=1)


def decimal_point_dropped(sentence: str, rng: random.Random) -> str:
    return re.sub(r"(?<=\d)[.,](?=\d)", "", sentence, count=1)


def percent_dropped(sentence: str, rng: random.Random) -> str:
    return re.sub(r"(?<=\d)%| percent\b", "", sentence, count=1)


def currency_dropped(sentence: str, rng: random.Random) -> str:
    return re.sub(r"[$£€](?=\d)", "", sentence, count=1)


def tail_invented(sentence: str, rng: random.Random) -> str:
    return sentence.rstrip('.?!”"') + INVENTED


def words_swapped(sentence: str, rng: random.Random) -> str:
    words = sentence.split(" ")
    at = rng.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


REJECTED: list[Callable[[str, random.Random], str]] = [
    *(digit_changed, word_inserted, negation_dropped, hedge_dropped, speaker_swapped),
    *(synonym_swapped, decimal_point_dropped, percent_dropped, currency_dropped, tail_invented),
    words_swapped,
]


def mutated(texts: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Kind of mutation, mutated sentence, its article; only where something changed."""
    rng = random.Random(20231104)
    for text in texts:
        for sentence in sentences(text):
            for mutate in REJECTED:
                result = mutate(sentence, rng)
                # Swapping "had had", or dropping a word at the very end, changes no words.
                if fold(result).text.strip(" .,'") not in fold(text).text:
                    yield mutate.__name__, result, text


def assert_all_rejected(texts: tuple[str, ...], at_least: int) -> None:
    tried: Counter[str] = Counter()
    for kind, quote, text in mutated(texts):
        tried[kind] += 1
        assert locate(quote, text) is None, (kind, quote)
        assert judge_quote(quote, text, {}).verdict in ("stitched", "not_found"), (kind, quote)
    assert tried.total() >= at_least, tried
    assert set(tried) == {mutate.__name__ for mutate in REJECTED}


def test_mutations_of_the_seed_articles_are_rejected() -> None:
    # Four rounds: most mutations choose their place at random.
    assert_all_rejected(4 * (seed_texts() + SIGNED), at_least=2000)


@pytest.mark.skipif(not other_texts(), reason=NO_DATA)
def test_mutations_of_other_articles_are_rejected() -> None:
    assert_all_rejected(other_texts()[:20] + SIGNED, at_least=2000)


# The seeds have no decimal point, so that every kind of mutation meets something to change.
SIGNED = ("Prices were said to fall to -1.5 percent or $2,300 in what may not be the last year.",)

NUMBERS = "It fell to −5 °C and 1.5%, then 15 (or $1,500), 10² m, 3/4, 10:30, 1990–95, B-52 and .5."


@pytest.mark.parametrize(
    "quote",
    [
        *("5", "-15", "1", "500", "102", "10", "2", "3", "4", "30", "1990", "95", "52", "B", "1.5"),
        *("5 °C and", "15%", "1,500", "1500", "B52", "-.5", "fell to 5", "2 m", "1.5, then"),
    ],
)
def test_numbers_are_whole_with_their_signs(quote: str) -> None:
    assert locate(quote, NUMBERS) is None


@pytest.mark.parametrize(
    "quote", ["-5 °C", "1.5%", "15", "$1,500", "10²", "3/4", "10:30", "1990-95", "b-52", ".5"]
)
def test_numbers_are_found_as_they_stand(quote: str) -> None:
    found = locate(quote, NUMBERS)
    assert found is not None
    assert fold(NUMBERS[slice(*found)]).text == fold(quote).text


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("nuclear weapons", "They own non-nuclear weapons."),
        ("can go", "They can't go."),
        ("is open", "It isn't open."),
        ("S. officials", "U.S. officials spoke."),
        ("Ukraine", "Ukraine's army"),
        ("he", "The end"),
        ("", "text"),
        (" … ", "and … so"),
        ("“”", "He said “”."),
    ],
)
def test_no_token_is_cut(quote: str, text: str) -> None:
    assert locate(quote, text) is None


# --- Differences that must be accepted -----------------------------------------------------------


def partial(sentence: str, rng: random.Random) -> str:
    words = sentence.split(" ")
    first = rng.randrange(len(words) - 3)
    return " ".join(words[first : first + rng.randint(3, len(words) - first)])


def typography(sentence: str, rng: random.Random) -> str:
    plain = {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "--", "…": "..."}
    straightened = sentence.translate(str.maketrans(plain))
    return straightened if straightened != sentence else sentence.replace("'", "’")


def soft_hyphen(sentence: str, rng: random.Random) -> str:
    return re.sub(r"(?<=[a-z]{4})(?=[a-z]{3})", "\u00ad", sentence, count=3)


def line_break_hyphen(sentence: str, rng: random.Random) -> str:
    return re.sub(r"(?<=[a-z]{4})(?=[a-z]{3})", "-\n", sentence, count=1)


def ligature(sentence: str, rng: random.Random) -> str:
    return sentence.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ")


def decomposed(sentence: str, rng: random.Random) -> str:
    return sentence.replace("é", "e\u0301").replace("ü", "u\u0308")


ACCEPTED: list[Callable[[str, random.Random], str]] = [
    *(partial, typography, soft_hyphen, line_break_hyphen, ligature, decomposed),
    lambda sentence, rng: sentence.upper(),
    lambda sentence, rng: sentence.replace(" ", "\u00a0"),
    lambda sentence, rng: sentence.replace(" ", " \n  "),
    lambda sentence, rng: f"“{sentence}”",
    lambda sentence, rng: re.sub(r"[.,]$", "", sentence) + ",",
]


@pytest.mark.parametrize("texts", [seed_texts(), other_texts()[:12]], ids=["seeds", "others"])
def test_differences_that_are_no_differences_are_accepted(texts: tuple[str, ...]) -> None:
    rng = random.Random(1)
    for text in texts:
        # A clean quote of an article that was set like that is accepted as well.
        articles = [change(text, rng) for change in ACCEPTED[1:6]]
        for sentence in sentences(text):
            assert all(locate(sentence, article) for article in articles), sentence
            for change in ACCEPTED:
                quote = change(sentence, rng)
                found = locate(quote, text)
                assert found is not None, quote
                start, end = found
                assert judge_quote(quote, text, {}).spans == (found,)
                # The slice is the quote, not something around it.
                assert locate(text[start:end], quote) is not None, (quote, text[start:end])


WORDS = st.sampled_from(
    [
        *("peace", "Straße", "ﬁve", "no", "10²", "½", "-5", "1.5", "$3", "70 %", "U.S.", "isn’t"),
        *(
            "e\u0301t\u00e9",
            "nego-\ntiation",
            "so\u00adft",
            "“so”",
            "—",
            "…",
            "İzmir",
            "東京",
            "...",
            "a",
        ),
        *("6'2\"", "ex-", "(", "\u200b", "1 000 000", "http://x.org/a?b=1", "हिन्दी", "''", "·"),
    ]
)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "\n\n", "\u00a0 ", ""])), max_size=14).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.data())
def test_every_slice_of_whole_tokens_is_found(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.tokens:
        return
    first = data.draw(st.integers(0, len(folded.tokens) - 1))
    last = data.draw(st.integers(first, len(folded.tokens) - 1))
    span = folded.tokens[first][0], folded.tokens[last][1]
    start, end = folded.to_original(*span)
    found = locate(text[start:end], text)
    assert found is not None
    assert fold(text[slice(*found)]).text.strip(" '\"") == fold(text[start:end]).text.strip(" '\"")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.text())
def test_folding_keeps_an_honest_map(text: str, other: str) -> None:
    folded = fold(text)
    position = 0
    for start, end in folded.tokens:
        a, b = folded.to_original(start, end)
        assert 0 <= a < b <= len(text)
        assert a >= position
        assert not text[a:b].isspace()
        position = a
    found = locate(other, text)
    assert found is None or 0 <= found[0] < found[1] <= len(text)


# --- Verdicts ------------------------------------------------------------------------------------

NAMED = (
    "The minister said the war will end next year. Nobody in the capital believes him any more. "
    "“I saw [Putin] there,” she wrote."
)
OTHER = "Prices rose by 3.5 percent in October, the bank said."


@pytest.mark.parametrize(
    ("quote", "verdict", "pieces"),
    [
        ("the war will end next year", "exact", 1),
        ("I saw [Putin] there", "exact", 1),
        ("Prices rose by 3.5 percent", "misattributed", 1),
        ("the war will end next year in the capital believes him", "stitched", 2),
        ("in the capital believes him any more the minister said the war", "stitched", 2),
        ("The minister said … nobody in the capital believes him", "stitched", 2),
        ("The minister said ... next year", "stitched", 2),
        ("The minister said [on Monday] the war will end", "stitched", 2),
        ("[T]he war will end next year", "stitched", 1),
        ("the war will end, next year", "stitched", 1),
        ("the war will not end next year", "not_found", 0),
        ("war … year", "not_found", 0),
        ("the war … is over for good", "not_found", 0),
        ("Prices rose by 35 percent", "not_found", 0),
        ("…", "not_found", 0),
        ("", "not_found", 0),
    ],
)
def test_verdicts(quote: str, verdict: str, pieces: int) -> None:
    judgement = judge_quote(quote, NAMED, {"a": "Nothing here.", "b": OTHER})
    assert judgement.verdict == verdict
    assert len(judgement.spans) == pieces
    assert judgement.article_id == ("b" if verdict == "misattributed" else None)
    home = OTHER if verdict == "misattributed" else NAMED
    folded = fold(quote).text
    for start, end in judgement.spans:
        assert set(fold(home[start:end]).text.split()) <= set(
            re.sub(r"\[(\w)\]", r"\1", folded).replace(",", "").split()
        ) | {"putin]", "[putin]"}


def test_real_sentences_are_told_apart_by_article() -> None:
    texts = {str(n): text for n, text in enumerate(seed_texts())}
    for name, text in texts.items():
        others = {other: t for other, t in texts.items() if other != name}
        for sentence in sentences(text):
            if any(locate(sentence, t) for t in others.values()):
                continue
            assert judge_quote(sentence, text, others).verdict == "exact"
            elsewhere = judge_quote(sentence, "No article.", texts)
            assert (elsewhere.verdict, elsewhere.article_id) == ("misattributed", name)


# --- Quotations in prose -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said “we are ready” and left.", ["we are ready"]),
        ('He said "we are ready" and left.', ["we are ready"]),
        ("Il a dit «nous sommes prêts» hier.", ["nous sommes prêts"]),
        ("Er sagte „wir sind bereit“ und »fertig«.", ["wir sind bereit", "fertig"]),
        ("He said ‘we won’t go’ and left.", ["we won’t go"]),
        ("He said 'we won't go' and left.", ["we won't go"]),
        ("“A ‘delicate’ matter,” he said.", ["A ‘delicate’ matter,"]),
        ("“outer “inner” outer”", ["outer “inner” outer"]),
        ("Ukraine's and the officials' talks aren't over.", []),
        ("Ukraine’s and the officials’ talks aren’t over.", []),
        ("Rock 'n' roll of the '90s and the ‘80s", []),
        ('A 6\'2" man and a 27" screen', []),
        ("“He never closed it.\nA new paragraph.", ["He never closed it."]),
        ('“ ” "" «»', []),
        ('(“open”) ["shut"]', ["open", "shut"]),
    ],
)
def test_quotations_in_prose(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find_quoted_strings(text)] == found


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab '\"“”‘’«»„\n"))
def test_quotations_are_slices_in_order(text: str) -> None:
    position = 0
    for start, end in find_quoted_strings(text):
        assert position < start < end <= len(text)
        assert re.search(r"\w", text[start:end])
        position = end
