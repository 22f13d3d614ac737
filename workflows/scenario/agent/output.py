"""What models hand over. No ids, no points, no order of importance that code would have to believe."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from workflows.scenario.claims import LONGEST_TEXT, MOST_QUESTIONS

Title = Annotated[str, StringConstraints(min_length=2, max_length=80)]
Line = Annotated[str, StringConstraints(min_length=2, max_length=300)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]


class WrittenCase(BaseModel):
    """The situation, and what is asked about it."""

    title: Title = Field(description="What happened, in three to eight words; gives nothing away.")
    tags: list[Line] = Field(min_length=1, max_length=6, description="Subjects in lower case, words joined by hyphens.")
    company: Line = Field(description="Its invented name, what it does, and its size, in one line.")
    role: Line = Field(description="The position that the person answers from.")
    situation: Text = Field(description="What has happened, with figures, in one paragraph or two.")
    constraints: list[Line] = Field(min_length=2, max_length=8, description="What no answer may break, one limit each.")
    questions: list[Text] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="In the order of asking; each builds on those before."
    )


class WrittenKeyPoint(BaseModel):
    """One idea that a complete answer states."""

    text: Line = Field(description="The idea as one full sentence, particular to this case.")
    phrasings: list[Line] = Field(
        min_length=1, max_length=5, description="Other ways in which people say it, each complete in itself."
    )


class WrittenCriterion(BaseModel):
    """One line of the rubric."""

    title: Title = Field(description="What is looked at; shown before the answer, so it names no key point.")
    importance: int = Field(ge=1, le=5, description="Beside the other criteria of the same dimension.")
    key_points: list[WrittenKeyPoint] = Field(min_length=1, max_length=5)
    level_0: Line = Field(description="What an answer at level 0 of 5 says, or leaves out.")
    level_3: Line = Field(description="What an answer at level 3 of 5 says.")
    level_5: Line = Field(description="What an answer at level 5 of 5 says.")


class WrittenRubric(BaseModel):
    """The rubric by dimension, then a model answer for each question."""

    technical_accuracy: list[WrittenCriterion] = Field(min_length=1, max_length=4)
    problem_solving: list[WrittenCriterion] = Field(min_length=1, max_length=4)
    business_impact: list[WrittenCriterion] = Field(min_length=1, max_length=4)
    communication: list[WrittenCriterion] = Field(min_length=1, max_length=2)
    model_answers: list[Text] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="One for each question, in their order."
    )
