"""What the line model looks at: the form of a line, its place in the text and its company.

Nothing here needs markup, and little needs a language: only the cue words do, each a common word
of the trade and none the name of a site.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from index._cleaning.furniture import fold

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # scripts without spaces
_END = re.compile(r"[.!?。！？؟।][\"'”’»)\]*」』）]*\Z")
_INNER_END = re.compile(r"(?:[^\W_A-Z]|\))[.!?][\"'”’»)]*\s+[\"'“‘«(]?[^\W\d_]|[。！？]")
_QUOTED = re.compile(r"[\"'“‘«„「『]")
_SEPARATOR = re.compile(r"\s[|»›>·•/]\s|^[|»›>·•]|[|»›·•]$")
_ADDRESS = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|co|de|ru|jp)\b|\S@\S|(?<!\S)@\w")
_NUMBERED = re.compile(r"\d{1,2}[.)] \w")
_COMMA = re.compile(r"\w, \w|[、，]")
_SLASH = re.compile(r"[^\W\d_]{2} ?/ ?[^\W\d_]{2}")
_COUNT = re.compile(r"\([^()]{0,20}\d[^()]{0,20}\)")
_NUMBER = re.compile(r"(?<!\S)[$£€+-]?\d[\d.,:%-]*(?!\S)")
_AGO = re.compile(
    r"\b\d+ ?(?:m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?|months?|years?) ?ago\b"
    r"|\b(?:an?|one) (?:hour|day|week|month|year) ago\b|\d ?(?:分前|時間前|日前)"
    r"|\d+ ?(?:시간|분|일) 전|\bvor \d+|\bhace \d+|\bil y a \d+|\bназад\b|\byang lalu\b|\bhá \d+",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b", re.IGNORECASE
)
_YOU = frozenset({"you", "your", "our", "us", "we", "my", "i"})

# Words and phrases of folded lines. Looked up, not searched for: a line is read once for all.
_CUES: Mapping[str, tuple[str, str]] = {
    "account": (
        "subscribe subscribed subscriber subscribers subscribing subscription subscriptions"
        " newsletter newsletters signup sign-up inbox email emails e-mail login register account"
        " premium member members membership unlimited notification notifications app alert alerts"
        " password donate donated donation donations abonnieren abonnement suscríbete assine"
        " assinante berlangganan подписаться подписывайтесь подписка",
        "sign up|log in|free trial|support us|登録|購読|メルマガ|구독",
    ),
    "legal": (
        "© copyright privacy cookie cookies policy disclaimer reproduced",
        "©|rights reserved|terms of |terms and |terms & |user agreement|alle rechte"
        "|todos los derechos|todos os direitos|hak cipta|все права|著作権|無断|저작권",
    ),
    "social": (
        "share shared shares sharing follow follower followers facebook twitter instagram whatsapp"
        " telegram youtube pinterest linkedin reddit flipboard tweet tweets retweet compartilhe"
        " compartilhar compartir teilen partager bagikan поделиться",
        "シェア|フォロー|공유",
    ),
    "comments": (
        "comment comments reply replies discuss discussed discussion discussions komentar"
        " comentário comentários comentario comentarios kommentar kommentare комментарий"
        " комментарии комментариев",
        "コメント|댓글",
    ),
    "more": (
        "related popular trending recommended latest previous next featured leia veja lihat baca"
        " lire lesen mehr читайте еще ещё смотрите",
        "read more|read also|read next|also read|more from|more on|more in|more stories|more news"
        "|more about|most read|most viewed|most shared|see also|see more|see all|view all"
        "|don't miss|you may like|you might like|you may also|you might also|editor's pick"
        "|editors' pick|editors pick|top stories|must read|ver más|関連|人気|記事一覧|次の記事"
        "|前の記事|もっと|관련|더보기",
    ),
    "media": (
        "photo photos image images getty video gallery slideshow credit watch listen podcast play"
        " player click enlarge foto fotos фото видео",
        "写真|動画|画像|사진",
    ),
    "tags": (
        "tag tags tagged topic topics category categories keywords archive archives label labels"
        " temas schlagwörter теги",
        "filed under|タグ|カテゴリ|태그",
    ),
    "author": (
        "reporter journalist writer correspondent columnist editor author contributor freelance"
        " freelancer producer",
        "about the author|reach him|reach her|reach them|follow him|follow her|follow them"
        "|contact him|contact her|contact us|writes about|writes for|posts by|記者|기자",
    ),
    "trade": (
        "advert advertise advertisement advertising sponsored promoted shop deal deals discount"
        " coupon anzeige werbung publicidade iklan реклама",
        "buy now|for sale|order now|スポンサー|広告|광고",
    ),
    "site": (
        "home menu search contact careers advertise sitemap help faq top edition skip navigation"
        " archive rss submit close loading back kontakt impressum contato busca",
        "about us|site map|検索|お問い合わせ|ホーム|トップ|검색",
    ),
}
_CUES_OF_WORD: Mapping[str, tuple[str, ...]] = {
    word: tuple(name for name, (words, _) in _CUES.items() if word in words.split())
    for all_words, _ in _CUES.values()
    for word in all_words.split()
}
_CUE_PHRASE = re.compile(
    "|".join(
        f"(?P<{name}>{'|'.join(map(re.escape, phrases.split('|')))})"
        for name, (_, phrases) in _CUES.items()
    )
)

# Below these stand lists of links or comments.
_HEADS_A_LIST = frozenset({"link stub", "comment form", "author box", "tags"})
_ENDS_THE_ARTICLE = frozenset({"link stub", "comment form", "tags", "share bar"})
_MARKERS = _HEADS_A_LIST | _ENDS_THE_ARTICLE
_LINE_COST, _MARKER_COST, _MOST = 4.0, 16.0, 60.0  # in words, as prose counts
_MOSTLY = 0.8  # of the prose stands above
_FAR = 99


@dataclass(slots=True)
class Line:
    """A line as the model sees it.

    Attributes:
        text: Without white space at its ends.
        place: ``head`` above the first prose of the text, ``tail`` below the last, else ``body``.
        sentence: It ends as one does and has more than three words.
        prose: A sentence of twelve words or more, or several; a line of more than forty words.
        size: In words; in scripts without spaces, half the number of characters.
        dated: A date or an hour stands in it.
        row: Of figures: three numbers or more.
        past: Below most of the prose, the main block and a line that is known to be furniture.
        beyond: Below a line that tells of the article's end, such as "Related articles".
        features: Name to value; those that are zero are left out.
    """

    text: str
    place: str
    sentence: bool
    prose: bool
    size: float
    dated: bool
    row: bool
    beyond: bool = False
    past: bool = False
    features: dict[str, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return "prose" if self.prose else "short" if self.size <= 3 else "line"


def line_features(lines: Sequence[str], rules: Mapping[int, str]) -> list[Line]:
    """Describe the lines of a text.

    Args:
        lines: Those that are not blank, without white space at their ends.
        rules: By number, the lines known to be furniture by their wording.
    """
    sizes = [words_in(line) for line in lines]
    prose = [n not in rules and _is_prose(line, sizes[n]) for n, line in enumerate(lines)]
    with_prose = [n for n, is_prose in enumerate(prose) if is_prose]
    first, last = (with_prose[0], with_prose[-1]) if with_prose else (len(lines), -1)
    described = []
    for n, text in enumerate(lines):
        place = "head" if n < first else "tail" if n > last else "body"
        line = Line(
            text,
            place,
            sizes[n] > 3 and _END.search(text[-20:]) is not None,
            prose[n],
            sizes[n],
            _DATE.search(text[:500]) is not None,
            len(_NUMBER.findall(text[:500])) >= 3,
        )
        line.features.update(_form(line))
        described.append(line)
    _add_company(described, rules)
    return described


def has_long_margin(lines: Sequence[str], length: int) -> bool:
    """Do so many lines without prose stand above the first or below the last prose?"""

    def margin(numbers: Iterable[int]) -> int:
        count = 0
        for n in numbers:
            if count == length or _is_prose(lines[n], words_in(lines[n])):
                break
            count += 1
        return count

    return length in (margin(range(len(lines))), margin(reversed(range(len(lines)))))


def _is_prose(line: str, size: float) -> bool:
    return size >= 12 and (size > 40 or _END.search(line[-20:]) is not None)


def words_in(line: str) -> float:
    """The number of words; in scripts without spaces, half the number of characters."""
    unspaced = len(_UNSPACED.findall(line))
    return unspaced / 2 if unspaced >= len(line) / 3 else len(_WORD.findall(line))


def _stems(line: str) -> frozenset[str]:
    if len(_UNSPACED.findall(line)) >= len(line) / 3:
        return frozenset(a + b for a, b in pairwise(line) if (a + b).isalnum())
    return frozenset(word.lower()[:6] for word in _WORD.findall(line) if len(word) > 3)


# --- form -----------------------------------------------------------------------------------


def _form(line: Line) -> dict[str, float]:
    # A long line is a paragraph, and its beginning and end are enough to see that.
    text = line.text if len(line.text) <= 1000 else f"{line.text[:500]} {line.text[-500:]}"
    folded = fold(text)
    words = [word for word in _WORD.findall(text) if not word[0].isdigit()]
    small = {word.lower() for word in words}
    upper = sum(word[0].isupper() for word in words)
    initial = next((char for char in text if char.isalnum()), "")
    length = "long" if line.size > 12 else "short"
    cues = {name for word in small for name in _CUES_OF_WORD.get(word, ())}
    cues.update(found.lastgroup or "" for found in _CUE_PHRASE.finditer(folded))
    seen = {
        "bias": True,
        f"size:{_size(line.size)}": True,
        f"place:{line.place}": True,
        f"{line.kind}@{line.place}": True,
        f"end:{_ending(text)}:{length}": True,
        "title case": len(words) >= 3 and upper >= 0.8 * len(words),
        "capitals": text.isupper() and len(text) > 3,
        f"capitals:{_size(line.size)}": text.isupper() and len(text) > 3,
        "small start": initial.islower(),
        f"quoted:{length}": _QUOTED.match(text) is not None,
        "sentences": _INNER_END.search(text) is not None,
        "separator": _SEPARATOR.search(text) is not None,
        f"address:{length}": _ADDRESS.search(text) is not None,
        "#": "#" in text,
        "count": line.size <= 4 and _COUNT.search(text) is not None,
        f"ago:{length}": _AGO.search(text) is not None,
        f"date:{length}": line.dated,
        f"comma:{line.kind}": _COMMA.search(text) is not None,
        f"numbered:{line.kind}": _NUMBERED.match(text) is not None,
        "in brackets": line.size <= 12 and text[0] == "(" and text[-1] == ")",
        "slash": line.size <= 12 and _SLASH.search(text) is not None,
        "digits": sum(char.isdigit() for char in text) > 0.5 * len(text),
        "row": line.row,
        f"you:{length}": not _YOU.isdisjoint(small),
        **{f"cue {name}:{length}": True for name in cues},
    }
    features = {name: 1.0 for name, holds in seen.items() if holds}
    if len(cues) > 1:
        features[f"cues:{length}"] = len(cues) - 1.0
    return features


def _ending(text: str) -> str:
    if text.endswith(("...", "…")):
        return "dots"
    if _END.search(text[-20:]):
        return "stop"
    return "mark" if unicodedata.category(text[-1])[0] in "PS" else "none"


# --- company --------------------------------------------------------------------------------


def _add_company(lines: Sequence[Line], rules: Mapping[int, str]) -> None:
    total = len(lines)
    folded = [fold(line.text[:300]) for line in lines]
    copies = Counter(folded)
    stems = [_stems(line.text) for line in lines]
    spread = Counter(stem for n in range(total) if lines[n].prose for stem in stems[n])
    mass = [len(line.text) if line.prose else 0 for line in lines]
    whole = sum(mass) or 1
    prose = [line.prose for line in lines]
    hits = [n in rules for n in range(total)]
    above_prose, below_prose = _since(prose), _until(prose)
    above_hit, below_hit = _since(hits), _until(hits)
    above_stub = _since([rules.get(n) in _HEADS_A_LIST for n in range(total)])
    share = sum(hits) / total if total else 0.0
    above, ended = 0.0, False
    for n, line in enumerate(lines):
        kind, f = line.kind, line.features
        done = above / whole
        between = min(above_prose[n], _FAR) + min(below_prose[n], _FAR) - 1
        names = [
            f"from prose:{_steps(above_prose[n])}",
            f"to prose:{_steps(below_prose[n])}",
            f"run:{_steps(between)}:{kind}",
            f"from hit:{_steps(above_hit[n])}",
            f"to hit:{_steps(below_hit[n])}",
            f"from stub:{_steps(above_stub[n])}:{kind}",
            f"done:{_part(done)}:{kind}",
        ]
        if copies[folded[n]] > 1:
            names.append(f"copied:{kind}")
        if copies[folded[n]] > 2:
            names.append(f"copied often:{kind}")
        if ended:
            line.beyond = True
            names.append(f"below marker:{kind}")
        if not rules:
            names += ["no hit", f"no hit@{line.place}"]
        for beside, side in ((n - 1, "above"), (n + 1, "below")):
            if 0 <= beside < total:
                other = "prose" if prose[beside] else _size(lines[beside].size)
                names.append(f"{side}:{'hit' if hits[beside] else other}")
                if copies[folded[beside]] > 1:
                    names.append(f"{side} copied:{kind}")
        if stems[n]:
            # A paragraph's own words do not make it familiar.
            known = sum(spread[stem] > line.prose for stem in stems[n]) / len(stems[n])
            f[f"known:{kind}"] = known
            if known < 0.25 and line.place != "head":
                names.append(f"unknown:{kind}@{line.place}")
        f.update(dict.fromkeys(names, 1.0))
        f["hits"] = min(share, 0.3) / 0.3
        above += mass[n]
        ended = ended or (done > _MOSTLY and rules.get(n) in _ENDS_THE_ARTICLE)
    _add_block(lines, rules, [copies[form] > 1 for form in folded])


def _add_block(lines: Sequence[Line], rules: Mapping[int, str], copied: Sequence[bool]) -> None:
    """Where the lines stand to the main block, and in what run between two lines of prose."""
    start, end = _main_block(lines, rules)
    mass = [len(line.text) if line.prose else 0 for line in lines]
    most = _MOSTLY * (sum(mass) or 1)
    above, hit_past = 0, False
    for is_prose, group in groupby(range(len(lines)), key=lambda n: lines[n].prose):
        run = list(group)
        run_hit = not is_prose and any(n in rules for n in run)
        run_copied = not is_prose and any(copied[n] for n in run)
        in_stub = in_colon = False
        for n in run:
            line, kind = lines[n], lines[n].kind
            where = "before" if n < start else "after" if n >= end else "in"
            hit_past = hit_past or (where == "after" and n in rules)
            line.past = hit_past and above > most
            seen = {
                f"block {where}:{kind}": True,
                f"past block:{_steps(n - end)}:{kind}": where == "after",
                f"past block and hit:{kind}": hit_past,
                f"run hit:{kind}@{where}": run_hit,
                f"run copied:{kind}@{where}": run_copied,
                f"in stub:{kind}@{where}": in_stub,
                f"in colon:{kind}@{where}": in_colon,
            }
            line.features.update((name, 1.0) for name, holds in seen.items() if holds)
            above += mass[n]
            in_stub = not is_prose and (in_stub or rules.get(n) in _HEADS_A_LIST)
            in_colon = not is_prose and (in_colon or (line.text[-1] in ":：" and n not in rules))


def _main_block(lines: Sequence[Line], rules: Mapping[int, str]) -> tuple[int, int]:
    """The run of lines that holds the article, first to last exclusive.

    Prose counts by its words, every other line against it (maximum subsequence segmentation:
    Pasternack and Roth, "Extracting Article Text from the Web with Maximum Subsequence
    Segmentation", 2009). The costs separate the most prose on the development half of
    ``benchmarks/furniture.py``.
    """
    scores: list[float] = []
    for n, line in enumerate(lines):
        if rules.get(n) in _MARKERS:
            scores.append(-_MARKER_COST)
        else:
            scores.append(min(line.size, _MOST) if line.prose else -_LINE_COST)
    return heaviest_run(scores)


def heaviest_run(scores: Sequence[float]) -> tuple[int, int]:
    """The run with the largest sum, first to last exclusive; all of them if no sum is positive."""
    best, found = 0.0, (0, len(scores))
    total, start = 0.0, 0
    for n, score in enumerate(scores):
        total += score
        if total > best:
            best, found = total, (start, n + 1)
        if total <= 0:
            total, start = 0.0, n + 1
    return found


def _size(size: float) -> str:
    return next((f"<={limit}" for limit in (1, 2, 4, 7, 12, 20, 40) if size <= limit), ">40")


def _steps(distance: int) -> str:
    return next((f"<={limit}" for limit in (0, 1, 2, 4, 8, 16) if distance <= limit), ">16")


def _part(part: float) -> str:
    return next((f"<={limit}" for limit in (0.0, 0.1, 0.5, 0.9, 0.999) if part <= limit), "all")


def _since(marks: Sequence[bool]) -> list[int]:
    """How far above each line the next marked one is."""
    found, distance = [], _FAR
    for mark in marks:
        found.append(distance)
        distance = 1 if mark else min(distance + 1, _FAR)
    return found


def _until(marks: Sequence[bool]) -> list[int]:
    return _since(marks[::-1])[::-1]
