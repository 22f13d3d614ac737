"""What a benchmark found, as one table."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `met` is None where there is no goal."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table."""
    lines = ["| What | IntrVu | Peer | Ratio | Goal | Met |", "| --- | --- | --- | --- | --- | --- |"]
    for figure in figures:
        met = "" if figure.met is None else "yes" if figure.met else "**no**"
        lines.append(f"| {figure.what} | {figure.ours} | {figure.peer} | {figure.ratio} | {figure.goal} | {met} |")
    return "\n".join(lines)


def machine() -> str:
    """The machine in a line."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown CPU",
    )
    cores = sum(line.startswith("processor") for line in _lines("/proc/cpuinfo"))
    return f"{cpu}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
