"""The word lists behind ``qa._language.normalise``, one entry a line: ``form: its variants``."""

from __future__ import annotations


def _inverted(table: str) -> dict[str, str]:
    """``variant → form`` of a table."""
    pairs = (line.split(": ") for line in table.strip().splitlines())
    return {variant: form for form, variants in pairs for variant in variants.split()}


_STOP_WORDS = """
a about above after again against all almost along already also although always am among an
and another any anyone anything are aren't around as at away back be because been before
being below between both but by can cannot can't could couldn't did didn't do does doesn't
doing don't done down during each either else even ever every everyone everything few for
from further get gets getting give given gives go goes going gone got had hadn't has hasn't
have haven't having he he'd he'll her here here's hers herself he's him himself his how
however i i'd if i'll i'm in indeed instead into is isn't it its it's itself i've just know
let let's like made make makes making many may maybe me might mine more moreover most much
must my myself neither never no nobody none nor not nothing now of off often on once one
only onto or other others otherwise our ours ourselves out over own per perhaps please
quite rather really regarding same say saying says said shall she she'd she'll she's should
shouldn't since so some somebody someone something sometimes somewhat still such tell
telling tells than that that's the their theirs them themselves then there therefore
there's these they they'd they'll they're they've thing things this those though through
thus to together told too toward towards under unless until unto up upon us use used uses
using very via was wasn't way we we'd well we'll went were we're weren't we've what
whatever what's when whenever where whereas where's whether which whichever while who
whoever whole whom who's whose why will with within without won't would wouldn't yet you
you'd you'll your you're yours yourself yourselves you've according reportedly
"""

_SPELLINGS = """
advisor: adviser
alexander: aleksandr oleksandr alexandr
alexei: aleksei alexey
cease-fire: ceasefire
dmitry: dmitri dmitriy dmytro
gaddafi: qaddafi gadhafi kadafi
hezbollah: hizbollah hizbullah
hussein: hussain husain
isis: daesh isil
kharkiv: kharkov
kyiv: kiev
lukashenko: lukashenka
lviv: lvov
mohammed: mohammad muhammad muhammed
navalny: navalniy
odesa: odessa
percent: per-cent
sergey: sergei serhii serhiy sergej
volodymyr: vladimir volodimir
yuri: yuriy yury
zelensky: zelenskyy zelenskiy zelenski zelenskyi zelenskij zelinsky
"""

_DEMONYMS = """
afghanistan: afghan
argentina: argentine argentinian
australia: australian
austria: austrian
belarus: belarusian
belgium: belgian
brazil: brazilian
bulgaria: bulgarian
canada: canadian
chile: chilean
china: chinese
croatia: croatian
cuba: cuban
czechia: czech
denmark: dane danish
egypt: egyptian
estonia: estonian
ethiopia: ethiopian
europe: european
finland: finn finnish
france: french
georgia: georgian
germany: german
greece: greek
hungary: hungarian
iceland: icelandic
india: indian
indonesia: indonesian
iran: iranian
iraq: iraqi
ireland: irish
israel: israeli
italy: italian
japan: japanese
kenya: kenyan
korea: korean
latvia: latvian
lebanon: lebanese
libya: libyan
lithuania: lithuanian
mexico: mexican
moldova: moldovan
netherlands: dutch
nigeria: nigerian
norway: norwegian
pakistan: pakistani
palestine: palestinian
philippines: filipino philippine
poland: pole polish
portugal: portuguese
romania: romanian
russia: russian
scotland: scottish
serbia: serbian
slovakia: slovak
somalia: somali
spain: spaniard spanish
sudan: sudanese
sweden: swede swedish
switzerland: swiss
syria: syrian
taiwan: taiwanese
thailand: thai
turkey: turk turkish türkiye turkiye
uk: brit british briton britain
ukraine: ukrainian
usa: american americans
venezuela: venezuelan
vietnam: vietnamese
wales: welsh
yemen: yemeni
"""

_INFLECTIONS = """
become: became
begin: began begun
bring: brought
build: built
buy: bought
catch: caught
child: children
choose: chose chosen
come: came
cost: costs
deal: dealt
die: dead dies died dying death deaths
draw: drew drawn
drive: drove driven
fall: fell fallen
fear: fears feared
feel: felt
fight: fought
find: found
flee: fled
fly: flew flown
forbid: forbade forbidden
freeze: froze frozen
grow: grew grown growth
hear: heard
hide: hid hidden
hold: held
invade: invasion invasions
keep: kept
lead: led
leave: left
lend: lent
lie: lying
lose: lost loss losses
man: men
mean: meant
meet: met
pay: paid
rise: rose risen
run: ran
see: saw seen
seek: sought
sell: sold sale sales
send: sent
shake: shook shaken
shoot: shot
show: shown
speak: spoke spoken
spend: spent
stand: stood
steal: stole stolen
strike: struck stricken
take: took taken
teach: taught
think: thought
throw: threw thrown
understand: understood
wear: wore worn
win: won
withdraw: withdrew withdrawn withdrawal withdrawals
woman: women
write: wrote written
"""

_ORDINARY = """
access accounts action activists activity advisors agreement aid aides allies amid analysts
analysis approximately armed army article articles assistance attacks authorities
authority banks battle border britons business cease ceasefire changes children citizens civilians
claims clashes climate coaches commanders commentators communities companies company concerns
conditions conflict consumers conversations correspondents countries country court courts critics
current currently customers data dates deal deals death deaths demand details diplomacy diplomatic
diplomats direct discussions doctors documents dozens drivers economists efforts election elections
employees energy estimates evidence executives expectations experts exports fans far fears federal
fighting figures financial firms following food forces foreign former fresh fuel funding future
global government governments groups growth heavy help high historians hopes hospitals hostages
hostilities houses housing hundreds important imports increases indirect individuals inflation
informal information initial inspectors insiders intelligence intermediaries international investors
investigators issues journalists judges key lack large later latest law lawmakers lawyers leaders
leading legislators limited local long loss losses low main major markets martial materials
measures media meetings members men messages military millions ministers money moves negotiating
negotiations negotiators neither neutrality new news next nobody numbers observers occupied
officers official officials oil older opinion opponents orders organizations organisations parents
parties past patients peace people personnel planes plans players points police policy political
politicians polls poor possible potential prices prior private proposals prosecutors protesters
protests public rates readers rebels recent recently relations relatives reporters reports
representatives rescuers research researchers residents respondents
responses results retailers rules rumors rumours sales sanctions scientists secret security senators
senior separately settlers shares ships signals skepticism soldiers some sources speaking
specifics spokesman spokesmen spokeswoman staff statements states stocks strikes students studies
study supplies support supporters survey surveys survivors suspects talks taxes teachers teams
technology territorial territories territory tensions tests thousands threats today tonight tomorrow
traders trade troops trust two uncertainty under unidentified unlike uncertain various versions
victims viewers violence visitors voters war warnings weapons western eastern northern southern
winter women workers world writers yeah yes yesterday young
"""

_FUNCTION_WORDS = """
aboard abroad across afterwards ago ahead alas albeit alone alongside amidst amongst anew anybody
anyhow anyway anywhere apart aside atop backwards barring beforehand behind beneath beside besides
better between beyond bigger biggest boys broader broadest cheaper cheapest circa closer closest
colder coldest concerning considering contrary countless deeper deepest despite double downstairs
due earlier earliest easier easiest elsewhere enough everybody everywhere except excluding families
faster fastest fewer fishermen forth forwards furthermore furthest girls greater greatest half
harder hardest heavier heaviest henceforth hereafter hereby herein heretofore higher highest
hitherto hotter hottest inasmuch including inmates inside insofar inward larger largest last late
latter least less lest lighter lightest likewise longer longest lower lowest meantime meanwhile
midway migrants minus near nearby nearer nearest needless nevertheless newer newest nonetheless
notwithstanding nowadays nowhere numerous nurses oldest onward opposite ought outside overall
overnight overseas pending pilots plenty plus poorer poorest providing pursuant quicker quickest
refugees regardless respecting richer richest scores seldom several shorter shortest sideways
similar slower slowest smaller smallest somehow sometime somewhere soon sooner sorry stronger
strongest subsequent taller tallest thanks thereafter thereby therein thereof thereupon thrice
throughout till tougher toughest twice underneath upstairs upward upwards versus warmer warmest
weaker weakest whereby wherein whereupon wherever whilst whomever wider widest worse worst younger
youngest
"""

_TITLES = "mr mrs ms miss dr sir"

# Words that begin a sentence with a capital without being names; word forms that the support
# check can tell by their ending need not be here.
ORDINARY_OPENERS = frozenset((*_ORDINARY.split(), *_FUNCTION_WORDS.split()))

# Courtesy titles, which say nothing that would need proof.
TITLES = frozenset(_TITLES.split())

# Words that say nothing about what a text is about. Negations are here as well: they carry
# meaning, but not topic, and the support check weighs them separately.
STOP_WORDS = frozenset(_STOP_WORDS.split())

# One spelling for a name that English writes in several ways.
SPELLINGS = _inverted(_SPELLINGS)

# The inhabitant or the adjective, for the country.
DEMONYMS = _inverted(_DEMONYMS)

# Inflections that no suffix rule reaches.
INFLECTIONS = _inverted(_INFLECTIONS)
