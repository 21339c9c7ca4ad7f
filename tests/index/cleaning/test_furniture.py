import pytest

from index._cleaning.furniture import fold, furniture_rule

# As they stand on news pages; the rest of the wordings are tried in test_cleaning.
FURNITURE = {
    "copyright": [
        "© 2019 The Daily Planet. All rights reserved.",
        "Copyright 2021 The Daily Planet",
        "This material may not be published, broadcast, rewritten or redistributed.",
        "Alle Rechte vorbehalten.",
        "저작권자 ⓒ 무단전재 및 재배포 금지",
    ],
    "photo credit": [
        "Photo: Jane Roe / Reuters",
        "(Image credit: Shutterstock)",
        "Jane Roe | Getty Images",
        "(Jane Roe / Associated Press)",
        "Image 1 of 4",
        "Hide caption",
    ],
    "time ago": ["Updated 3 hours ago", "2h ago", "an hour ago", "Last updated: 5 minutes ago"],
    "breadcrumb": ["Home > News > Europe", "News › World › Middle East"],
    "author box": ["About the Author", "More by Jane Roe", "View all posts by Jane Roe"],
    "donation": [
        "Donate now",
        "Become a member",
        "Please consider donating to support our journalism.",
    ],
    "subscription": [
        "Want more stories? Join the Daily Planet newsletter.",
        "If you buy something through this post, we may get a share of the sale.",
    ],
    "legal": ["Privacy Policy | Terms of Use", "Terms of Service Privacy Notice"],
    "link stub": [
        "Baca juga: Banjir di Jakarta",
        "Leia também",
        "Читайте также: Что известно",
        "関連記事",
        "관련기사",
        "Lesen Sie auch",
        "À lire aussi : Ce que l'on sait",
        "Más leídas",
    ],
    "advertisement": ["スポンサーリンク", "Publicidade", "Реклама", "Anzeige"],
    "share bar": ["Compartilhar no Facebook", "Sharing is caring!", "공유하기"],
    "comment form": ["Deixe um comentário", "コメントを残す", "댓글 12", "Tinggalkan Balasan"],
}

ARTICLE = [
    "Copyright law has to change.",
    "The image shows the minister, the ministry said.",
    "Photo finish: Roe wins by a hair.",
    "The donation was made three hours ago.",
    "Home prices fell for the third month.",
    "The author was about to leave.",
    "The president asked people to stay calm. Subscribe to our newsletter.",
    "Comments on the report were due on Friday.",
    "Terms of the deal were not disclosed.",
    "“Privacy policy is dead,” she said.",
    "Members of the union voted to become a party.",
    "Ago, a town in Japan, is known for its pearls.",
]


@pytest.mark.parametrize(
    ("rule", "line"), [(rule, line) for rule, lines in FURNITURE.items() for line in lines]
)
def test_wordings(rule: str, line: str) -> None:
    assert furniture_rule(line) == rule


@pytest.mark.parametrize("line", ARTICLE)
def test_article_lines(line: str) -> None:
    assert furniture_rule(line) is None


def test_folding_keeps_what_matters() -> None:
    assert fold("  » Read   MORE…") == "read more..."
    assert fold("© ’19") == "© '19"
