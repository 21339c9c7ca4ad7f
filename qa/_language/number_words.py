"""The words for numbers in English, and what they stand for: behind ``qa._language.quantities``."""

from __future__ import annotations

_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINAL_WORDS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"
CARDINALS = {word: n for n, word in enumerate(_SMALL_WORDS.split())} | {
    word: 10 * n for n, word in enumerate(_TENS_WORDS.split(), 2)
}
ORDINALS = {word: n for n, word in enumerate(_ORDINAL_WORDS.split())} | {
    word: 10 * n for n, word in enumerate(_ORDINAL_TENS.split(), 2)
}
PLURALS = {"dozens": 12, "hundreds": 10**2, "thousands": 10**3, "millions": 10**6} | {
    "billions": 10**9,
    "trillions": 10**12,
}
MANY = {"tens": 10, "scores": 20, "dozens": 12, "hundreds": 10**2}
NUMBER_WORDS = frozenset((*CARDINALS, *ORDINALS, *PLURALS))
SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
SUFFIX_SCALES = {
    "k": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "bn": 10**9,
    "b": 10**9,
    "tn": 10**12,
}
MULTIPLES = {"both": 2, "twice": 2, "pair": 2, "couple": 2, "triple": 3, "double": 2}
WHOLE_SCALES = frozenset((10**3, 10**6, 10**9, 10**12))
FRACTIONS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
# "A third of"; but "a third World War" is no share of anything.
AFTER_SHARES = ("", "of", "said", "would", "will", "have", "had", "are", "were", "support")
CURRENCIES = {
    "dollar": "$",
    "euro": "€",
    "pound": "£",
    "yen": "¥",
    "yuan": "¥",
    "rupee": "₹",
    "rouble": "₽",
    "ruble": "₽",
    "hryvnia": "₴",
}
