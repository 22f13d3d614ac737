"""What must not be told again. Loads no LangGraph."""

from collections.abc import Iterable

from domain.likeness import Familiar, Sketch
from domain.text import folded


class Known:
    """Wordings and titles that somebody has met."""

    def __init__(self, sketches: Iterable[Sketch] = (), titles: Iterable[str] = ()) -> None:
        self._sketches = Familiar(sketches)
        self._titles = {folded(title) for title in titles}

    def add(self, its: Sketch, title: str) -> None:
        """One more."""
        self._sketches.add(its)
        self._titles.add(folded(title))

    def has(self, its: Sketch, title: str) -> bool:
        """Whether somebody who knows the rest would know this one: by its title, or as a near-duplicate."""
        return folded(title) in self._titles or self._sketches.near_duplicates(its)
