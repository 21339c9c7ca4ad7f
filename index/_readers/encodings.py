"""Bytes to text: which encoding, what was assumed, and what was repaired.

In this order: a byte order mark; UTF-8, because text of several bytes a character that is valid
UTF-8 is nothing else; the encoding the document declares; UTF-8 with a few damaged characters;
the most plausible of the encodings of the web (charset-normalizer). Whatever is not stated by
the bytes themselves is reported.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from index._readers.documents import Unreadable

Note = Callable[[str], None]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = bytes([*range(1, 9), *range(14, 27), *range(28, 32), 127])
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# The encodings of the WHATWG Encoding Standard that news was ever written in. Left to all that
# Python knows, short Polish is taken for Nordic and English with curly quotes for Icelandic.
_CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_9", "koi8_r", "koi8_u",
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874", "mac_roman",
]  # fmt: skip
_SPOKEN = {
    "cp932": "Shift JIS", "euc_jp": "EUC-JP", "gb18030": "GB 18030", "big5": "Big5",
    "cp949": "EUC-KR", "cp874": "Windows-874", "mac_roman": "Mac Roman", "koi8_r": "KOI8-R",
    "koi8_u": "KOI8-U",
}  # fmt: skip
_SAMPLE = 1 << 16


@dataclass(frozen=True, slots=True)
class Decoded:
    """Attributes:
    text: With NUL and lone surrogates as U+FFFD and line ends as ``\\n``.
    faithful: Whether the text encodes back to the bytes by what the bytes themselves state.
    """

    text: str
    faithful: bool


def plain(text: str) -> str:
    """Line ends as ``\\n``; NUL and lone surrogates, which no store accepts, as U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode(data: bytes, note: Note, declared: str | None = None) -> Decoded:
    """The text of a file.

    Args:
        data: The bytes.
        note: Told what was assumed, replaced or repaired.
        declared: The encoding the document names, in any spelling.

    Raises:
        Unreadable: The bytes are no text.
    """
    text, faithful = _decode(data, note, declared)
    text = plain(text)
    repaired = repair(text)
    if repaired is not None:
        note("wrongly encoded twice (mojibake); repaired")
        return Decoded(repaired, False)
    return Decoded(text, faithful)


def _decode(data: bytes, note: Note, declared: str | None) -> tuple[str, bool]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), True
            except UnicodeDecodeError as error:
                begins = f"begins like {encoding.removesuffix('-sig').upper()}"
                raise Unreadable(f"not text ({begins}, but {error.reason})") from None
    stated = _codec(declared)
    if stated and stated.startswith(("utf-16", "utf-32")):
        # A document that could be read as far as its declaration is not in these.
        stated = None
    if b"\0" in data or (len(data) - len(data.translate(None, _CONTROL))) * 50 > len(data):
        raise Unreadable("not text (contains control characters)")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        failed = error
    else:
        if stated not in (None, "utf-8", "ascii") and not text.isascii():
            note(f"declared as {declared}, read as UTF-8, which it is")
        return text, True
    if stated not in (None, "utf-8", "ascii"):
        try:
            return data.decode(str(stated)), True
        except UnicodeDecodeError as error:
            note(f"declared as {declared}, which it is not (byte {error.start})")
    return _undeclared(data, failed, note), False


def _codec(declared: str | None) -> str | None:
    """Python's name of a declared encoding; None if there is none of that name."""
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip().lower()).name
    except (LookupError, ValueError):
        return None
    # What calls itself Latin-1 or GB2312 on the web is one of their supersets (WHATWG).
    supersets = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
                 "shift_jis": "cp932", "iso8859-9": "cp1254"}  # fmt: skip
    return supersets.get(name, name)


def _undeclared(data: bytes, error: UnicodeDecodeError, note: Note) -> str:
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    intact = sum(char > "\x7f" for char in lenient) - broken
    if intact > broken:
        note(f"{broken} damaged UTF-8 characters replaced, the first at byte {error.start}")
        return lenient
    encoding = _most_plausible(data)
    if encoding is None:
        raise Unreadable("not text (in no encoding that is known)")
    text = data.decode(encoding, "replace")
    name = _SPOKEN.get(encoding) or encoding.replace("cp", "Windows-").replace(
        "iso8859_", "ISO 8859-"
    )
    note(f"not UTF-8, read as {name}")
    return text


def _most_plausible(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    first = next(index for index, byte in enumerate(data) if byte > 0x7F)
    # From the first line with such a byte on: a page of markup may come before.
    start = data.rfind(b"\n", 0, first) + 1 if first > _SAMPLE // 2 else 0
    sample = data[start : start + _SAMPLE]
    if start + _SAMPLE < len(data):
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    best = from_bytes(sample, cp_isolation=_CANDIDATES, enable_fallback=False).best()
    if best is None:
        return None
    found = str(best.encoding)
    if found in _LATIN:
        found = max(_LATIN, key=lambda encoding: _coverage(sample, encoding))
    # A byte or two that the encoding does not have do not make it another one.
    return found if data.decode(found, "replace").count("\ufffd") * 100 < len(data) else None


# Encodings that differ in letters with accents only, which charset-normalizer cannot tell apart
# (it takes Spanish for Windows-1250); the first wins where a text fits several.
_LATIN = ("cp1252", "cp1250", "cp1254", "iso8859_2", "cp1257")
_ALPHABETS = [
    frozenset(letters + letters.upper())
    for letters in (
        "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "áâãàçéêíóôõúü", "äöüßéà", "àèéìíîòóùú", "åäöéü", "æøåéòô",
        "éëïóöüèá", "áðéíóúýþæö", "àçéèíïòóúü", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű", "ăâîşţ", "čćđšž", "çğıöşüâîİ", "ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž",
    )
]  # fmt: skip


def _coverage(sample: bytes, encoding: str) -> float:
    """The share of the letters with accents that one language's alphabet has."""
    text = sample.decode(encoding, "replace")
    accented = [char for char in text if char > "\x7f" and (char.isalpha() or char == "\ufffd")]
    if not accented:
        return 1.0
    return max(sum(map(alphabet.__contains__, accented)) for alphabet in _ALPHABETS) / len(accented)


# --- mojibake -------------------------------------------------------------------------------

_SUSPECT = re.compile("[\u00c2-\u00c5\u00ce-\u00d1\u00d7-\u00da\u00e0-\u00ef\u00f0\u0080-\u009f]")


def repair(text: str) -> str | None:
    """The text before it was wrongly encoded a second time; None unless that is certain.

    Certain is: all characters of the text that are not ASCII take part (each stands in a byte
    sequence that is valid UTF-8, as real accents do not), encoding the repaired text wrongly again
    gives the very same text, and what comes out is better by ftfy's measure of badness. A text
    that is mojibake in places only is left as it is.

    Source: ftfy (Speer), ``fix_encoding_and_explain`` and ``badness``.
    """
    if text.isascii() or not _SUSPECT.search(text):
        return None
    from ftfy import bad_codecs  # noqa: F401 - registers the sloppy codecs
    from ftfy.badness import badness

    worst = badness(text)
    if not worst:
        return None
    current, rounds = text, 0
    while rounds < 3:
        for encoding in ("latin-1", "sloppy-windows-1252"):
            try:
                better = current.encode(encoding).decode("utf-8")
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
            # The round trip, which a decoder that is lenient about anything would break.
            if better != current and better.encode("utf-8").decode(encoding) == current:
                break
        else:
            break
        current, rounds = better, rounds + 1
    if not rounds or badness(current) >= worst or _UNSTORABLE.search(current):
        return None
    return current
