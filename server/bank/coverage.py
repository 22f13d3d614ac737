"""What there is to draw: items by domain, difficulty and kind, and the topics that no item is about."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from domain.enums import ChallengeKind, Difficulty, Domain
from server.bank.content import Content
from server.bank.findings import Finding

KINDS: Final[Mapping[ChallengeKind, str]] = {
    ChallengeKind.MULTIPLE_CHOICE: "multiple choice",
    ChallengeKind.SCENARIO: "scenario",
}
_MISSING: Final = "none"
_CELL: Final = 8

Counts = Mapping[tuple[ChallengeKind, Domain, Difficulty], int]


def counts(content: Content) -> Counts:
    """How many items every cell has, empty cells too."""
    there = Counter((item.kind, item.domain, item.difficulty) for item in content.items)
    return {
        (kind, domain, difficulty): there[kind, domain, difficulty]
        for kind in ChallengeKind
        for domain in Domain
        for difficulty in Difficulty
    }


def gaps(cells: Counts) -> Iterator[Finding]:
    """Cells without an item: who asks for one is refused."""
    for kind, name in KINDS.items():
        for domain in Domain:
            empty = [difficulty for difficulty in Difficulty if not cells[kind, domain, difficulty]]
            if empty:
                place = kind.lower() + "/" + domain.lower()
                yield Finding(place, f"has nothing {' or '.join(empty)}", f"add a {name} item for each")


def topics_without_item(content: Content) -> Mapping[Domain, tuple[str, ...]]:
    """Of each domain the topics that no item of either kind is about; no entry where each topic has one."""
    used = {(item.domain, item.topic) for item in content.items}
    bare = {
        info.domain: tuple(topic for topic in info.topics if (info.domain, topic) not in used)
        for info in content.domains
    }
    return {domain: topics for domain, topics in bare.items() if topics}


def table(cells: Counts) -> list[str]:
    """A line a domain, a column a difficulty, kinds side by side; an empty cell says so."""
    width = max(map(len, Domain)) + 2
    block = _CELL * len(Difficulty)
    lines = [" " * width + "".join(f"{name:>{block}}" for name in KINDS.values())]
    lines.append(" " * width + "".join(f"{each:>{_CELL}}" for _ in KINDS for each in Difficulty))
    for domain in Domain:
        row = [cells[kind, domain, difficulty] or _MISSING for kind in KINDS for difficulty in Difficulty]
        lines.append(f"{domain:<{width}}" + "".join(f"{cell:>{_CELL}}" for cell in row))
    return lines
