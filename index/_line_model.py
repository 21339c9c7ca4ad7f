"""Which lines of a text are page furniture, judged by form, place and company.

Wordings (``_furniture``) know a share bar and a comment form; they cannot know the headlines of
other stories below an article, a row of topics, a writer's portrait or a reader's comment. Those
are told by what surrounds them: a linear-chain conditional random field over the lines with two
labels, as Marek, Pecina and Spousta used it for web pages ("Web Page Cleaning with Conditional
Random Fields", 2007). Its features need no markup, and most of them no language.

The weights are in ``data/furniture.json``, fitted by ``benchmarks/furniture.py --fit``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp, log

from index._furniture import fold

ARTICLE, FURNITURE = 0, 1
Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class LineModel:
    """Weights of the random field.

    Attributes:
        weights: Of the features, towards furniture.
        transitions: ``transitions[a][b]``: of a line of label ``b`` below one of label ``a``.
        threshold: Furniture is what has at least this probability.
    """

    weights: Mapping[str, float]
    transitions: tuple[tuple[float, float], tuple[float, float]]
    threshold: float

    def probabilities(self, features: Sequence[Features], known: Mapping[int, int]) -> list[float]:
        """The probability of each line to be furniture, given the labels of some of them."""
        scores = [
            sum(self.weights.get(name, 0.0) * value for name, value in line.items())
            for line in features
        ]
        return marginals(scores, self.transitions, known)


@lru_cache(maxsize=1)
def line_model() -> LineModel:
    """The shipped weights."""
    stored = json.loads(resources.files("index.data").joinpath("furniture.json").read_text("utf-8"))
    (aa, af), (fa, ff) = stored["transitions"]
    return LineModel(stored["weights"], ((aa, af), (fa, ff)), stored["threshold"])


def marginals(
    scores: Sequence[float],
    transitions: Sequence[Sequence[float]],
    known: Mapping[int, int],
) -> list[float]:
    """Posterior probability of furniture for each line of a chain (forward-backward)."""
    if not scores:
        return []
    forward: list[tuple[float, float]] = []
    backward: list[tuple[float, float]] = [(0.0, 0.0)]
    potentials = [_potential(n, score, known) for n, score in enumerate(scores)]
    before = (0.0, 0.0)
    for n, here in enumerate(potentials):
        if n:
            before = (
                _log_sum(before[0] + transitions[0][0], before[1] + transitions[1][0]),
                _log_sum(before[0] + transitions[0][1], before[1] + transitions[1][1]),
            )
        before = (before[0] + here[0], before[1] + here[1])
        forward.append(before)
    for n in range(len(potentials) - 1, 0, -1):
        article = potentials[n][0] + backward[-1][0]
        furniture = potentials[n][1] + backward[-1][1]
        backward.append(
            (
                _log_sum(transitions[0][0] + article, transitions[0][1] + furniture),
                _log_sum(transitions[1][0] + article, transitions[1][1] + furniture),
            )
        )
    backward.reverse()
    found = []
    for (f0, f1), (b0, b1) in zip(forward, backward, strict=True):
        found.append(exp(f1 + b1 - _log_sum(f0 + b0, f1 + b1)))
    return found


_NEVER = -1e4


def _potential(n: int, score: float, known: Mapping[int, int]) -> tuple[float, float]:
    label = known.get(n)
    if label is None:
        return 0.0, score
    return (0.0, _NEVER) if label == ARTICLE else (_NEVER, 0.0)


def _log_sum(a: float, b: float) -> float:
    high, low = (a, b) if a > b else (b, a)
    return high + log(1 + exp(low - high)) if high - low < 40 else high


# --- decisions ------------------------------------------------------------------------------

# A sentence lost is worse than a line left in: the longer a line and the more it stands among
# paragraphs, the surer the model must be.
_SURE_OF_LINE, _SURE_OF_INNER_LINE, _SURE_OF_PROSE = 0.5, 0.8, 0.9
_BYLINE = re.compile(
    r"(?:by|written by|reporting by|editing by|von|par|por|oleh|от|автор:?) \S|.*\bcontribut(?:ed|ing)\b"
)
_TABLE = 3  # rows


def furniture_by_model(
    lines: Sequence[str], rules: Mapping[int, str], model: LineModel
) -> list[int]:
    """The lines that the model takes for furniture; those in ``rules`` left out.

    Nothing, if the wordings found nothing: then the text is not taken from a page. Kept in any
    case are tables of figures, the last line above the article that may be its headline, bylines
    and dates above it, and credits.
    """
    if not rules:
        return []
    found = features(lines, rules)
    known = dict.fromkeys(rules, FURNITURE)
    known.update(dict.fromkeys(_tables(found, rules), ARTICLE))
    probabilities = model.probabilities(found, known)
    places = ["head" if "head" in p else "tail" if "tail" in p else "body" for p in map(_place, found)]
    chosen = []
    for n, (line, probability) in enumerate(zip(lines, probabilities, strict=True)):
        if n in known or not any(map(str.isalnum, line)):
            continue
        if "prose" in _kind(found[n]):
            sure = _SURE_OF_PROSE
        elif places[n] == "body" and not _beside(n, rules):
            sure = _SURE_OF_INNER_LINE
        else:
            sure = _SURE_OF_LINE
        if probability >= sure and not _BYLINE.match(fold(line)) and not (places[n]=="head" and "date:short" in found[n]):
            chosen.append(n)
    head = [n for n, place in enumerate(places) if place == "head" and n not in rules and "date:short" not in found[n] and len(_WORD.findall(lines[n]))>=4]
    if head and head[-1] in chosen:
        chosen.remove(head[-1])
    return chosen

def _place(f):
    return next(k for k in f if k.startswith("place:"))
def _kind(f):
    return [k.split("@")[0] for k in f if "@" in k]
def _beside(n, rules):
    return n - 1 in rules or n + 1 in rules
def _tables(found, rules):
    out=[];run=[]
    for n,f in enumerate([*found,{}]):
        if "row" in f and n not in rules: run.append(n)
        else:
            if len(run)>=_TABLE: out+=run
            run=[]
    return out

# --- features -------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # scripts without spaces
_END = re.compile(r"[.!?。！？؟।][\"'”’»)\]*」』）]*\Z")
_INNER_END = re.compile(r"[a-zа-я\d)][.!?][\"'”’»)]*\s+[\"'“‘«(]?[^\W\d_]|[。！？]")
_QUOTED = re.compile(r"[\"'“‘«„「『]")
_SEPARATOR = re.compile(r"\s[|»›>·•/]\s|^[|»›>·•]|[|»›·•]$")
_ADDRESS = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|co|de|ru|jp)\b|\S@\S|(?<!\S)@\w")
_AGO = re.compile(
    r"\b\d+ ?(?:m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?|months?|years?) ?ago\b"
    r"|\b(?:an?|one) (?:hour|day|week|month|year) ago\b|\d ?(?:分前|時間前|日前)|\d+ ?(?:시간|분|일) 전"
    r"|\bvor \d+|\bhace \d+|\bil y a \d+|\bназад\b|\byang lalu\b|\bhá \d+",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b", re.IGNORECASE
)

# Words of a trade, not of a site. Few and common ones in languages the product meets.
_CUES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "account": r"\b(?:subscri\w+|newsletters?|sign[- ]?up|inbox|e-?mail|log ?in|register|account"
        r"|premium|member(?:s|ship)|unlimited|free trial|notifications?|app|alerts?|password|donat\w+"
        r"|support us|abonn\w+|suscr\w+|assin\w+|berlangganan|подпис\w+)\b|登録|購読|メルマガ|구독",
        "legal": r"©|\b(?:copyright|(?:all )?rights reserved|privacy|cookies?|terms (?:of|and|&)|policy"
        r"|disclaimer|reproduced|user agreement|alle rechte|todos los derechos|todos os direitos|hak cipta"
        r"|все права)\b|著作権|無断|저작권",
        "social": r"\b(?:share[sd]?|sharing|follow(?:ers)?|facebook|twitter|instagram|whats ?app|telegram|youtube"
        r"|pinterest|linkedin|reddit|flipboard|tweets?|retweet|compartilh\w+|compartir|teilen|partager|bagikan"
        r"|поделиться)\b|シェア|フォロー|공유",
        "comments": r"\b(?:comments?|reply|replies|discuss\w*|komentar|coment[aá]rios?|kommentare?"
        r"|комментари\w+)\b|コメント|댓글",
        "more": r"\b(?:related|read (?:more|also|next)|also read|more (?:from|on|in|stories|news|about)"
        r"|most (?:read|popular|viewed|shared)|popular|trending|recommended|latest|previous|next|see (?:also|more)"
        r"|see all|view all|don't miss|you (?:may|might) (?:also )?like|editors?'? picks?|top stories|must read"
        r"|featured|leia|veja|lihat|baca|lire|lesen|mehr|ver m[aá]s|читайте|ещ[её]|смотрите)\b"
        r"|関連|人気|記事一覧|次の記事|前の記事|もっと|관련|더보기",
        "media": r"\b(?:photos?|images?|getty|video|gallery|slideshow|credit|watch|listen|podcast|play(?:er)?|click"
        r"|enlarge|foto|fotos|фото|видео)\b|写真|動画|画像|사진",
        "tags": r"\b(?:tags?|tagged|topics?|filed under|categor(?:y|ies)|keywords|archives?|labels?|temas"
        r"|schlagw[oö]rter|теги)\b|タグ|カテゴリ|태그",
        "author": r"\b(?:(?:is|was) (?:an? )?(?:[\w-]+ ){0,4}(?:reporters?|journalists?|writers?|correspondents?"
        r"|columnists?|editors?|authors?|contributors?|freelancer?|producer)|about the authors?|reach (?:him|her|them)"
        r"|contact (?:him|her|us)|follow (?:him|her)|writes? (?:about|a|for)|covers|posts by|this author)\b|記者|기자",
        "trade": r"\b(?:advert\w*|sponsored|promoted|shop|buy now|deals?|for sale|discount|coupon|order now|anzeige"
        r"|werbung|publicidade|iklan|реклама)\b|[$£€]\d|スポンサー|広告|광고",
        "site": r"\b(?:home|menu|search|contact(?: us)?|about(?: us)?|careers|advertise|site ?map|help|faq|top"
        r"|edition|skip|navigation|archive|rss|submit|close|loading|back|kontakt|impressum|contato|busca)\b"
        r"|検索|お問い合わせ|ホーム|トップ|검색",
    }.items()
}  # fmt: skip
_YOU = re.compile(r"\b(?:you|your|our|us|we|my|i)\b")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the features of a line are made of."""

    folded: str
    size: float  # in words
    stems: frozenset[str]
    prose: bool  # it ends as a sentence does and has the length of one


def _seen(line: str) -> _Seen:
    words = _WORD.findall(line)
    unspaced = len(_UNSPACED.findall(line))
    size = len(words) if unspaced < len(line) / 3 else unspaced / 2
    stems = frozenset(w.lower()[:6] for w in words if len(w) > 3)
    if unspaced >= len(line) / 3:
        stems = frozenset(a + b for a, b in zip(line, line[1:], strict=False) if (a + b).isalnum())
    return _Seen(fold(line), size, stems, size >= 12 and _END.search(line) is not None)


def features(lines: Sequence[str], rules: Mapping[int, str]) -> list[Features]:
    """The features of each line.

    Args:
        lines: The lines of a text that are not blank, without white space at their ends.
        rules: The lines known to be furniture by their wording.
    """
    seen = [_seen(line) for line in lines]
    total = len(lines)
    prose = [s.prose and n not in rules for n, s in enumerate(seen)]
    copies = Counter(s.folded for s in seen)
    spread: Counter[str] = Counter()  # of a stem: the paragraphs that have it
    for n, s in enumerate(seen):
        if prose[n]:
            spread.update(s.stems)
    mass = [len(line) if prose[n] else 0 for n, line in enumerate(lines)]
    whole = sum(mass) or 1
    after_prose = _distances(prose)
    before_prose = _distances(prose[::-1])[::-1]
    hit = [n in rules for n in range(total)]
    after_hit = _distances(hit)
    before_hit = _distances(hit[::-1])[::-1]
    stub = [rules.get(n) in _HEADS_A_LIST for n in range(total)]
    after_stub = _distances(stub)
    share_hit = sum(hit) / total if total else 0.0
    found: list[Features] = []
    above = 0.0
    marker = False
    for n, line in enumerate(lines):
        s = seen[n]
        done = above / whole
        below = 1 - done - mass[n] / whole
        place = (
            "head"
            if above == 0 and not prose[n]
            else "tail"
            if below < 1e-9 and not prose[n]
            else "body"
        )
        f: Features = {"bias": 1.0, f"size:{_size(s.size)}": 1.0, f"place:{place}": 1.0}
        kind = "prose" if prose[n] else "short" if s.size <= 3 else "line"
        f[f"{kind}@{place}"] = 1.0
        _form(f, line, s)
        if s.stems:
            own = 1 if prose[n] else 0
            known = sum(spread[stem] > own for stem in s.stems) / len(s.stems)
            f[f"known:{kind}"] = known
            if place != "head":
                f[f"unknown:{kind}@{place}"] = float(known < 0.25)
        if copies[s.folded] > 1:
            f[f"copied:{kind}"] = 1.0
        f[f"from prose:{_steps(after_prose[n])}"] = 1.0
        f[f"to prose:{_steps(before_prose[n])}"] = 1.0
        f[f"run:{_steps(min(after_prose[n], 99) + min(before_prose[n], 99) - 1)}:{kind}"] = 1.0
        f[f"from hit:{_steps(after_hit[n])}"] = 1.0
        f[f"to hit:{_steps(before_hit[n])}"] = 1.0
        f[f"from stub:{_steps(after_stub[n])}:{kind}"] = 1.0
        for beside, name in ((n - 1, "above"), (n + 1, "below")):
            if 0 <= beside < total:
                other = seen[beside]
                f[f"{name}:{'hit' if hit[beside] else 'prose' if prose[beside] else _size(other.size)}"] = 1.0
                if copies[other.folded] > 1:
                    f[f"{name} copied:{kind}"] = 1.0
        f[f"done:{_part(done)}:{kind}"] = 1.0
        if marker:
            f[f"below marker:{kind}"] = 1.0
        f["no hit"] = float(share_hit == 0)
        f[f"no hit@{place}"] = float(share_hit == 0)
        f["hits"] = min(share_hit, 0.3) / 0.3
        found.append(f)
        above += mass[n]
        if hit[n] and done > 0.8 and rules[n] in ("link stub", "comment form", "tags", "share bar"):
            marker = True
    return found


_HEADS_A_LIST = frozenset({"link stub", "comment form", "author box", "tags"})
_NUMBER = re.compile(r"(?<!\S)[$£€+-]?\d[\d.,:%-]*(?!\S)")


def _form(f: Features, line: str, s: _Seen) -> None:
    words = [w for w in _WORD.findall(line) if not w[0].isdigit()]
    upper = sum(w[0].isupper() for w in words)
    long = "long" if s.size > 12 else "short"
    f[f"end:{_ending(line)}:{long}"] = 1.0
    if len(words) >= 3 and upper >= 0.8 * len(words):
        f["title case"] = 1.0
    if line.isupper() and len(line) > 3:
        f["capitals"] = 1.0
    first = next((char for char in line if char.isalnum()), "")
    if first.islower():
        f["small start"] = 1.0
    if _QUOTED.match(line):
        f[f"quoted:{long}"] = 1.0
    if _INNER_END.search(line):
        f["sentences"] = 1.0
    if _SEPARATOR.search(line):
        f["separator"] = 1.0
    if _ADDRESS.search(line):
        f[f"address:{long}"] = 1.0
    if "#" in line:
        f["#"] = 1.0
    if (
        "(" in line
        and ")" in line
        and any(c.isdigit() for c in line.rpartition("(")[2])
        and s.size <= 4
    ):
        f["count"] = 1.0
    if _AGO.search(line):
        f[f"ago:{long}"] = 1.0
    if _DATE.search(line):
        f[f"date:{long}"] = 1.0
    digits = sum(c.isdigit() for c in line)
    if digits > 0.5 * len(line):
        f["digits"] = 1.0
    if len(_NUMBER.findall(line)) >= 3:
        f["row"] = 1.0
    cues = 0
    for name, cue in _CUES.items():
        if cue.search(s.folded):
            f[f"cue {name}:{long}"] = 1.0
            cues += 1
    if cues > 1:
        f[f"cues:{long}"] = cues - 1.0
    if _YOU.search(s.folded):
        f[f"you:{long}"] = 1.0


def _ending(line: str) -> str:
    if line.endswith(("...", "…")):
        return "dots"
    if _END.search(line):
        return "stop"
    last = unicodedata.category(line[-1])
    return "mark" if last[0] in "PS" else "none"


def _size(size: float) -> str:
    for limit in (1, 2, 4, 7, 12, 20, 40):
        if size <= limit:
            return f"<={limit}"
    return ">40"


def _steps(distance: int) -> str:
    for limit in (0, 1, 2, 4, 8, 16):
        if distance <= limit:
            return f"<={limit}"
    return ">16"


def _part(part: float) -> str:
    for limit in (0.0, 0.1, 0.5, 0.9, 0.999):
        if part <= limit:
            return f"<={limit}"
    return "all"


def _distances(marks: Sequence[bool]) -> list[int]:
    """How far above the next marked line is; 99 if there is none."""
    found = []
    distance = 99
    for mark in marks:
        found.append(distance)
        distance = 1 if mark else min(distance + 1, 99)
    return found
