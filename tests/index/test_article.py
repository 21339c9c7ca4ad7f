import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from index._article import Article, Passage, derive_id, sha256_hex


@given(st.text(), st.text(), st.text())
def test_derived_ids_are_safe_and_follow_the_source(name: str, source: str, other: str) -> None:
    found = derive_id(name, source)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found)
    assert len(found) <= 40 + 1 + 16
    assert found == derive_id(name, source)
    assert (found == derive_id(name, other)) == (source == other)


def test_derived_id_can_be_read() -> None:
    assert derive_id("Žižek: “On Ljubljana”", "a.txt").startswith("zizek-on-ljubljana-")
    assert re.fullmatch("[0-9a-f]{16}", derive_id("文章", "a.txt"))


def test_hash_accepts_what_utf8_does_not() -> None:
    assert sha256_hex("a\ud800") != sha256_hex("a\ud801")
    assert sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_fields_that_follow_from_others() -> None:
    article = Article("a", "a.txt", "Text.", published="2023-11-04T23:30:00-05:00")
    assert article.published_day == date(2023, 11, 4)
    assert Article("a", "a.txt", "Text.").published_day is None
    assert article.text_sha256 == sha256_hex("Text.")
    assert Passage("a#1", 12, 0, 4, "Text", 0, 0).id == "a#1#12"
