"""All checks in order, as lines for people or as JSON for machines."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import orjson

from domain.enums import Domain
from server.bank import content, coverage, duplicates, questions, scenarios
from server.bank.coverage import Counts
from server.bank.findings import Finding
from server.settings import CONTENT

_SEED: Final = 20261122
"""Any will do; a fixed one makes two checks of one bank say the same."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a bank has, and what is to be mended. Topics without an item are told and are no finding."""

    cells: Counts
    topics_without_item: Mapping[Domain, tuple[str, ...]]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.findings


def examine(folder: Path = CONTENT) -> Report:
    """Every check of a folder's items: about 8 s of processor time for the curated bank, most of it grading.

    Raises:
        ConfigurationError: there is no such folder.
    """
    read, findings = content.read(folder)
    cells = coverage.counts(read)
    findings += coverage.gaps(cells)
    findings += duplicates.repeated(read)
    findings += questions.written(read.choices)
    findings += questions.lengths(read.choices)
    findings += questions.positions(read.choices, Random(_SEED))  # noqa: S311 - no secret
    findings += asyncio.run(scenarios.graded(read))
    return Report(cells, coverage.topics_without_item(read), tuple(findings))


def lines(report: Report) -> str:
    """For people: the coverage, the topics to write for, and a line a finding."""
    told = coverage.table(report.cells)
    bare = report.topics_without_item
    if bare:
        told += ["", f"{sum(map(len, bare.values()))} topics without an item so far:"]
        told += [f"  {domain}: {', '.join(topics)}" for domain, topics in bare.items()]
    told.append("")
    told += [f"{finding.place}: {finding.detail} → {finding.remedy}" for finding in report.findings]
    count = len(report.findings)
    return "\n".join([*told, f"{count or 'no'} finding{'' if count == 1 else 's'}", ""])


def encoded(report: Report) -> str:
    """For machines: `{"healthy", "coverage": [{"kind", "domain", "difficulty", "items"}], "topics_without_item", …}`.

    `findings` are `{"place", "detail", "remedy"}` each, in the order of the lines.
    """
    told = {
        "healthy": report.healthy,
        "coverage": [
            {"kind": kind, "domain": domain, "difficulty": difficulty, "items": items}
            for (kind, domain, difficulty), items in report.cells.items()
        ],
        "topics_without_item": {str(domain): topics for domain, topics in report.topics_without_item.items()},
        "findings": report.findings,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
