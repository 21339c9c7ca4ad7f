"""Names: which words are names, and in what forms they are known."""

from __future__ import annotations

import pytest

from qa._language.names import KnownNames, names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Officials said Putin wants peace.", "Putin"),
        ("Zelensky signed a decree.", "Zelensky"),
        ("Trump administration officials met.", "Trump"),
        ("Reuters has asked.", "Reuters"),
        ("Negotiators have met.", ""),
        ("Diplomatic talks began. Many of them failed in May on Monday.", ""),
        ("Seventy percent of Germans agreed.", "Germans"),
        (
            "Mr. Biden met the White House's Jean-Claude Juncker.",
            "Biden White House's Jean Claude Juncker",
        ),
        ("He said: “Nothing changed.”", ""),
        ("U.S. and UN officials", "USA UN"),
        ("nothing here", ""),
    ],
)
def test_which_words_are_names(text: str, expected: str) -> None:
    assert [name.text for name in names(text)] == expected.split()


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("In Kiev Zelenskyy spoke.", "Zelensky, in Kyiv", ""),
        ("Then Lavrov spoke.", "Sergey Lavrov", ""),
        ("Then Sergei Lavrov spoke.", "Lavrov", "Sergei"),
        ("The Russians spoke.", "Russia", ""),
        ("The European Union spoke.", "the EU", ""),
        ("The EU spoke.", "the European Union", ""),
        ("The US and Americans spoke.", "the United States", ""),
        ("The Californian spoke.", "California", ""),
        ("The Austrian spoke.", "Australia", "Austrian"),
        ("Then Johnson spoke.", "Johnston", "Johnson"),
        ("The Iraqi spoke.", "Iran", "Iraqi"),
        ("Then Obama’s aide spoke.", "an aide", "Obama’s"),
        ("The G7 met in Bari.", "leaders in Bari", "G7"),
    ],
)
def test_in_what_forms_they_are_known(claim: str, evidence: str, missing: str) -> None:
    assert [name.text for name in KnownNames([evidence]).missing(claim)] == missing.split()
