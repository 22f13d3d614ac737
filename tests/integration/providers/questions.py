"""What the tests ask, and answers to it."""

import json
from typing import Any

from pydantic import BaseModel, Field

from domain.calls import Task
from domain.language_models import Block, Effort, Request


class Verdict(BaseModel):
    """A judgement with a bound that no provider enforces."""

    quote: str
    level: int = Field(ge=0, le=5)


GOOD = json.dumps({"quote": "I would add an index.", "level": 4})
OUT_OF_RANGE = json.dumps({"quote": "I would add an index.", "level": 100})
CUT = GOOD[:20]
VERDICT = Verdict(quote="I would add an index.", level=4)


def question(**changes: Any) -> Request[Verdict]:
    return Request(
        **{
            "task": Task.GRADING,
            "system": "You are a senior interviewer.",
            "blocks": (Block("The rubric.", reused=True), Block("The answer.")),
            "prompt_version": "grading-1",
            "output": Verdict,
            "max_output_tokens": 500,
            "effort": Effort.LOW,
            "temperature": 0.0,
            **changes,
        }
    )
