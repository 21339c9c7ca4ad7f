"""The support check, on claims about real sentences: true ones pass, altered ones do not."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from real_text import NO_DATA, other_texts, seed_texts, sentence_with, sentences

from qa._language.names import names
from qa._verify.cited import CitedQuote
from qa._verify.support import check_support

HERE = Path(__file__).parents[1]
MONTHS = ["January", "February", "March", "April", "June", "July", "August", "November"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
STRANGERS = ["Obama", "Sunak", "Trudeau", "Bolsonaro", "Toyota", "Chelsea", "Lisbon", "Peru"]


def load(name: str, texts: tuple[str, ...]) -> list[dict[str, Any]]:
    cases = yaml.safe_load((HERE / name).read_text())
    return [case | {"quote": sentence_with(case["sentence"], texts)} for case in cases]


def kinds(
    claim: str, *quotes: str | CitedQuote, questions: Sequence[str] | None = None
) -> set[str]:
    result = check_support(claim, quotes, questions=questions or [])
    assert result.supported == (not result.objections)
    return {objection.kind for objection in result.objections}


def assert_rates(cases: list[dict[str, Any]]) -> None:
    """At most 5 % false alarms, at least 95 % of the false claims caught for the right reason."""
    true = [(claim, case) for case in cases for claim in case["supported"]]
    false = [
        (kind, claim, case)
        for case in cases
        for item in case.get("unsupported", [])
        for kind, claim in item.items()
    ]
    alarms = [c for c, case in true if kinds(c, case["quote"], questions=case.get("context"))]
    missed = [
        claim
        for kind, claim, case in false
        if kind not in kinds(claim, case["quote"], questions=case.get("context"))
    ]
    assert len(alarms) <= 0.05 * len(true), alarms
    assert len(missed) <= 0.05 * len(false), missed


def test_claims_about_the_seed_articles() -> None:
    cases = load("claims_seeds.yaml", seed_texts())
    assert sum(len(case["supported"]) for case in cases) >= 100
    assert_rates(cases)


@pytest.mark.skipif(not other_texts(), reason=NO_DATA)
def test_claims_about_articles_the_check_was_not_tuned_on() -> None:
    assert_rates(load("claims_held_out.yaml", other_texts()))


def test_a_claim_does_not_follow_from_other_sentences_on_the_same_subject() -> None:
    cases = load("claims_seeds.yaml", seed_texts())
    question = "What do US officials say about talks of Russia, Ukraine, Putin and Zelensky?"
    others = [sentence for text in seed_texts() for sentence in sentences(text)]
    rng = random.Random(7)
    pairs = [
        (claim, other)
        for case in cases
        for claim in case["supported"]
        for other in rng.sample(others, 20)
        if case["sentence"] not in other
    ]
    passed = [
        pair for pair in pairs if check_support(*_single(pair), questions=[question]).supported
    ]
    assert len(passed) <= 0.005 * len(pairs), passed


def _single(pair: tuple[str, str]) -> tuple[str, list[str]]:
    return pair[0], [pair[1]]


# --- Alterations by program --------------------------------------------------------------------


def shortened(sentence: str) -> str:
    """The sentence up to its first subordinate clause, as a model that is told to be short."""
    cuts = re.finditer(r", (?:which|who|while|but|and|with|as|after)\b| while | which ", sentence)
    for cut in cuts:
        if len(sentence[: cut.start()].split()) >= 6:
            return sentence[: cut.start()] + "."
    return sentence


def alterations(
    claim: str, quote: str, rng: random.Random, strangers: list[str]
) -> Iterator[tuple[str, str]]:
    """Each kind of alteration that ``claim`` has a place for, made once."""
    digits = list(re.finditer(r"\d", claim))
    if digits:
        digit = rng.choice(digits)
        other = str((int(digit[0]) + rng.randint(1, 8)) % 10)
        yield "number", claim[: digit.start()] + other + claim[digit.end() :]
    for calendar in (MONTHS, WEEKDAYS):
        if date := re.search(rf"\b(?:{'|'.join(calendar)})\b", claim):
            other = rng.choice([word for word in calendar if word not in quote])
            yield "date", claim[: date.start()] + other + claim[date.end() :]
    stranger = rng.choice([name for name in strangers if name.lower() not in quote.lower()])
    named = [name.text for name in names(claim) if name.text in claim]
    if named:
        yield "name", re.sub(rf"\b{re.escape(rng.choice(named))}\b", stranger, claim)
    if speaker := re.search(r"\b([A-Z]\w+) (?:said|told|warned|added|stated)\b", claim):
        yield "speaker", claim[: speaker.start()] + stranger + claim[speaker.end(1) :]
    if verb := re.search(r"\b(?:is|are|was|were|has|have|will|would)\b(?! (?:not|only))", claim):
        yield "not inserted", claim[: verb.end()] + " not" + claim[verb.end() :]
    if negation := re.search(r"n['’]t\b| not\b(?! (?:only|just|simply))", claim):
        yield "not dropped", claim[: negation.start()] + claim[negation.end() :]
    if hedge := re.search(r"\b(?:may|might) (?=\w+)", claim):
        yield "hedge hardened", claim[: hedge.start()] + "will " + claim[hedge.end() :]


def assert_alterations_caught(texts: tuple[str, ...], at_least: int) -> None:
    rng = random.Random(20240507)
    tried: Counter[str] = Counter()
    missed: dict[str, list[str]] = {}
    alarms, claims = [], 0
    for quote in (sentence for text in texts for sentence in sentences(text)):
        claim = shortened(quote)
        claims += 1
        if kinds(claim, quote):
            alarms.append(claim)
        for kind, altered in alterations(claim, quote, rng, STRANGERS):
            tried[kind] += 1
            if not kinds(altered, quote):
                missed.setdefault(kind, []).append(altered)
    assert len(alarms) <= 0.01 * claims, alarms
    assert tried.total() >= at_least
    for kind, claims_missed in missed.items():
        # Dropping "not" or "may" leaves a sentence that is often true elsewhere in the quote.
        bound = 0.15 if kind in ("not dropped", "hedge hardened") else 0.05
        assert len(claims_missed) <= max(2, bound * tried[kind]), (kind, claims_missed)


def test_altered_sentences_of_the_seed_articles() -> None:
    assert_alterations_caught(seed_texts(), at_least=200)


@pytest.mark.skipif(not other_texts(), reason=NO_DATA)
def test_altered_sentences_of_other_articles() -> None:
    assert_alterations_caught(other_texts()[::3], at_least=800)


# --- Single rules ------------------------------------------------------------------------------

SURVEY = "The survey, published on Monday, found that 70% of Russians would support Putin."


@pytest.mark.parametrize(
    ("claim", "known", "expected"),
    [
        ("70% of Russians would support Putin.", {}, set()),
        # What is known of the article bears out names, numbers and dates, and nothing else.
        ("CNN wrote that 70% of Russians would support Putin.", {}, {"name"}),
        ("CNN wrote that 70% of Russians would support Putin.", {"outlet": "CNN"}, set()),
        ("In 2023 70% of Russians would support Putin.", {}, {"number"}),
        ("In 2023 70% of Russians would support Putin.", {"published": "2023-11-08T09Z"}, set()),
        ("On 6 November 70% of Russians would support Putin.", {"published": "2023-11-08"}, set()),
        ("On 7 November 70% would support Putin.", {"published": "2023-11-08"}, {"date"}),
        ("70% would support “Putin”.", {}, set()),
        ("70% would support “Mr Putin”.", {}, {"quotation"}),
        ("70% would support ‹Mr Putin›.", {}, {"quotation"}),
        ("70% would support 「Mr Putin」.", {}, {"quotation"}),
        ("70% would support ＂Mr Putin＂.", {}, {"quotation"}),
        # Marks around the whole name of an outlet, or a title, quote nobody who is not said to.
        ("'The Wire' wrote that 70% would support Putin.", {"outlet": "The Wire"}, set()),
        ("'The Wire' said that 70% would support Putin.", {"outlet": "The Wire"}, set()),
        ("In “Putin wins”, 70% would support Putin.", {"title": "Putin wins"}, set()),
        ("70% would support “a Wire”.", {"title": "All of a Wire"}, {"quotation"}),
        ("70% would support Putin, who said “Putin wins”.", {"title": "Putin wins"}, {"quotation"}),
        ("“Putin wins”, said 70% of Russians.", {"title": "Putin wins"}, {"quotation"}),
        ("Yes.", {}, {"topic"}),
        ("", {}, {"topic"}),
    ],
)
def test_what_is_known_of_the_article(
    claim: str, known: dict[str, str], expected: set[str]
) -> None:
    assert kinds(claim, CitedQuote(SURVEY, **known)) == expected


def test_questions_quote_nobody_and_count_nothing_that_quotes_count_otherwise() -> None:
    assert kinds("The harvest was good.", SURVEY, questions=["Was the harvest good?"]) == {"topic"}
    survey = "Putin is “near”, the survey of Russians found."
    assert kinds("Putin is “near peace”, the survey found.", survey, questions=["near peace"]) == {
        "quotation"
    }
    flood = "On 9 June 2023 about 300 people died in the flood."
    asked = ["Did 500 people die in the flood on 3 May 2023?"]
    assert not kinds("In the flood 300 people died.", flood, questions=asked)
    assert kinds("In the flood 500 people died.", flood, questions=asked) == {"number"}
    assert kinds("On 3 May 2023 300 people died.", flood, questions=asked) == {"date"}
    assert not kinds("On 3 May 2023 people died.", "People died in the flood.", questions=asked)


@pytest.mark.parametrize("marks", ['""', "“”", "„“"])
def test_a_claim_that_stops_at_a_quotation_mark_is_broken_off(marks: str) -> None:
    quote = f"Key said that redesigning the flag now has a {marks[0]}strong rationale{marks[1]}."
    begun, whole = (
        quote.split(f" {marks[0]}", maxsplit=1)[0],
        quote.replace(marks[0], "").replace(marks[1], ""),
    )
    assert kinds(begun, quote) == kinds(f"{begun} ", quote) == {"broken_off"}
    for claim in (quote, whole, whole.rstrip("."), "Redesigning the flag has a strong rationale"):
        assert kinds(claim, quote) == set()


@pytest.mark.parametrize(
    ("quote", "claim", "expected"),
    [
        ("Officials did not rule out talks.", "Officials did not rule out talks.", set()),
        ("Officials did not rule out talks.", "Officials ruled out talks.", {"negation"}),
        ("Officials ruled out talks.", "Officials did not rule out talks.", {"negation"}),
        ("Iran denied that it sold drones.", "Iran sold drones.", {"negation"}),
        ("Iran denied selling drones.", "Iran did not sell drones, it says.", set()),
        ("Iran said it sold drones.", "Iran denied it sold drones.", {"negation"}),
        ("The sides are unlikely to meet.", "The sides are likely to meet.", {"negation"}),
        ("The court found him guilty.", "The court found him innocent.", {"negation"}),
        ("He met his wife in the northeast.", "She met her wife in the northeast.", {"negation"}),
        ("He met his wife in the northeast.", "He met his wife in the south.", {"negation"}),
        ("He met his wife in the northeast.", "In the northeast he met his wife.", set()),
        ("No. 2 seed Nadal won.", "Nadal, the No. 2 seed, won.", set()),
        ("He may resign, an aide said.", "He resigned, an aide said.", {"modality"}),
        ("He may resign, an aide said.", "It is possible that he resigns.", set()),
        ("It might ship with ports you can use.", "It will ship with ports.", {"modality"}),
        ("It might ship with ports you can use.", "It will possibly ship with ports.", set()),
        ("The navy reportedly saved 200 sailors.", "The navy saved 200 sailors.", {"modality"}),
        ("The navy reportedly saved 200 sailors.", "The navy saved 200, it is reported.", set()),
        ("“We never sold it,” he said.", "He denied, “We never sold it.”", {"negation"}),
        ("“We never sold it,” he said.", "He denied that they ever sold it.", set()),
        ("He said he would resign in May.", "He said he will resign in May.", set()),
    ],
)
def test_negation_and_modality(quote: str, claim: str, expected: set[str]) -> None:
    assert kinds(claim, quote) == expected


@pytest.mark.parametrize(
    ("quote", "claim", "expected"),
    [
        ("Lavrov told Blinken that talks failed.", "Lavrov said talks failed.", set()),
        ("Lavrov told Blinken that talks failed.", "Blinken said talks failed.", {"speaker"}),
        ("“Talks failed,” said Lavrov, who met Blinken.", "Lavrov said talks failed.", set()),
        ("Talks failed, officials said.", "NATO reported that talks failed.", set()),
        ("Talks failed, officials said.", "NATO said that talks failed.", {"speaker"}),
        ("Talks failed, officials said.", "NATO said officials think talks failed.", set()),
        ("“Talks failed,” he said.", "NATO said talks failed.", set()),
        ("Talks failed, according to Lavrov.", "Lavrov said the talks failed.", set()),
        ("Hill, a critic of Putin, said talks failed.", "Putin said talks failed.", {"speaker"}),
        ("Orr said Hill was told to go by Putin.", "Putin said Hill was told to go.", {"speaker"}),
        ("“It is over,” said Orr after a call with Hill.", "“It is over,” said Hill.", {"speaker"}),
        ("“It is over,” said Orr after a call with Hill.", "It is over, said Orr.", set()),
        (
            "Orr said it is over; Hill, a judge, knew.",
            "Hill, a judge, said it is over.",
            {"speaker"},
        ),
        ("Hill, a judge, said it is over.", "It is over, said Hill, a judge.", set()),
        ("According to Orr, Hill lost it.", "According to Hill, Hill lost it.", {"speaker"}),
        ("According to the head of NATO, Hill, it is lost.", "Hill said it is lost.", set()),
        ("Orr, Hill and Key said it is over.", "Hill said it is over.", set()),
        ("Orr tweeted that Hill lost it.", "Hill tweeted that Hill lost it.", {"speaker"}),
        ("Orr believes that Hill lost it.", "Hill believes that Hill lost it.", {"speaker"}),
        ("Hill wants the talks to end, Orr said.", "Hill hopes the talks end.", set()),
    ],
)
def test_speakers(quote: str, claim: str, expected: set[str]) -> None:
    assert kinds(claim, quote, questions=["What did NATO say?"]) == expected


def test_an_outlet_may_report_what_others_say_but_not_say_it() -> None:
    quote = CitedQuote("Talks failed, according to Lavrov.", outlet="Harbour Post")
    asked = ["Did Putin say that talks failed?"]
    assert not kinds("Harbour Post reported that talks failed.", quote)
    assert kinds("Harbour Post said that talks failed.", quote) == {"speaker"}
    assert kinds("Putin reported that talks failed.", quote, questions=asked) == {"speaker"}


def test_the_day_of_publication_bears_out_no_other_date_or_number() -> None:
    friday = "On Friday the navy saved two boats near Aceh; a storm struck in October."
    quote = CitedQuote(friday, published="2023-11-06")  # a Monday
    assert not kinds("On Friday the navy saved two boats.", quote)
    assert not kinds("On 3 November 2023 the navy saved two boats.", quote)
    assert kinds("On Monday the navy saved two boats.", quote) == {"date"}
    assert kinds("In December a storm struck near Aceh.", quote) == {"date"}
    assert kinds("On Friday the navy saved six boats.", quote) == {"number"}


def test_years_may_be_resolved_from_the_day_of_publication() -> None:
    quote = CitedQuote("Prices rose last year.", published="2023-11-08")
    assert not kinds("In 2022 prices rose.", quote)
    assert kinds("In 2021 prices rose.", quote) == {"number"}


def test_each_quote_counts_from_the_day_of_its_own_article() -> None:
    fell = CitedQuote("The old bridge in Tarn fell yesterday.", published="2023-06-10")
    built = CitedQuote(
        "On 4 November the old bridge fell. It opened in May 1950.", published="2023-12-01"
    )
    other = CitedQuote("The old bridge in Tarn was examined.", published="2023-05-04")
    assert not kinds("The old bridge fell on 9 June 2023.", fell, other)
    assert kinds("The old bridge fell on 3 May 2023.", fell, other) == {"date"}
    assert not kinds("The old bridge fell on 4 November 2023.", built)
    assert kinds("The old bridge fell on 4 November 1950.", built) == {"date"}


def test_a_number_must_count_the_same_thing() -> None:
    quote = (
        "In the survey conducted in Russia, 70% of Russians would support their president if he "
        "decided to end the war against Ukraine this week."
    )
    assert not kinds("70% of Russians would support their president.", quote)
    assert kinds("70% of Ukraine would support their president.", quote) == {"number"}
    assert kinds("He sat there for 30 days.", "He sat there for 30 hours.") == {"number"}


@pytest.mark.parametrize(
    ("quote", "claim", "expected"),
    [
        ("Hundreds died in floods.", "Thousands died in floods.", {"number"}),
        ("Tens of thousands of refugees fled.", "Thousands of refugees fled.", set()),
        ("Some 2,300 refugees fled.", "Thousands of refugees fled.", set()),
        ("Three people died in Lyon.", "One person died in Lyon.", {"number"}),
        ("It was the second attack on Lyon.", "It was the first attack on Lyon.", {"number"}),
        ("A man died and three people fled.", "One man died in it.", set()),
        ("At least 15 soldiers died.", "At most 15 soldiers died.", {"number"}),
        ("Up to 50 planes burned.", "At least 50 planes burned.", {"number"}),
        ("No more than 50 planes burned.", "Up to 50 planes burned.", set()),
        ("More than 900 people fled.", "Over 900 people fled.", set()),
        ("It opens at 5 a.m. in Lyon.", "It opens at 5 p.m. in Lyon.", {"number"}),
        ("It opens from 5 to 7 p.m. in Lyon.", "It opens at 5pm in Lyon.", set()),
        ("The shop in Lyon opens at 17:30.", "The shop in Lyon opens at 5.30 p.m.", set()),
        ("The front is 50 miles long.", "The front is 50 kilometres long.", {"number"}),
        ("The front is 50 kilometers long.", "The front is 50 km long.", set()),
        (
            "Kyiv sold 3 million dollars of grain.",
            "Kyiv sold 3 million tonnes of grain.",
            {"number"},
        ),
        ("They voted after 5 May.", "They voted before 5 May.", {"date"}),
        ("They vote next month in Lyon.", "They vote last month in Lyon.", {"date"}),
        ("Some of the hostages were freed.", "All hostages were freed.", {"number"}),
        ("Few voters want the plan.", "Many voters want the plan.", {"number"}),
        ("All hostages were freed.", "Some hostages were freed.", set()),
        ("Not only Poland sent tanks.", "Only Poland sent tanks.", {"negation"}),
        ("The strike was legal, the court said.", "The strike was illegal.", {"negation"}),
        ("The court called it irresponsible.", "The court called it responsible.", {"negation"}),
        ("The bridge is not safe, he said.", "The bridge is unsafe.", set()),
        ("Its main port took imports of oil.", "Oil came to its port.", set()),
        ("Fewer than 100 troops remain.", "Under 100 troops remain.", set()),
        ("Under 100 troops remain.", "Fewer than 100 troops remain.", set()),
    ],
)
def test_amounts_sides_and_opposites(quote: str, claim: str, expected: set[str]) -> None:
    assert kinds(claim, quote) == expected


@pytest.mark.parametrize(
    ("quote", "claim", "expected"),
    [
        ("Russia plans to withdraw its troops.", "Russia withdrew its troops.", {"modality"}),
        ("Russia plans to withdraw its troops.", "Russia will withdraw its troops.", set()),
        ("Orr is expected to be released today.", "Orr was released today.", {"modality"}),
        ("Orr is expected to be released today.", "Orr will be released today.", set()),
        ("Orr urged both sides to accept the plan.", "Both sides accepted the plan.", {"modality"}),
        ("Orr tried to cut costs and raised fees.", "Orr raised fees.", set()),
        ("Demand led Orr to raise its fees.", "Orr raised its fees.", set()),
        ("He was asked to leave, and left the room.", "He left the room.", set()),
        ("They called police to report a theft.", "They reported a theft to police.", set()),
        ("If Orr wins, taxes will rise.", "Taxes will rise.", {"modality"}),
        ("If Orr wins, taxes will rise.", "Taxes will rise if Orr wins.", set()),
        ("Even if Orr wins, taxes will rise.", "Taxes will rise.", set()),
        ("“If it rains, run,” Orr said; fees will rise.", "Fees will rise.", set()),
        ("Orr repeated false claims that Key stole it.", "Key stole it.", {"negation"}),
        ("Orr repeated false claims that Key stole it.", "Orr falsely said Key stole it.", set()),
        ("It is a myth that vaccines kill children.", "Vaccines kill children.", {"negation"}),
        ("Orr, once called a liar, said Key stole it.", "Key stole it, Orr said.", set()),
    ],
)
def test_what_is_planned_supposed_or_called_false_is_not_so(
    quote: str, claim: str, expected: set[str]
) -> None:
    assert kinds(claim, quote) == expected
