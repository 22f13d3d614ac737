"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """WARN: it works, and not as it should. FAIL: the server does not start, or cannot serve."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `detail` is what is there, `remedy` what to do about it (empty when all is well)."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Finding:
    """As it should be."""
    return Finding(name, Status.OK, detail)


def warn(name: str, detail: str, remedy: str) -> Finding:
    """Worth a look."""
    return Finding(name, Status.WARN, detail, remedy)


def fail(name: str, detail: str, remedy: str) -> Finding:
    """To be mended first."""
    return Finding(name, Status.FAIL, detail, remedy)


def split(refusal: Exception) -> tuple[str, str]:
    """An error of ours as detail and remedy: by contract its text is the cause, a colon, and what to do."""
    cause, colon, remedy = str(refusal).rstrip(".").rpartition(": ")
    return (cause, remedy) if colon else (remedy, "")
