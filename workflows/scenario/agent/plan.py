"""What code decides before anybody writes, so that cases differ: where a case plays, and what presses on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from domain.challenge import Order
from domain.enums import Difficulty

COMPANIES: Final = (
    "a family business in its third generation",
    "a start-up of eighteen people with its first large customer",
    "a public authority of a region",
    "a listed company with offices in nine countries",
    "a cooperative owned by its members",
    "a charity that lives on donations",
    "a firm that has just bought a competitor",
    "a subsidiary that must soon stand alone",
    "a supplier to much larger companies",
    "a company whose founder still decides",
)
INDUSTRIES: Final = (
    "parcel delivery", "dental clinics", "wind farms", "school meals", "second-hand clothing", "harbour logistics",
    "music lessons", "cold storage", "city buses", "garden centres", "veterinary laboratories", "museum tickets",
    "bicycle leasing", "crop insurance", "elevator maintenance", "language tests", "ski resorts", "organ transport",
    "household energy", "car sharing", "bakery chains", "job placement", "water supply", "amateur football",
    "building materials", "audio books", "night trains", "hearing aids", "food banks", "property management",
)  # fmt: skip
PRESSURES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "budget": (
            "a fixed sum for additional running costs each month",
            "a one-off sum that must also pay for outside help",
            "no new spending, but an existing contract may be changed",
        ),
        "timeline": (
            "a date on which demand rises sharply",
            "a date that is promised in a signed contract",
            "a change window that comes once a week",
        ),
        "compliance": (
            "a law on personal data that restricts what may be kept or moved",
            "an auditor who wants every decision to be traceable",
            "a safety or accounting rule that certain records must satisfy",
        ),
        "team": (
            "a team of few people, one of whom is leaving",
            "a team that has never run such a thing",
            "two teams that share responsibility and disagree",
        ),
    }
)
"""Kinds of constraints, each with its flavours."""
PRESSURES_OF_A_CASE: Final = 3
QUESTIONS: Final[Mapping[Difficulty, tuple[int, ...]]] = MappingProxyType(
    {Difficulty.EASY: (2, 3), Difficulty.MEDIUM: (3,), Difficulty.HARD: (3, 4)}
)
"""How many questions to ask for: one of these."""
MINUTES: Final[Mapping[Difficulty, int]] = MappingProxyType(
    {Difficulty.EASY: 25, Difficulty.MEDIUM: 35, Difficulty.HARD: 45}
)
"""Suggested for an answer: the medians of the curated bank."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a case is to be about. `pressures` are of different kinds."""

    topic: str
    company: str
    industry: str
    pressures: tuple[str, ...]
    questions: int


def draw(order: Order, random: Random) -> Plan:
    """Choose by chance.

    Raises:
        IndexError: the order names no topic.
    """
    kinds = random.sample(sorted(PRESSURES), PRESSURES_OF_A_CASE)
    return Plan(
        topic=random.choice(order.topics),
        company=random.choice(COMPANIES),
        industry=random.choice(INDUSTRIES),
        pressures=tuple(f"{kind}: {random.choice(PRESSURES[kind])}" for kind in kinds),
        questions=random.choice(QUESTIONS[order.difficulty]),
    )
