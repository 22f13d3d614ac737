"""What the graph carries, and what it is given from outside."""

from dataclasses import dataclass
from random import Random
from typing import TypedDict

from domain.challenge import Brief, ChallengeDraft
from domain.drafts import MultipleChoiceItem
from workflows.ports import MultipleChoiceWriter


class State(TypedDict, total=False):
    """Filled from left to right: the brief comes in, the draft goes out."""

    brief: Brief
    item: MultipleChoiceItem
    draft: ChallengeDraft


@dataclass(frozen=True, slots=True)
class Context:
    """`random` orders the options: neither a writer nor a model does."""

    writer: MultipleChoiceWriter
    random: Random
