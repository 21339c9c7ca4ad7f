import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import ARTICLE, PARAGRAPHS, read, write

from index._readers.encodings import decode, repair
from index._readers.plain_text import stated_at_top
from index._readers.stated import iso_date, label

SHARED = Path(__file__).parents[3].parent / "shared" / "data"

# --- encodings ------------------------------------------------------------------------------

SAMPLES = {
    "cp1250": "Rzecznik rządu powiedział w środę, że żołnierze przekroczyli granicę. Źródła "
    "zbliżone do ministerstwa potwierdziły tę wiadomość.",
    "cp1251": "Президент заявил в среду, что переговоры продолжатся на следующей неделе.",
    "koi8_r": "Президент заявил в среду, что переговоры продолжатся на следующей неделе.",
    "cp1252": "Le président a déclaré mercredi que les négociations se poursuivraient à l’Élysée.",
    "iso8859_2": "Předseda vlády řekl, že příští týden navštíví Ukrajinu. Žádné další podrobnosti.",
    "cp1254": "Cumhurbaşkanı çarşamba günü görüşmelerin gelecek hafta süreceğini söyledi.",
    "mac_roman": "The minister said it was “too early” to tell. It’s over, he told reporters.",
    "cp1253": "Ο πρωθυπουργός δήλωσε την Τετάρτη ότι οι διαπραγματεύσεις θα συνεχιστούν.",
    "cp1255": "הנשיא אמר ביום רביעי שהשיחות יימשכו בשבוע הבא.",
    "cp1256": "قال الرئيس يوم الأربعاء إن المفاوضات ستستمر الأسبوع المقبل.",
    "gb18030": "总统星期三表示，谈判将在下周继续进行。政府没有透露更多细节。",
    "big5": "總統星期三表示，談判將在下週繼續進行。政府沒有透露更多細節。",
    "shift_jis": "首相は水曜日、交渉は来週も続くと述べた。政府は詳細を明らかにしていない。",
    "euc_kr": "대통령은 수요일에 협상이 다음 주에도 계속될 것이라고 밝혔다.",
}


@pytest.mark.parametrize("encoding", SAMPLES)
def test_an_encoding_that_is_not_stated_is_found_and_said(tmp_path: Path, encoding: str) -> None:
    data = SAMPLES[encoding].encode(encoding)

    [document], [failure] = read(write(tmp_path / "a.txt", data))

    assert document.text == SAMPLES[encoding]
    assert document.original == data
    assert failure.reason.startswith("not UTF-8, read as ")
    assert not failure.fatal


@pytest.mark.parametrize("text", SAMPLES.values())
def test_every_script_is_kept(tmp_path: Path, text: str) -> None:
    [document], [] = read(write(tmp_path / "a.txt", text))
    [record], [] = read(write(tmp_path / "a.json", {"text": text, "title": text[:20]}))

    assert document.text == record.text == text
    assert record.title == text[:20].strip()


@pytest.mark.parametrize("text", SAMPLES.values())
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_mojibake_is_repaired_and_the_bytes_kept(tmp_path: Path, text: str, wrong: str) -> None:
    try:
        broken = text.encode().decode(wrong)
    except UnicodeDecodeError:
        pytest.skip("this text cannot be broken in this way")
    [document], [failure] = read(write(tmp_path / "a.txt", broken))
    [record], _ = read(write(tmp_path / "a.json", {"text": broken}))

    assert document.text == record.text == text
    assert document.original == record.original == broken.encode()
    assert "mojibake" in failure.reason
    assert not failure.fatal


@pytest.mark.parametrize(
    "text",
    ["It was written cafÃ© on the menu, and café on the door.", "L’État – c’est moi", "Ã", "ÂÃÄÅ",
     "DÉJÀ VU À ÂGE ÉGAL", "5 × 3 ÷ 2 = 7½", "Đà Nẵng, Việt Nam", "Øystein Åsen på Ærø"],
)  # fmt: skip
def test_what_is_not_certainly_mojibake_is_left_alone(text: str) -> None:
    assert repair(text) is None


@given(st.text())
def test_a_repair_can_be_undone(text: str) -> None:
    found = repair(text)

    if found is not None:
        undone, rounds = found, 0
        while undone != text and rounds < 3:
            undone = undone.encode().decode("latin-1")
            rounds += 1
        again = found.encode().decode("sloppy-windows-1252")
        assert text in (undone, again) or rounds


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1))
def test_utf8_stays_as_it_is_or_the_bytes_are_kept(text: str) -> None:
    data = text.encode()
    if len(data) < 3 or data.startswith((b"\xef\xbb\xbf", b"\xff")):
        return

    decoded = decode(data, lambda _: None)

    assert decoded.text == text or not decoded.faithful


def test_no_article_of_the_data_is_taken_for_mojibake() -> None:
    files = [SHARED / name / "articles.jsonl" for name in ("wikinews", "multihop-rag")]
    if not all(file.exists() for file in files):
        pytest.skip("the data sets are not beside the project")
    for file in files:
        for line in file.read_bytes().split(b"\n"):
            if line.strip():
                record = json.loads(line)
                assert repair(record.get("text") or record.get("body") or "") is None


# --- dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Tue, 07 Nov 2023 08:30:00 GMT", "2023-11-07T08:30:00+00:00"),
        ("Tue, 7 Nov 2023 08:30:00 -0500", "2023-11-07T08:30:00-05:00"),
        ("November 7, 2023", "2023-11-07"),
        ("Nov. 7, 2023, 3:05 p.m.", "2023-11-07T15:05:00"),
        ("7th November 2023", "2023-11-07"),
        ("Tuesday, November 7, 2023 at 12:15 AM UTC", "2023-11-07T00:15:00+00:00"),
        ("2023/11/07", "2023-11-07"),
        ("2023-11-07 08:30:00 UTC", "2023-11-07T08:30:00+00:00"),
        ("2023-11-07T08:30:00 +0100", "2023-11-07T08:30:00+01:00"),
        # Chicago's or China's time: the day is stated all the same.
        ("7 Nov 2023 08:30 CST", "2023-11-07"),
    ],
)
def test_dates_that_are_certain(stated: str, expected: str) -> None:
    assert iso_date(stated) == expected


@pytest.mark.parametrize(
    "stated",
    ["yesterday", "today", "31 February 2023", "2023-02-31", "07/11/2023", "7.11.2023", "7 Nov 23",
     "Monday, 7 November 2023", "November 2023", "2023", "Nov 7", "7 Nov 2023 25:00", "", " ",
     "7 Nov 2023 13:00 PM", "1699345800", "7 Nov 2023 10:00 +9900", "2023-11-07 or so",
     "٧ Nov 2023x", "0001-01-01T00:00:00", "0001-01-01", date(1, 1, 1)],
)  # fmt: skip
def test_dates_that_are_not(stated: object) -> None:
    assert iso_date(stated) is None


@given(st.dates())
def test_every_day_of_newspapers_reads_back(day: date) -> None:
    for form in ("%d %B %Y", "%B %d, %Y", "%a, %d %b %Y", "%Y/%m/%d"):
        stated = f"{day:{form}}"
        year = str(day)[:4]
        if f" {year}" in stated or stated.startswith(year):
            assert iso_date(stated) == (str(day) if day.year >= 1600 else None)


# --- what the first lines say -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("", {}),
        ("Storm closes harbour\n\n", {}),
        ("Storm closes harbour\n\nBy Ana Berg\n\n",
         {"title": "Storm closes harbour", "author": "Ana Berg"}),
        ("Storm closes harbour\nBy Ana Berg and Jon van der Dahl\nNovember 7, 2023\n",
         {"title": "Storm closes harbour", "author": "Ana Berg and Jon van der Dahl",
          "published": "2023-11-07"}),
        ("NEWS\nStorm closes harbour\nBy Ana Berg\n", {"author": "Ana Berg"}),
        ("By Land and Sea\n\n", {}),
        ("Storm\nBy the harbour\n", {}),
        ("Title: Storm closes harbour\nAuthor: Ana Berg\nDate: 7 November 2023\n"
         "Publisher: The Courier\nURL: https://courier.example/1\n\n",
         {"title": "Storm closes harbour", "author": "Ana Berg", "published": "2023-11-07",
          "outlet": "The Courier", "url": "https://courier.example/1"}),
        ("Storm closes harbour\nPublished on 7 November 2023\n",
         {"title": "Storm closes harbour", "published": "2023-11-07"}),
        ("Storm closes harbour\nUpdated 7 November 2023\n", {}),
        ("Storm closes harbour\n31 February 2023\n", {}),
        ("Storm closes harbour\n\nStorm closes harbour\n\n", {"title": "Storm closes harbour"}),
        ("NORTHPORT, Nov 7 (Newswire) - ", {"outlet": "Newswire"}),
        ("NORTHPORT, Nov. 7, 2023 (World News Agency) — ",
         {"outlet": "World News Agency", "published": "2023-11-07"}),
        ("NORTHPORT (NW) — ", {"outlet": "NW"}),
        ("Northport (population 4,000) — ", {}),
    ],
)  # fmt: skip
def test_what_the_first_lines_state(top: str, expected: dict[str, str]) -> None:
    assert stated_at_top(top + ARTICLE) == expected


def test_a_text_without_a_paragraph_states_nothing() -> None:
    assert stated_at_top("Menu\nBy Ana Berg\n7 November 2023\n") == {}


def test_nothing_is_stated_by_paragraphs_alone() -> None:
    files = [SHARED / name / "articles.jsonl" for name in ("wikinews", "multihop-rag")]
    if not all(file.exists() for file in files):
        pytest.skip("the data sets are not beside the project")
    for file in files:
        for line in file.read_bytes().split(b"\n"):
            if line.strip():
                record = json.loads(line)
                text = record.get("text") or record.get("body") or ""
                found = stated_at_top(text)
                # A dateline may name its agency, and a copied head what the record says too.
                assert set(found) <= {"outlet", "title"}, (found, text[:200])


def test_the_seeds_state_what_their_notes_say() -> None:
    seeds = SHARED / "seeds"
    if not seeds.exists():
        pytest.skip("the seeds are not beside the project")
    documents, failures = read(seeds)

    assert failures == []
    stated = [(d.title, d.outlet, d.author, d.published) for d in documents]
    title = "US officials are urging Ukraine to signal that it is still open to diplomatic talks"
    assert [fields for fields in stated if any(fields)] == [
        (f"{title} with Russia", None, None, None)
    ]


# --- markdown -------------------------------------------------------------------------------


def test_front_matter(tmp_path: Path) -> None:
    yaml = (
        "---\ntitle: Storm closes harbour\nauthor: [Ana Berg, Jon Dahl]\ndate: 2023-11-07\n"
        "draft: no\n---\n\n"
    )
    toml = '+++\ntitle = "Storm closes harbour"\ndate = 2023-11-07\n+++\n'

    [document], [] = read(write(tmp_path / "a.md", yaml + ARTICLE))
    assert document.text == ARTICLE
    assert (document.title, document.author, document.published) == (
        "Storm closes harbour", "Ana Berg, Jon Dahl", "2023-11-07",
    )  # fmt: skip
    [document], [] = read(write(tmp_path / "b.md", toml + ARTICLE))
    assert (document.text, document.published) == (ARTICLE, "2023-11-07")
    # Aliases of aliases: written out they would fill any memory.
    bomb = "a: &a [x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    front = f"---\n{bomb}title: *i\nauthor: *i\n---\n"
    [document], failures = read(write(tmp_path / "e.md", front + ARTICLE))
    assert (document.text, document.title, document.author) == (ARTICLE, None, None)
    assert [failure.fatal for failure in failures] == [False, False]
    # Two rules of Markdown are no front matter.
    [document], [] = read(write(tmp_path / "c.md", f"---\n{PARAGRAPHS[0]}\n---\n{PARAGRAPHS[1]}"))
    assert document.text.startswith("---\nThe harbour")
    [document], [] = read(write(tmp_path / "d.md", f"# Storm closes harbour\n\n{ARTICLE}"))
    assert document.title == "Storm closes harbour"
    assert document.text.startswith("# Storm")


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("&#039;Massive failure&#x27;: Q&amp;A", "'Massive failure': Q&A"),
        ("Fish&nbsp;&amp;&#10;Chips", "Fish & Chips"),
        ("AT&T, R&notes and &nosuchthing;", "AT&T, R&notes and &nosuchthing;"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ],
)
def test_characters_written_as_in_pages_are_read_once(stated: str, title: str) -> None:
    assert label(stated, "title") == label(stated, "outlet") == title
    assert label("https://a.example/?a=1&amp=2", "url") == "https://a.example/?a=1&amp=2"
