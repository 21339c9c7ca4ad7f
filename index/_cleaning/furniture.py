"""What page furniture says: the wordings by which a line is known not to be article text.

The patterns are matched against whole lines, folded (see ``fold``): lower case, straight
apostrophes, single spaces, no bullet or arrow at either end. A line of several sentences is
furniture only if each of them is. No pattern names a site.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from index._cleaning.furniture_abroad import WORDINGS_ABROAD

LONGEST = 240
"""Furniture lines are short: longer ones are article text, whatever they say."""

PLATFORM = (
    r"(?:telegram|twitter|x|facebook|instagram|whats ?app|you ?tube|tik ?tok|linked ?in|threads"
    r"|bluesky|mastodon|viber|vk|vkontakte|odnoklassniki|pinterest|reddit|snapchat|flipboard"
    r"|signal|discord|spotify|google news|apple news|google play|app store|apple podcasts?"
    r"|messenger|tumblr|social media|substack|patreon|rss)"
)
_PLATFORMS = (
    rf"{PLATFORM}(?:(?: ?\(?@\w+\)?)?(?:, | and | or | & |/|, and )(?:on )?{PLATFORM}"
    rf"(?: ?\(?@\w+\)?)?)*"
)
_CHANNEL = (
    r"(?:news ?letters?|mailing list|e-?mail (?:list|alerts?|updates?)|channels?|podcasts?"
    r"|(?:push )?notifications?|(?:news )?alerts?|daily (?:briefing|digest)|breaking news"
    r"|(?:latest|top) (?:news|stories|updates|headlines)|(?:rss )?feed|updates)"
)
_STORIES = r"(?:articles?|stor(?:y|ies)|news|posts?|coverage|content|reading|videos?|topics?)"
_THIS = r"(?:this|the) (?:article|story|post|page|news|video|report)"
_PICTURE = r"(?:photos?|photographs?|images?|pictures?|pics?|foto|illustration|graphic|screenshot)"
_AGENCY = (
    r"(?:getty(?: images)?|shutterstock|istock(?:photo)?|alamy(?: stock photo)?|afp|ap(?: photo)?"
    r"|associated press|reuters|epa(?:-efe)?|pa(?: wire| media| images)?|xinhua|tass|unsplash"
    r"|pixabay|flickr|wikimedia(?: commons)?|handout|file(?: photo)?|courtesy)"
)
_US = r"(?:us|me|our (?:page|channel|account|group|team)|@\w+|(?:the|this) (?:author|writer))"
_END = r"(?: (?:now|today|here|below|for free|first))?[.!:]?"
_REST = r"[^.!?]{0,80}[.!]?"  # of the same sentence

_WORDINGS: Mapping[str, tuple[str, ...]] = {
    "invitation": (
        rf"(?:follow|join|like|find|add) {_US}(?: and {_US})?{_END}",
        rf"(?:(?:please|don't forget to|you can|also|and) )*(?:follow|join|like|find|add|watch"
        rf"|connect with|subscribe to|chat with|message)(?: and \w+)? {_US}"
        rf"(?: and (?:\w+ )?us)? (?:on|at|via|in|through) (?:the |our )?(?:{_PLATFORMS}|@\w+)"
        rf"(?: (?:@\w+|{_CHANNEL}|page|account|group))?(?: for {_REST})?{_END}",
        rf"follow (?:our|the|all the)(?: [\w'-]+){{0,4}} (?:coverage|reporting|updates|news"
        rf"|stories)"
        rf"(?: [\w'-]+){{0,8}} (?:on|at|via) (?:the )?(?:@\w+|{_PLATFORMS}|\S+\.\S+/?\S*)[.!]?",
        rf"(?:please )?(?:follow|join|like)(?: [\w.'-]+){{1,6}} on {_PLATFORMS}"
        rf"(?:[:,]? (?:at )?\(?@\w+\)?)*{_END}",
        r"follow (?:[\w.'-]+ ){0,4}@\w+(?:(?:,| and|,? or) @\w+)*[.!]?",
        rf"(?:please |click here to |tap to )?(?:join|subscribe to|follow|sign up (?:for|to)"
        rf"|register for) (?:our|the|all|free)(?: [\w'&-]+){{0,5}} (?:{_CHANNEL}"
        rf"|community)\b{_REST}",
        rf"(?:join|subscribe to)(?: [\w'&-]+){{0,4}} (?:{PLATFORM} )?"
        rf"(?:channel|news ?letters?|mailing list|rss feed)\b{_REST}",
        r"(?=.*[@/])(?:reach|contact|e-?mail|follow|message) (?:the )?(?:reporters?|writers?"
        r"|authors?"
        r"|him|her|them|us|me|[\w.'-]+(?: [\w.'-]+){0,3}) (?:on|at|via|by)\b.{3,140}",
        rf"follow (?:the )?(?:[\w'-]+ ){{1,8}}on {_PLATFORMS}{_END}",
        r"(?:have|got) an? (?:news )?(?:tip|story(?: idea)?|question|comment"
        r"|suggestion)\b[^.!?]{0,60}"
        r"(?:[?!] |, )(?:e-?mail|contact|let us|tell us|write|send|reach|call|[\w ]{0,40}may be"
        r" reached)\b.{0,160}",
        rf"(?:we are|we're|find us) (?:also |now )?on {_PLATFORMS}{_END}",
    ),
    "subscription": (
        rf"(?:subscribe|sign up|register|log ?in|sign in)(?: (?:or|/|and) (?:subscribe|sign up"
        rf"|register|log ?in|sign in))?{_END}",
        r"(?:subscribe|sign up|register|log ?in|sign in)(?: (?:now|here|today))?"
        r" (?:to|for|and) (?:continue reading|keep reading|read more|unlock|get access"
        r"|unlimited (?:digital )?access|(?:full|digital) access|e-?mail (?:alerts|updates"
        r"|newsletters))"
        rf"\b{_REST}",
        rf"sign up (?:for|to)(?: [\w'&-]+){{0,5}} (?:{_CHANNEL})\b{_REST}",
        r"get (?:all |the |our |more )?[^.!?]{2,60}(?: (?:delivered|sent|straight|right|directly))+"
        r" (?:in|to) your (?:inbox|phone|e-?mail)[^.!?]{0,30}[.!]?",
        r"already (?:a|have a|have an) (?:subscriber|member|registered user|subscription|account)\b"
        r"[.?]?(?: (?:log|sign) in\b.{0,20})?",
        r"not a (?:subscriber|member)(?: yet)?\?(?: (?:sign up|subscribe|register|join)\b.{0,20})?",
        r"(?:this|the full) (?:article|story|content) is (?:only )?(?:available )?(?:exclusively )?"
        r"(?:for|to) (?:our )?(?:paying |paid |registered )?(?:subscribers|members)(?: only)?[.!]?",
        rf"to continue reading,? (?:please |you )?(?:subscribe|log|sign|register|must|need){_REST}",
        r"(?:want|looking for|need) (?:more|to|the latest)\b[^.!?]{2,60}\? (?:join|subscribe"
        r"|sign up"
        r"|follow|get|check)\b.{2,140}",
        r"(?:join|subscribe to|sign up (?:for|to)|get) (?:[\w'.&-]+ ){0,8}(?:news ?letters?|daily"
        r" (?:brief(?:ing)?|digest|e-?mail)|e-?mail alerts?)\b[^!?]{0,140}[.!]?",
        r"(?:sign up|subscribe|register) (?:for|to)\b[^.!?]{2,80}\b(?:news ?letters?|inbox|free"
        r" trial)\b"
        r"[^.!?]{0,100}[.!]?",
        r"get (?:the )?(?:latest|breaking|top|daily|exclusive|best)(?: [\w'&-]+){0,4} (?:news"
        r"|updates"
        r"|alerts|stories|headlines|reports)\b.{0,160}",
        r"sign[- ]?up: .{4,160}",
        r"no spam\b.{0,30}(?:unsubscribe.{0,140})?|you can unsubscribe at any time\b.{0,140}",
        r"(?:if|when) you (?:buy|purchase|click|shop|order)\b.{0,120}\b(?:commission|share of"
        r" the sale"
        r"|affiliate|compensat\w+)\b.{0,100}",
        r"(?:we|[\w'.-]+(?: [\w'.-]+){0,3}) may (?:earn|get|receive|be"
        r" paid)\b.{0,60}\b(?:commission"
        r"|share of the sale|affiliate\w*|compensation)\b.{0,140}",
        rf"thank(?:s| you) for (?:subscribing|signing up|registering){_REST}",
        rf"enter your e-?mail(?: address)?\b{_REST}",
        r"support (?:our|independent|quality|local) journalism[.!]?",
    ),
    "legal": (
        r"(?:(?:our |your |the )?(?:[\w.]+ )?(?:terms (?:of (?:use|service)|(?:and|&) conditions)"
        r"|privacy (?:policy|notice|settings|rights)|cookie (?:policy|settings|notice)"
        r"|user agreement|code of conduct|editorial standards|accessibility"
        r"|do not sell my (?:personal )?info(?:rmation)?|ad ?choices|disclaimer|contact us|about us"
        r"|site ?map)(?: ?[|/·•,&-]| and)? ?){2,}",
        r"(?:registration on|(?:use|continued use) of) (?:or use of )?this (?:web)?site"
        r" (?:constitutes|means"
        r"|signifies|implies)\b.{0,160}",
        r"(?:your )?california privacy rights|ad ?choices|interest[- ]based ads",
    ),
    "cookie notice": (
        r"(?:we|this (?:web)?site|our (?:web)?site|this page) uses? (?:[\w-]+ ){0,4}cookies\b.*",
        r"by (?:continuing|clicking|using|browsing|signing up|choosing|submitting"
        r"|subscribing)\b.{0,80}"
        r"\b(?:you|i) (?:are )?(?:agree|accept|consent|acknowledge).*",
        r"(?:accept|reject|manage|allow)(?: all| necessary)?(?: cookies?)?(?: settings|"
        r" preferences)?",
        r"(?:cookies?|privacy) (?:policy|settings|preferences|notice)",
        r"terms (?:of (?:use|service)|(?:and|&) conditions)",
        r"do not sell my (?:personal )?info(?:rmation)?",
    ),
    "site hint": (
        # You can also highlight the text and press Ctrl + Enter
        r"(?=.*\b(?:highlight|select|mark|spot|spotted|notice|noticed|find|found|see)\b)"
        r"(?=.*\b(?:text|error|mistake|typo|fragment|word|misprint|it)\b)"
        r".*\b(?:press|hit|click|push|use)\b.{0,20}\b(?:ctrl|cmd|control|command|shift) ?[+-]"
        r" ?enter\b"
        r".{0,60}",
        r"(?:found|spotted|noticed|see) an? (?:error|mistake|typo)\?.{0,80}",
        rf"(?:please )?(?:enable|turn on|allow) (?:javascript|cookies)\b{_REST}",
        rf"(?:javascript is (?:disabled|required)|your browser does not support)\b{_REST}",
        rf"(?:listen to|save) {_THIS}\b.{{0,30}}",
        r"(?:estimated )?(?:(?:reading|read) time:? )?\d+[- ]min(?:ute)?s? (?:read|listen)",
        r"(?:reading|read) time:? \d+ min(?:ute)?s?",
        r"loading(?: comments)?\.*|please wait\.*|open in app|get (?:the |our )?app",
        r"(?:this video|video player|media) (?:is not|isn't|can ?not be|could not be)"
        r" (?:available|played|loaded|supported)\b.{0,60}",
    ),
    "advertisement": (
        r"advertisements?(?: - .{1,60})?|advert|sponsored(?: content| links?)?|paid content"
        r"|adverti[sz]e with us",
        r"(?:(?:the |this )?(?:story|article|post|text) |scroll down to |scroll to )?continues?"
        r"(?: reading)? (?:below|after)(?: (?:this |the )?(?:ad|advert|advertisements?|video"
        r"|gallery"
        r"|photo|image|newsletter(?: sign[- ]?up)?))?[.:]?",
        r"advertisement.? (?:the )?(?:story|article) continues below",
        r"continue reading(?: the main story)?(?: below)?",
        r"skip (?:ad|advertisement|promotion)s?|remove ads",
    ),
    "link stub": (
        r"(?:please |click here to |tap to )?(?:read|see|find out|learn|watch|view|discover)"
        r" (?:the )?"
        r"(?:more|full (?:article|story|report|text|interview|post)|also|next|this next|original"
        r" (?:article|story|post))(?: (?:here|now|online|below|on our (?:web)?site))?[.:]?",
        # Read More From ..., without a full stop: with one it may be a piece of advice
        r"read (?:more|the full (?:story|article|report)) (?:from|at|on|in|about|by|of)"
        r" [^.!?]{2,80}",
        r"read more [^.!?]{0,60}\bhere[.:]?",
        r"(?:read (?:more|also|next|it here)|also read|see (?:also|more)|related(?: stor(?:y|ies)"
        r"| articles?| coverage)?|recommended|don't miss|watch(?: more| also| now)?|must read"
        r"|more on this(?: story)?)(?: here)?: .{8,200}(?<![.;,])",
        r"(?:read more|read also|also read|see also|read next|recommended(?: reading| for you)?"
        r"|more on this(?: story| topic)?|don't miss|you (?:may|might) also (?:like|be"
        r" interested in)"
        r"|editors?'?s?'? (?:picks?|choice)|further reading|want more stories like this\?"
        r"|trending(?: now| stories| news| topics)?|more from (?:the web|around the web|this"
        r" author)"
        r"|most (?:read|viewed|popular|shared|commented)):?",
        rf"(?:related|recommended|more|popular|latest|top|similar|previous|next|older|newer"
        rf"|featured"
        rf"|suggested|other) {_STORIES}(?: (?:like this(?: one)?|from (?:this|the) author))?:?",
        r"related(?: tags| links| posts?)?:?",
        r"click (?:here|(?:on )?the link(?: below)?)(?: below)? (?:to|for)"
        r" (?:read|see|view|get|more|learn|sign|subscribe|download|the full|full|our|join|follow"
        r"|watch)"
        rf"\b{_REST}",
    ),
    "comment form": (
        r"(?:leave|post|write|add|submit) (?:a|your|the first) (?:reply|comment|response|review)"
        r"(?: below| here)?(?: cancel reply)?[.!]?",
        r"(?:leave a (?:reply|comment) (?:to|on) .{1,80})|cancel reply|(?:post|submit|your)"
        r" comment ?\*?",
        r"(?:your )?(?:name|e-?mail|e-?mail address|website|comment) ?(?:\*|\((?:required"
        r"|optional)\))"
        r"(?: (?:name|e-?mail|website) ?\*?)*",
        r"your e-?mail(?: address)? will not be (?:published|shown|shared|displayed)\b.{0,30}",
        r"(?:all )?required fields are marked\b.{0,20}",
        r"save my name, e-?mail,? (?:and (?:web)?site )?in this browser\b.{0,60}",
        r"notify me (?:of|when|via|by)\b.{0,80}",
        r"(?:you (?:must|need to|have to) (?:be )?|please )?(?:logged in|log ?in|sign in|register)"
        r"(?: or (?:register|sign up))? to (?:post|leave|add|write|submit|join|reply"
        r"|comment)\b.{0,60}",
        r"be the first to (?:comment|leave a comment|reply)\b.{0,40}",
        r"(?:view|see|show|load) (?:all|more)(?: ?\(\d+\))?|(?:view|show|hide|see|load|read)(?:"
        r" all| more)?(?: \d+)? comments?(?: \(\d+\))?",
        r"(?:no|\d+) (?:comments?|repl(?:y|ies)|responses?)(?: yet| so far)?(?: \(\d+\))?[.!]?",
        r"comments?(?: ?\(\d+\)| are (?:closed|off|disabled|turned off)\b.{0,40})",
        r"join the (?:conversation|discussion)(?: below| in the comments)?[.!]?",
        r"(?:share|tell us|let us know|leave) (?:your|what you) (?:thoughts?|views?|opinions?|think"
        r"|comments?)\b.{0,40} (?:in the comments?|comments? section|below)\b.{0,30}",
    ),
    "navigation": (
        r"(?:back|return|scroll|go|jump)(?: back)? to (?:the )?(?:top|main page|home ?page)"
        r"(?: button| of (?:the )?page)?",
        r"skip to (?:main |primary )?(?:content|navigation)|toggle (?:navigation|menu|search)",
        r"(?:previous|next|older|newer) (?:article|post|story|page)(?: ?: ?.{4,150})?"
        r"|post navigation|(?:main|open|close) menu",
        r"report (?:a typo|an? error|this ad|a mistake)",
        r"(?:print|e-?mail|send|bookmark) this (?:article|page|story|post|link)"
        r"(?: (?:to a|share it with) friends?)?",
        r"(?:this (?:article|page|story|post)|view this) in (?:pdf|print)",
    ),
    "share bar": (
        r"(?:share|tweet|pin|post)(?: (?:this|it))?(?: (?:article|story|post|page|news|link))?"
        rf"(?: (?:on|to|via|with|by) (?:your )?(?:{_PLATFORMS}|e-?mail|friends|social networks"
        rf"|others))?"
        r"(?: \(opens in (?:a )?new window\))?[:!]?",
        r"click to (?:share|print|e-?mail|tweet)\b.{0,60}",
        r"(?:click to )?copy(?: (?:the )?(?:link|url))?|link copied!?",
        r"(?:show more|close extra) sharing options|sharing is caring[.!]?|share (?:permalink|via)"
        r"|x share via|copy link url ?copied!?",
        r"spread the (?:word|love)[.!]?|\d[\d,.]* ?k? shares?|shares?:? ?\d*",
        r"this (?:story|article|post) has been shared [\d,.]+ times[.!]?(?: [\d,.]+)?",
    ),
    "copyright": (
        r"(?:©|\(c\)|copyright\b)[^.!?]{0,20}\b(?:19|20)\d\d\b.{0,200}",
        r"(?:©|copyright\b)[ :]{0,2}(?:©|by )?[^.!?]{2,80}",
        r"(?:[^.!?]{0,80}[ .])?all rights (?:are )?reserved\b.{0,120}",
        r"(?:this|the) (?:material|content|article|story)(?: on this (?:web)?site)? may not be"
        r" (?:published|reproduced|distributed|copied|used)\b.{0,200}",
        r"(?:distributed|published|reprinted|used|licensed) (?:by|under|with)"
        r" (?:permission|licen[cs]e)\b.{0,60}",
    ),
    "photo credit": (
        rf"\(?(?:(?:main |file |cover |featured |top |header )?{_PICTURE})"
        rf"(?: ?(?:credits?|source|courtesy(?: of)?|by|via|from|supplied(?: by)?))?"
        rf" ?[:©/|] ?©?[^.!?:]{{2,70}}\)?",
        rf"\(?(?:file )?{_PICTURE} (?:courtesy(?: of)?|via|credits?) [^.!?:]{{2,60}}\)?",
        rf"\(?(?:(?:{_PICTURE}|[\w.'-]+(?: [\w.'-]+){{0,5}}) ?(?:/|\||via|-|–|—) ?)+(?:the"
        rf" )?{_AGENCY}"
        rf"(?: ?(?:/|\||via|-) ?[\w .'-]{{2,40}})?\)?",
        rf"\((?:the )?{_AGENCY}\)|{_AGENCY} (?:photo|image|picture)s?",
        r"(?:hide|toggle|show) caption|(?:enlarge|expand|view) (?:this )?(?:image|photo|picture)"
        r"|image \d+ of \d+|(?:back to|view|open|launch|see) (?:the )?(?:photo )?(?:gallery"
        r"|slideshow)",
    ),
    "time ago": (
        r"(?:(?:last )?(?:updated|modified|published|posted)[: ]{1,2})?(?:about )?(?:\d+|an?|one)"
        r" ?(?:s|sec|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|months?|yrs?"
        r"|years?) ago",
    ),
    "breadcrumb": (
        r"home(?: page)?(?: ?[>»›/|→] ?[\w &'.,-]{2,60}){1,6}",
        r"[\w &'-]{2,40}(?: ?[>»›→] ?[\w &'.,-]{2,60}){2,6}",
    ),
    "author box": (
        r"about the (?:authors?|writers?|columnists?|reporters?)",
        r"(?:more|all|other|latest|view|see|read)(?: all| more| other)? (?:(?:posts?|stories"
        r"|articles?|news|columns?) )?(?:by|from) (?:this (?:author|reporter|writer)"
        r"|[\w.'-]+(?: [\w.'-]+){1,3})(?: (?:»|→))?",
        r"view (?:full |author )?(?:profile|archive|bio)|(?:author|writer) (?:profile|archive|bio)",
    ),
    "donation": (
        r"(?:please )?(?:donate|support us|make a (?:donation|contribution)|become a (?:member"
        r"|subscriber|supporter|patron|sponsor)|contribute)(?: (?:now|today|here))?[.!]?",
        rf"(?:please )?(?:consider )?(?:donat(?:e|ing) (?:now |today )?(?:to (?:us|support|help"
        rf"|keep)"
        rf"|today)|(?:support|help|fund)(?:ing)? (?:us|our|independent|quality)(?: [\w-]+){{0,3}}"
        rf" (?:journalism|reporting|work|newsroom|coverage)|becom(?:e|ing) an? (?:member|supporter"
        rf"|subscriber|patron) (?:of|to|for|on|today|now))\b{_REST}",
        rf"(?:do you )?(?:rely on|like|enjoy|value)\b[^.!?]{{0,60}}\? (?:click here|please"
        rf"|consider|support"
        rf"|donate|sign up|subscribe|become)\b{_REST}",
    ),
    "hashtags": (r"(?:tags?:? )?#[^\s#,]+(?:[\s,]*#[^\s#,]+)+",),
}  # fmt: skip


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """Compiled when the first line is looked at: a search, which has none, is spared that."""
    return {
        rule: re.compile(
            "|".join(f"(?:{pattern})" for pattern in [*patterns, *WORDINGS_ABROAD.get(rule, ())])
        )
        for rule, patterns in _WORDINGS.items()
    }


# "»Ja«" is a quotation, "» Most read" a bullet.
_QUOTED = re.compile(r"[\"'“”‘’«„]|»\S")
_ORNAMENT = re.compile(r"\A[^\w@#\"'“‘«„(\[*©]+|[^\w.!?:;,*)\]\"'”’»…]+\Z")
_NEXT_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W_])")


def fold(line: str) -> str:
    """The form in which lines are compared; see the module's docstring."""
    folded = unicodedata.normalize("NFKC", line).replace("’", "'").replace("‘", "'")
    return " ".join(_ORNAMENT.sub("", folded).lower().split())


def furniture_rule(line: str) -> str | None:
    """The name of the rule by which a line is page furniture; None for article text.

    Args:
        line: A line that is not blank, without white space at its ends. One that begins with a
            quotation mark is what somebody said, never furniture.
    """
    if len(line) > LONGEST or _QUOTED.match(line):
        return None
    folded = fold(line)
    rule = _rule_of(folded)
    if rule:
        return rule
    sentences = _NEXT_SENTENCE.split(folded)
    if len(sentences) < 2:
        return None
    rules = [_rule_of(sentence) for sentence in sentences]
    if all(rules):
        return rules[0]
    # "Don't miss a thing. Sign up for our newsletter.": what leads up to an offer is part of it.
    leading = [s for s, rule in zip(sentences, rules, strict=True) if not rule]
    offer = rules[-1] if rules[-1] in _OFFERS else None
    return offer if all(_LEADS_UP.search(s) and len(s.split()) <= 12 for s in leading) else None


_OFFERS = frozenset({"subscription", "invitation", "donation"})
_LEADS_UP = re.compile(r"\b(?:you|your|we|our|us|don't|never|more|want|like)\b|\?\Z")


def _rule_of(folded: str) -> str | None:
    for rule, pattern in _patterns().items():
        if pattern.fullmatch(folded):
            return rule
    return None
