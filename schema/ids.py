"""Relay global ids: base64 of `Type:id`, opaque to clients."""

import re
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from typing import Final

import strawberry

from domain.enums import QuotaReason
from domain.errors import BadInput
from domain.ids import ChallengeId, EvaluationId, QuotaEntryId, UserId

_WELL_FORMED: Final = re.compile(r"(?P<type>[A-Za-z][A-Za-z0-9_]{0,63}):(?P<id>[!-~]{1,128})", re.ASCII)


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What an id stands for, whether or not there is such a thing."""

    type: str
    id: str

    @property
    def user(self) -> UserId | None:
        """The id of a User, if it is one."""
        return UserId(self.id) if self.type == "User" else None

    @property
    def challenge(self) -> ChallengeId | None:
        """The id of a Challenge of either kind, if it is one."""
        return ChallengeId(self.id) if self.type == "Challenge" else None

    @property
    def evaluation(self) -> EvaluationId | None:
        """The id of an Evaluation, if it is one."""
        return EvaluationId(self.id) if self.type == "Evaluation" else None


def read(value: str, *, field: str) -> GlobalId:
    """Take an id apart.

    Raises:
        BadInput: it was not made by this server; `field` is named.
    """
    try:
        match = _WELL_FORMED.fullmatch(b64decode(value.encode("ascii"), validate=True).decode("ascii"))
    except (Error, UnicodeError):
        match = None
    if match is None or _written(match["type"], match["id"]) != value:
        raise BadInput(f"{field} is malformed: send an id as this API gave it, unchanged.", field=field)
    return GlobalId(match["type"], match["id"])


def user(id: UserId) -> strawberry.ID:
    """The global id of a User."""
    return _written("User", id)


def challenge(id: ChallengeId) -> strawberry.ID:
    """The global id of a Challenge, the same for both kinds."""
    return _written("Challenge", id)


def evaluation(id: EvaluationId) -> strawberry.ID:
    """The global id of an Evaluation."""
    return _written("Evaluation", id)


def quota_entry(id: QuotaEntryId) -> strawberry.ID:
    """The id of a row in the ledger; not a node."""
    return _written("QuotaEntry", id)


def subject(reason: QuotaReason, id: str) -> strawberry.ID:
    """The global id of what a row in the ledger pays for."""
    return challenge(ChallengeId(id)) if reason is QuotaReason.CHALLENGE else evaluation(EvaluationId(id))


def _written(type_name: str, id: str) -> strawberry.ID:
    return strawberry.ID(b64encode(f"{type_name}:{id}".encode()).decode())
