"""Who writes and who grades, in words for the operator."""

from typing import Final

WRITES: Final = "the curated bank (embedded, no key needed)"
GRADES: Final = "the rubric grader (embedded, no key needed)"
