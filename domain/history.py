"""How a person narrows the list of their challenges."""

from dataclasses import dataclass
from datetime import datetime

from domain.enums import ChallengeKind, Difficulty, Domain


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Empty tuples and None filter nothing; all that is set must hold.

    `answered` asks for a completed evaluation; `search` is free text over title, topic and question;
    `created_after` is inclusive, `created_before` exclusive.
    """

    domains: tuple[Domain, ...] = ()
    difficulties: tuple[Difficulty, ...] = ()
    kinds: tuple[ChallengeKind, ...] = ()
    answered: bool | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
