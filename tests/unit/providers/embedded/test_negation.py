import pytest

from providers.embedded.negation import denied
from providers.embedded.words import read_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We should not add an index because it slows writes.", ["add", "index"]),
        ("We shouldn’t add an index.", ["add", "index"]),
        ("The build does not lock the table and keeps writes going.", ["lock", "table"]),
        ("Not only does it lock the table, it blocks reads.", []),
        ("An index is not needed, but a cursor is.", ["index", "needed"]),
        ("Adding an index would be a mistake.", ["adding", "index"]),
        ("An extra index is pointless here.", ["extra", "index"]),
        ("Use a cursor instead of an offset, so deep pages stay cheap.", ["offset"]),
        ("We do not want to avoid adding an index.", ["want", "avoid"]),
        ("I would never not test it.", []),
        ("The rename works without locking a table; reads go on.", ["locking", "table"]),
        ("No flag and no pilot is needed.", ["flag", "pilot", "needed"]),
        ("No index, cursor or cache exists.", ["index", "cursor", "cache", "exists"]),
        ("No downtime, writers go on.", ["downtime"]),
        ("It does not go live until ten days pass.", ["go", "live"]),
        ("There is no doubt that an index helps.", []),
    ],
)
def test_a_denial_reaches_its_clause(text: str, expected: list[str]):
    words = read_words(text)
    assert [word.text for word, mark in zip(words, denied(words), strict=True) if mark and word.content] == expected
