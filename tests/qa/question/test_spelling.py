"""Words that an archive writes otherwise."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

import pytest
from hash_embedding import HashEmbedding
from hypothesis import given
from hypothesis import strategies as st

from index import Archive
from qa._question.spelling import edits, is_word, slips, sound, spellings

TRANSLITERATED = [
    "Zelensky Zelenskyy Zelenskiy Zelenski Zelenskij",
    "Dmitry Dmitri Dmitriy Dmitrij",
    "Sergei Sergey Sergej",
    "Aleksei Aleksey Alexei Alexey",
    "Lavrov Lawrow",
    "Kharkiv Harkiv",
    "Naryshkin Narishkin",
    "Chekhov Chehov",
]


@pytest.mark.parametrize("names", TRANSLITERATED)
def test_transliterations_of_a_name_sound_the_same(names: str) -> None:
    assert len({sound(name) for name in names.split()}) == 1


@pytest.mark.parametrize(
    "names", ["Putin Paton", "Biden Baden", "Sullivan Solovyov", "Kerry Carey", "Milley Miller"]
)
def test_different_names_do_not(names: str) -> None:
    assert len({sound(name) for name in names.split()}) == 2


def brute_force(one: str, other: str) -> int:
    """Optimal string alignment, by its definition."""
    if not one or not other:
        return len(one) + len(other)
    found = [
        brute_force(one[:-1], other) + 1,
        brute_force(one, other[:-1]) + 1,
        brute_force(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1 < len(other):
        found.append(brute_force(one[:-2], other[:-2]) + 1)
    return min(found)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 4))
def test_edits_are_counted_as_defined(one: str, other: str, most: int) -> None:
    exact = brute_force(one, other)
    assert edits(one, other, 10) == exact
    assert (edits(one, other, most) <= most) == (exact <= most)


TEXT = (
    "Zelensky met Sergey Lavrov in Kyiv. The parliament of Ukraine voted on the negotiations."
    " The government was accused of corruption by Deng, and the parties announced elections."
)


@pytest.fixture
def archive(tmp_path: Path, hash_embedding: HashEmbedding) -> Archive:
    (tmp_path / "a.txt").write_text(TEXT)
    archive = Archive.open(tmp_path / "home", embedding=hash_embedding)
    archive.sync([tmp_path / "a.txt"])
    return archive


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Zelenskyy say?", ("Zelenskyy", "Zelensky", True)),
        ("What did Zelenskij's wife say?", ("Zelenskij", "Zelensky", True)),
        ("Who fled from Kiev?", ("Kiev", "Kyiv", True)),
        ("Who is Sergei?", ("Sergei", "Sergey", True)),
        ("what did the parliment vote", ("parliment", "parliament", True)),
        ("what about negotations", ("negotations", "negotiations", True)),
        ("why the goverment", ("goverment", "government", True)),
        ("what eletcions", ("eletcions", "elections", True)),
        ("Why did Sregey Lavrov resign?", ("Sregey", "Sergey", True)),
        ("Was Lavrov's Goverment accused?", ("Goverment", "Government", True)),
    ],
)
def test_what_the_archive_writes_otherwise(
    archive: Archive, question: str, expected: tuple[str, str, bool]
) -> None:
    with archive:
        ((found),) = spellings(archive, question)
    assert (found.written, found.others[0], found.unknown) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What did Zelensky say in Kyiv about corruption?",
        "Who denies it?",  # near the stem of Deng, and not near Deng
        "Who votes for coverage of the elective tanks of Vienna?",  # plain words and names
        "Who is Lavra?",  # two letters from Lavrov
        "Where are the particles?",
        "What did Sergy Zelensky say?",  # one letter from Lavrov's first name
        "Who is Dang?",  # of four letters, with nothing beside it
        "Did Dang Lavrov resign?",
        "Who is Marten?",
        "日本の首相は誰ですか",
        "",
    ],
)
def test_nothing_is_made_of_words_that_are_only_absent(archive: Archive, question: str) -> None:
    with archive:
        assert spellings(archive, question) == []


def test_a_name_is_mended_by_the_rest_of_it_and_no_name_is_a_plain_word(
    tmp_path: Path, hash_embedding: HashEmbedding
) -> None:
    (tmp_path / "a.txt").write_text("Taylor Swift sang. A tailor and a soft voice were heard.")
    with Archive.open(tmp_path / "home", embedding=hash_embedding) as archive:
        archive.sync([tmp_path / "a.txt"])
        for question, mended in (
            ("Who is Taylor Swft?", {"Swft": "Swift"}),
            ("Who is Tylor Swift?", {"Tylor": "Taylor"}),
            ("Who is Taylor Swift?", {}),
            ("Who is Swft?", {}),
            ("Who is Anna Swft?", {}),
        ):
            found = {s.written: s.others[0] for s in spellings(archive, question)}
            assert found == mended, question


def test_typing_errors_in_real_words_are_mended(
    seeds_archive: Archive,
) -> None:
    """One error of each of the four kinds in words of the seed articles."""
    draw = random.Random(3)
    words = {
        word.strip(".,“”’\"'()")
        for article in seeds_archive.articles()
        for word in article.text.split()
    }
    chosen = draw.sample(sorted(w for w in words if w.isalpha() and w.isascii() and len(w) > 6), 60)
    mended = tried = 0
    for word in chosen:
        at = draw.randrange(1, len(word) - 2)
        wrong = draw.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + "q" + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
        if seeds_archive.holding(wrong) or is_word(wrong):
            continue
        tried += 1
        found = spellings(seeds_archive, f"what about {wrong}")
        term = seeds_archive.index_term(word)
        mended += any(seeds_archive.index_term(s.others[0]) == term for s in found)
    assert mended >= 0.9 * tried > 40


WELL_WRITTEN = (
    "tanks wheat policing finances carries stopped making withdrawing settler mayors misusing"
)
MISSPELT = (
    "goverment eletcions collectino negoiators offerrs sellling involveed struggld considerrd"
)


@pytest.mark.parametrize("word", WELL_WRITTEN.split())
def test_known_words_and_their_inflections_are_words(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("word", MISSPELT.split())
def test_misspelt_words_are_none(word: str) -> None:
    assert not is_word(word)


@given(st.text("abcdefgh", min_size=2, max_size=7))
def test_slips_are_the_words_one_edit_away_with_the_same_first_letter(typed: str) -> None:
    assert all(edits(typed, slip, 2) == 1 and slip[0] == typed[0] for slip in slips(typed))
    assert all(typed in slips(slip) for slip in slips(typed) if len(slip) > 1)


def test_names_of_the_seed_articles_that_sound_alike_are_alike(seeds_archive: Archive) -> None:
    """No two different capitalised words of theirs are taken for one name."""
    names = {
        word.strip(".,“”\"'()").removesuffix("’s").removesuffix("'s")
        for article in seeds_archive.articles()
        for word in article.text.split()
        if word[:1].isupper() and len(word) > 5
    }
    alike = {
        frozenset((one, other))
        for one, other in combinations(sorted(n for n in names if n.isalpha()), 2)
        if sound(one) == sound(other) and one.lower() != other.lower()
    }
    for pair in alike:
        one, other = sorted(pair)
        assert edits(one.lower(), other.lower(), 3) <= 2, pair
