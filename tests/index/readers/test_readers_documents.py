import io
import random
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader, PdfWriter
from reading import ARTICLE, PARAGRAPHS, page, pdf, read, write

# --- pdf ------------------------------------------------------------------------------------


def _wrapped(text: str, width: int = 70) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def test_paragraphs_of_a_pdf(tmp_path: Path) -> None:
    found = 0
    for width in range(50, 90, 4):
        lines = [line for text in PARAGRAPHS for line in _wrapped(text, width)]
        path = write(tmp_path / "a.pdf", pdf([lines[:7], lines[7:]], title="Storm closes harbour"))

        [document], [] = read(path)

        assert document.text.split() == ARTICLE.split()
        # Where the last line of a paragraph is full, nothing tells that it is the last.
        paragraphs = document.text.split("\n\n")
        assert all(paragraph[-1] == "." for paragraph in paragraphs)
        assert all(text.startswith(tuple(part[:20] for part in PARAGRAPHS)) for text in paragraphs)
        found += len(paragraphs)
    assert found >= 0.75 * 10 * len(PARAGRAPHS)
    assert (document.title, document.author, document.published) == (
        "Storm closes harbour", None, None,
    )  # fmt: skip


@pytest.mark.parametrize("title", ["Microsoft Word - storm.docx", "untitled", "storm_final.indd"])
def test_a_title_a_program_gave_is_none(tmp_path: Path, title: str) -> None:
    [document], [] = read(write(tmp_path / "a.pdf", pdf([_wrapped(ARTICLE)], title=title)))

    assert document.title is None


def test_words_divided_at_the_end_of_a_line_and_running_lines(tmp_path: Path) -> None:
    lines = [
        "The government said the govern-",
        "ment would meet the well-",
        "known guests.",
    ]
    pages = [
        ["The Courier", *_wrapped(text), str(number)] for number, text in enumerate(PARAGRAPHS)
    ]
    pages.append(["The Courier", *lines, "4"])

    [document], [] = read(write(tmp_path / "a.pdf", pdf(pages)))

    assert document.text.split("\n\n") == [
        *PARAGRAPHS, "The government said the government would meet the well-known guests.",
    ]  # fmt: skip


def test_pdfs_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    scan = PdfWriter()
    scan.add_blank_page(200, 200)
    locked = PdfWriter()
    locked.append(PdfReader(io.BytesIO(pdf([["Secret text."]]))))
    locked.encrypt("word", algorithm="RC4-128")
    half = pdf([_wrapped(ARTICLE)])
    for name, writer in (("scan", scan), ("locked", locked)):
        with (tmp_path / f"{name}.pdf").open("wb") as file:
            writer.write(file)
    write(tmp_path / "empty.pdf", b"")
    write(tmp_path / "none.pdf", b"<html>not found</html>")
    write(tmp_path / "zero.pdf", b"%PDF-1.4\n" + bytes(500))
    write(tmp_path / "good.pdf", half)

    documents, failures = read(tmp_path)

    assert [Path(document.file).name for document in documents] == ["good.pdf"]
    assert {Path(failure.source).stem: failure.reason.split(" (")[0] for failure in failures} == {
        "scan": "no text in it: it is a scan and needs OCR first",
        "locked": "encrypted; save it without a password first",
        "empty": "empty",
        "none": "not a PDF that can be read",
        "zero": "not a PDF that can be read",
    }


def test_a_pdf_cut_off_anywhere_is_read_or_named(tmp_path: Path) -> None:
    whole = pdf([_wrapped(text) for text in PARAGRAPHS])
    for number, end in enumerate(range(20, len(whole), 211)):
        documents, failures = read(write(tmp_path / f"{number}.pdf", whole[:end]))

        assert documents or any(failure.fatal for failure in failures)


def test_a_page_without_text_among_others_is_noted(tmp_path: Path) -> None:
    [document], [failure] = read(write(tmp_path / "a.pdf", pdf([_wrapped(ARTICLE), []])))

    assert document.text
    assert failure.reason == "no text on 1 of 2 pages (first: page 2)"
    assert not failure.fatal


# --- docx -----------------------------------------------------------------------------------


def test_word_paragraphs_tables_and_properties(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_heading("Storm closes harbour", level=0)
    file.add_paragraph(PARAGRAPHS[0])
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Pier", "Cost", "East", "4.5"), strict=True):
        cell.text = text
    file.add_paragraph(PARAGRAPHS[1])
    file.core_properties.author = "Ana Berg"
    file.save(str(tmp_path / "a.docx"))

    [document], [] = read(tmp_path / "a.docx")

    assert document.text.split("\n\n") == [
        "Storm closes harbour", PARAGRAPHS[0], "Pier\tCost", "East\t4.5", PARAGRAPHS[1],
    ]  # fmt: skip
    assert (document.title, document.author) == ("Storm closes harbour", "Ana Berg")
    # When a file was made is not when an article was published.
    assert document.published is None


def test_an_author_that_is_a_program_is_none(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_paragraph(PARAGRAPHS[0])
    assert file.core_properties.author == "python-docx"
    file.save(str(tmp_path / "a.docx"))

    [document], [] = read(tmp_path / "a.docx")

    assert document.author is None


def test_word_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "blank.docx"))
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", bytes(40 << 20))
    with zipfile.ZipFile(tmp_path / "other.docx", "w") as file:
        file.writestr("hello.txt", "Hello")
    write(tmp_path / "old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    write(tmp_path / "text.docx", b"just text")
    write(tmp_path / "empty.docx", b"")

    documents, failures = read(tmp_path)

    assert documents == []
    reasons = {Path(failure.source).stem: failure.reason for failure in failures}
    assert reasons.keys() == {"blank", "bomb", "other", "old", "text", "empty"}
    assert reasons["blank"] == "no text in it"
    assert "like a zip bomb" in reasons["bomb"]
    assert "without a password" in reasons["old"]
    assert reasons["other"].startswith("not a Word file")
    assert reasons["text"].startswith("not a Word file")


# --- eml ------------------------------------------------------------------------------------


def _mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return message


def test_a_mail(tmp_path: Path) -> None:
    message = _mail(
        Subject="Sturm schließt den Hafen", From="Ána Berg <ana@courier.example>",
        Date="Tue, 7 Nov 2023 08:30:00 +0100",
    )  # fmt: skip
    message.set_content(ARTICLE)
    message.add_alternative(page(), subtype="html")
    message.add_attachment(b"%PDF", "application", "pdf", filename="plan.pdf")
    path = write(tmp_path / "a.eml", message.as_bytes())

    [document], [failure] = read(path)

    assert document.text.strip() == ARTICLE
    assert document.title == "Sturm schließt den Hafen"
    assert document.author == "Ána Berg"
    assert document.published == "2023-11-07T08:30:00+01:00"
    assert document.outlet is None
    assert (failure.reason, failure.fatal) == ("attachments not read: plan.pdf", False)


def test_a_mail_of_html_alone_and_in_an_old_encoding(tmp_path: Path) -> None:
    data = (
        b"Subject: Storm\nFrom: news@courier.example\nDate: yesterday\n"
        b"Content-Type: text/html; charset=iso-8859-2\nContent-Transfer-Encoding: 8bit\n\n"
        + "<p>Žádné další podrobnosti.</p><p>Konec.</p>".encode("iso-8859-2")
    )

    [document], [failure] = read(write(tmp_path / "a.eml", data))

    assert document.text == "Žádné další podrobnosti.\n\nKonec."
    assert document.author == "news@courier.example"
    assert document.published is None
    assert failure.reason == "date 'yesterday' left out: not a date that is certain"


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"Subject: only a header\n", b"Subject: x\nContent-Type: image/png\n\n\x89PNG",
     b"Content-Type: multipart/mixed\n\nno boundary"],
)  # fmt: skip
def test_a_mail_without_text_is_named(tmp_path: Path, data: bytes) -> None:
    documents, failures = read(write(tmp_path / "a.eml", data))

    assert documents or failures[-1].fatal


# --- damage of every kind -----------------------------------------------------------------------


def _valid() -> dict[str, bytes]:
    file, message = docx.Document(), _mail(Subject="Storm", From="Ana Berg <ana@courier.example>")
    file.add_paragraph(ARTICLE)
    buffer = io.BytesIO()
    file.save(buffer)
    message.set_content(ARTICLE)
    message.add_alternative(page(), subtype="html")
    item = f"<item><description>{ARTICLE}</description></item>"
    rss = f"<rss version='2.0'><channel>{item}</channel></rss>"
    return {
        "pdf": pdf([_wrapped(ARTICLE)], title="Storm"), "docx": buffer.getvalue(),
        "eml": message.as_bytes(), "mhtml": message.as_bytes(), "html": page().encode(),
        "rss": b"<?xml version='1.0' encoding='utf-8'?>" + rss.encode(),
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted(_valid()))
def test_damage_is_read_or_named_and_never_raised(tmp_path: Path, kind: str) -> None:
    draw = random.Random(kind)
    whole = _valid()[kind]
    assert read(write(tmp_path / f"whole.{kind}", whole))[0]
    for number in range(25):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 3, 20))):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(9)] = draw.randbytes(draw.randrange(9))

        documents, failures = read(write(tmp_path / f"{number}.{kind}", bytes(data)))

        assert documents or any(failure.fatal for failure in failures)
        for document in documents:
            for stated in (document.text, document.title, document.author, document.source):
                (stated or "").encode()  # no lone surrogate: every store accepts it


def test_what_a_library_trips_over_is_the_failure_of_its_file(tmp_path: Path) -> None:
    # An encoding's name that is none makes feedparser raise UnicodeDecodeError.
    write(tmp_path / "a.rss", b"<?xml version='1.0' encoding='ut\xa5f-8'?><rss version='2.0'/>")
    write(tmp_path / "b.txt", ARTICLE)

    [document], [failure] = read(tmp_path)

    assert document.text == ARTICLE
    assert failure.fatal
