"""News organisations that a question asks for by name and of which the archive has nothing.

"What did Biden say?" asks for what a person said, wherever it stands; "What did Reuters say?" for
reports of Reuters. So a name counts here only where it can be nothing but a news organisation:
it is one that is known all over the world, or a title as papers have them ("Jerusalem Post"). And
the question must take it as a source: "Who sued the BBC?" is about the BBC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from qa._question.outlets import Mention


def _any_of(names: Iterable[str]) -> str:
    """A pattern of these names, the longest first."""
    return "|".join(sorted(map(re.escape, names), key=lambda name: (-len(name), name)))


# The agencies whose reports papers everywhere print, and the papers, broadcasters and sites that
# news articles in English most often name as a source. No names that are ordinary words, too
# ("Time", "The Times"), and none of a company or a person as well ("Bloomberg").
_KNOWN = (
    *("Reuters", "Associated Press", "AP", "Agence France-Presse", "AFP", "UPI", "DPA", "TASS"),
    *("RIA Novosti", "Interfax", "Ukrinform", "Xinhua", "Kyodo", "Yonhap", "Anadolu", "PTI"),
    *("BBC", "CNN", "CNBC", "MSNBC", "NBC News", "ABC News", "CBS News", "Fox News", "BBC News"),
    *("NPR", "PBS", "Sky News", "ITV News", "Al Jazeera", "Deutsche Welle", "France 24", "NHK"),
    *("Al Arabiya", "Euronews", "Radio Free Europe", "Voice of America", "Bloomberg News"),
    *("New York Times", "Washington Post", "Wall Street Journal", "Los Angeles Times", "Newsweek"),
    *("USA Today", "Financial Times", "Guardian", "Daily Telegraph", "Daily Mail", "Economist"),
    *("Le Monde", "Le Figaro", "Der Spiegel", "Die Zeit", "Bild", "El País", "El Pais", "Pravda"),
    *("Corriere della Sera", "La Repubblica", "Haaretz", "Asahi Shimbun", "Times of India"),
    *("Kyiv Independent", "Kyiv Post", "Ukrainska Pravda", "Meduza", "Novaya Gazeta"),
    *("Politico", "Axios", "HuffPost", "BuzzFeed News", "Bellingcat", "ProPublica", "TechCrunch"),
)
# These want their capitals: they are words, too, or hardly to be told from them.
_CAPITALS = frozenset(["AP", "UPI", "DPA", "PTI", "TASS", "Guardian", "Economist", "Bild", "Kyodo"])
# A title of two words or more with one of these is that of a paper, a broadcaster or a magazine.
_TITLE = (
    r"Times|Post|News|Herald|Gazette|Tribune|Daily|Journal|Chronicle|Guardian|Telegraph|Observer"
    r"|Courier|Examiner|Inquirer|Dispatch|Sentinel|Weekly|Bulletin|Zeitung|Magazine"
)
# "Did Kyiv Post …": the first word of a question is no part of a title.
_OTHER = (
    r"(?:The|A|And|Did|Do|Does|Has|Have|Had|Is|Was|Are|Were|Will|What|Which|Who|How|Why|When|Where"
    r"|According|In|On|From|By|If|As|That|Between|While|Whereas)\b"
)
_NAME = re.compile(
    rf"\b(?:(?i:{_any_of(n for n in _KNOWN if n not in _CAPITALS)})|{_any_of(_CAPITALS)})\b"
    rf"|\b(?:(?!{_OTHER})[A-Z][\w’'-]+ ){{1,3}}(?:{_TITLE})\b"
    rf"|\b(?:{_TITLE}) of (?:the )?[A-Z]\w+"
)
_SPELT = {name.casefold(): name for name in _KNOWN}
_REPORT = r"(?:articles?|reports?|stor(?:y|ies)|pieces?|coverage|reporting|editorials?)"
_SAYS = (
    r"(?:reports?|reported|says?|said|claim(?:s|ed)?|writes?|wrote|written|publish(?:es|ed)?"
    r"|cover(?:s|ed)?|describe[sd]?|mention(?:s|ed)?|note[sd]?)"
)
_BEFORE = re.compile(
    rf"(?:\baccording to|\b{_REPORT}\b(?: [^,;?]{{1,40}})? (?:from|by|in|of)"
    r"|\b(?:reported|written|covered|published) (?:by|in))\s+(?:the\s+)?[\"“‘']?$",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(
    r"\b(?:did|does|do|has|have|how|what|as|that|which)\s+(?:the\s+)?[\"“‘']?$", re.IGNORECASE
)
_BEHIND_ASKED = re.compile(rf"^[\"”’']?\s+(?:also\s+)?{_SAYS}\b", re.IGNORECASE)
_BEHIND = re.compile(
    rf"^[\"”’']?(?:[’']s?\s+(?:\w+\s+)?|\s+){_REPORT}\b"
    r"|^[\"”’']?\s+(?:reports|reported|wrote)\b(?:\s+(?:that|on|about)\b)?",
    re.IGNORECASE,
)


def absent_outlets(question: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The names, each once.

    Args:
        question: The question.
        mentions: Where it names outlets that the archive has.
    """
    return tuple(dict.fromkeys(_named(question, mentions)))


def _named(question: str, mentions: Sequence[Mention]) -> Iterator[str]:
    for match in _NAME.finditer(question):
        if any(m.start < match.end() and match.start() < m.end for m in mentions):
            continue
        before, behind = question[: match.start()], question[match.end() :]
        asked = _ASKED_OF.search(before) and _BEHIND_ASKED.match(behind)
        if _BEFORE.search(before) or asked or _BEHIND.match(behind):
            yield _SPELT.get(match[0].casefold(), match[0])
