"""The same item twice: by its id, by its title, or by what it tells."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from domain.likeness import NEAR_DUPLICATE, likeness, sketch
from providers.embedded.bank import ChoiceItem, Item, ScenarioItem
from server.bank.content import Content
from server.bank.findings import Finding


def repeated(content: Content) -> Iterator[Finding]:
    """Ids and titles that two items have, and stems and situations that are one told twice."""
    yield from _shared(content.items, lambda item: item.id, "id", "give one of them an id of its own")
    yield from _shared(
        content.items, lambda item: " ".join(item.title.split()).casefold(), "title", "give one of them another title"
    )
    yield from _told_twice(content.items)


def _shared(items: Sequence[Item], key: Callable[[Item], str], name: str, remedy: str) -> Iterator[Finding]:
    holders: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        holders[key(item)].append(item)
    for first, *others in holders.values():
        for other in others:
            yield Finding(other.id, f"has the {name} of {first.id} ({_where(first)})", remedy)


def _where(item: Item) -> str:
    return f"{item.domain}, {item.difficulty}"


def _told_twice(items: Sequence[Item]) -> Iterator[Finding]:
    sketches = [(item, sketch(_told(item))) for item in items]
    for (one, its_sketch), (other, other_sketch) in combinations(sketches, 2):
        share = likeness(its_sketch, other_sketch)
        if share >= NEAR_DUPLICATE:
            detail = f"shares {share:.0%} of its wording with {one.id}, and {NEAR_DUPLICATE:.0%} is a near duplicate"
            yield Finding(other.id, detail, "drop one of the two, or tell another case")


def _told(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return item.question
    if isinstance(item, ScenarioItem):
        return item.scenario.context.situation
    raise TypeError(f"{item.id} is of no known kind")
