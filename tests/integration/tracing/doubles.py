"""Writers and a grader that ask models through the real router and SDKs, about texts that must stay here."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from domain.calls import Task
from domain.challenge import Brief, ChallengeDraft
from domain.drafts import MultipleChoiceItem
from domain.enums import Dimension
from domain.evaluation import DimensionGrade, DimensionScore, Feedback, FeedbackDelta
from domain.grading import GradingTask
from domain.language_models import Block, Effort, Request
from tests.unit.workflows.doubles import FEEDBACK, draft, grade, item
from workflows.ports import LanguageModels

SECRETS = {
    "answer": "sentinel-answer-7f3a",
    "question": "sentinel-question-91bc",
    "key": "sentinel-key-of-the-rubric-44d0",
    "written": "sentinel-written-by-the-model-c2e8",
    "user": "sentinel-user-0a9e",
    "mail": "sentinel-mail@example.org",
    "provider's key": "sentinel-provider-key-5b6d",
    "provider's complaint": "sentinel-complaint-e1f7",
    "error": "sentinel-error-38c4",
}


class Said(BaseModel):
    text: str


SAID = json.dumps({"text": SECRETS["written"]})


def ask(task: Task, *texts: str) -> Request[Said]:
    return Request(
        task=task,
        system=f"You grade. {SECRETS['key']}",
        blocks=tuple(Block(text) for text in texts),
        prompt_version=f"{task.value.lower()}-1",
        output=Said,
        max_output_tokens=200,
        effort=Effort.LOW,
    )


@dataclass
class Asking:
    """Satisfies MultipleChoiceWriter, ScenarioWriter and AnswerGrader."""

    models: LanguageModels
    refuses: Dimension | None = None

    async def write_multiple_choice(self, brief: Brief) -> MultipleChoiceItem:
        await self.models.complete(ask(Task.MULTIPLE_CHOICE, SECRETS["question"], brief.user_id), deadline_seconds=30)
        return item(SECRETS["key"])

    async def write_scenario(self, brief: Brief) -> ChallengeDraft:
        await self.models.complete(ask(Task.SCENARIO, SECRETS["question"], brief.user_id), deadline_seconds=30)
        return draft()

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        texts = [part.text for part in task.parts]
        await self.models.complete(ask(Task.GRADING, SECRETS["question"], *texts), deadline_seconds=30)
        if dimension is self.refuses:
            raise RuntimeError(f"{SECRETS['error']} {texts}")
        return grade(dimension)

    async def write_feedback(
        self,
        task: GradingTask,
        scores: Sequence[DimensionScore],
        emit: Callable[[FeedbackDelta], Awaitable[None]],
    ) -> Feedback:
        await self.models.complete(ask(Task.FEEDBACK, *[part.text for part in task.parts]), deadline_seconds=30)
        return FEEDBACK
