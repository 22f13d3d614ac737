"""What the product works with: the bank, and who writes and grades."""

from pathlib import Path
from typing import Final

from domain.calls import Task
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.errors import ConfigurationError
from providers.embedded.bank import Bank
from server.doctor.findings import Finding, fail, ok, split, warn
from server.engines import grades, retirements, writes
from server.provider_settings import KEY_NAMES
from server.settings import CONTENT, Settings

_KINDS: Final = {ChallengeKind.MULTIPLE_CHOICE: "multiple choice", ChallengeKind.SCENARIO: "scenarios"}


def bank(folder: Path = CONTENT) -> Finding:
    """Does the bank load, and has it something for every domain and difficulty?"""
    try:
        items = Bank.load(folder)
    except ConfigurationError as exc:
        return fail("Bank", *split(exc))
    counts: dict[ChallengeKind, int] = dict.fromkeys(ChallengeKind, 0)
    missing: list[str] = []
    for domain in Domain:
        for difficulty in Difficulty:
            fitting = {kind: len(items.fitting(kind, domain, difficulty)) for kind in ChallengeKind}
            missing += [f"{domain} {difficulty} {_KINDS[kind]}" for kind, amount in fitting.items() if not amount]
            for kind, amount in fitting.items():
                counts[kind] += amount
    shown = ", ".join(f"{counts[kind]} {name}" for kind, name in _KINDS.items())
    if missing:
        return warn("Bank", f"{shown}; nothing for {', '.join(missing)}", "restore content/ from the distribution")
    return ok("Bank", f"{shown}; all {len(Domain)} domains in {len(Difficulty)} difficulties")


def providers(settings: Settings) -> Finding:
    """Who writes and who grades? Keys are named, never shown."""
    told = f"written by {writes(settings)}; graded by {grades(settings)}"
    unused = [
        KEY_NAMES[engine]
        for engine in KEY_NAMES
        if settings.key(engine) and not any(named.engine is engine for task in Task for named in settings.asked(task))
    ]
    if unused:
        return warn(
            "Providers", f"{told}; {' and '.join(unused)} is in no route", "add it to a route, or remove the key"
        )
    going = sorted(retirements(settings).items(), key=lambda found: found[1])
    if going:
        route, day = going[0]
        return warn(
            "Providers", f"{told}; {route.model} is shut down on {day.isoformat()}", "name another model in the routes"
        )
    return ok("Providers", told)
