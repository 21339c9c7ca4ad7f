"""The verbs by which the news says who says, writes, thinks or asks for something.

Alternatives of regular expressions; ``SAYING`` are those after which words stand as they were said.
"""

from __future__ import annotations

SAYING = (
    "said|says|say|told|tells|warned|warns|added|adds|argued|argues|claimed|claims|stated|states|"
    "announced|announces|declared|declares|insisted|insists|noted|notes|explained|explains|"
    "suggested|suggests|acknowledged|acknowledges|admitted|admits|denied|denies|confirmed|"
    "confirms|predicted|predicts|estimated|estimates|stressed|stresses|emphasi[sz]ed|"
    "emphasi[sz]es|highlighted|highlights|questioned|questions|critici[sz]ed|critici[sz]es|"
    "accused|accuses|expressed|expresses|indicated|indicates|revealed|reveals|pledged|pledges|"
    "promised|promises|vowed|vows|asserted|asserts"
)
REPLYING = "replied|concluded|commented|tweeted"
WRITING = "wrote|writes"
REPORTING = "reported|reports"
# What else stands beside a quotation: not always with the speaker as its subject.
TALKING = "asked|recalled|continued|continues|described|describes|characteri[sz]ed"
RETORTING = (
    "testified|testifies|remarked|alleged|alleges|conceded|concedes|cautioned|cautions|complained|"
    "complains|contended|contends|boasted|boasts|joked|lamented|laments|reiterated|reiterates"
)
# Verbs that others may use of the same person: "B said that A hopes so" makes B the speaker.
HOLDING = (
    "believes|believed|thinks|hopes|hoped|fears|feared|doubts|doubted|expects|expected|urged|urges|"
    "demanded|demands|proposed|proposes|recommended|recommends|responded|responds|maintained|"
    "maintains|recalled|recalls|asked|asks|posted|wants|wanted"
)

ADVERBS = (
    "has|have|had|also|later|previously|repeatedly|recently|then|once|publicly|already|privately|"
    "reportedly"
)
"""What stands between a subject and its verb of saying."""

PASSIVE = r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?$"
"""Before a verb whose subject does not speak: "he was told"."""
