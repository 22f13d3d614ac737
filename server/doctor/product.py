"""What the product works with: the bank, and who writes and grades."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.enums import ChallengeKind, Difficulty, Domain
from domain.errors import ConfigurationError
from providers.embedded.bank import Bank
from server.doctor.findings import Finding, fail, ok, split, warn
from server.engines import GRADES, WRITES
from server.settings import CONTENT

UNUSED_KEYS: Final = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
"""Names of providers that this version does not talk to."""
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


def providers(environment: Mapping[str, str] = os.environ) -> Finding:
    """Who writes and who grades? A provider's key is named where it has no effect, never shown."""
    idle = [name for name in UNUSED_KEYS if environment.get(name)]
    note = f"; {' and '.join(idle)} without effect in this version" if idle else ""
    return ok("Providers", f"written by {WRITES}, graded by {GRADES}{note}")
