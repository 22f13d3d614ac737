"""What a check says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `place` is a file of the bank or an item's id, `detail` what is there, `remedy` what to do."""

    place: str
    detail: str
    remedy: str
