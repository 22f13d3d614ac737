"""What the graph carries, and what it is given from outside."""

from dataclasses import dataclass
from typing import TypedDict

from domain.challenge import Brief, ChallengeDraft
from workflows.ports import ScenarioWriter


class State(TypedDict, total=False):
    """The brief comes in, the draft goes out."""

    brief: Brief
    draft: ChallengeDraft


@dataclass(frozen=True, slots=True)
class Context:
    """Who writes."""

    writer: ScenarioWriter
