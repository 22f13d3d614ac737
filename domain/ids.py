"""Identifiers: opaque strings, one type each, so that mypy tells a challenge's id from an evaluation's."""

from collections.abc import Callable
from typing import NewType

UserId = NewType("UserId", str)
ChallengeId = NewType("ChallengeId", str)
EvaluationId = NewType("EvaluationId", str)
QuotaEntryId = NewType("QuotaEntryId", str)

IdSource = Callable[[], str]
"""A source of fresh ids: time-ordered UUIDs (RFC 9562, version 7) as 32 hexadecimal digits."""
