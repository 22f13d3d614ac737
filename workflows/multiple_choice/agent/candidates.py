"""What the writer answers with.

Bounds are told in prose and checked in `inspection`, each candidate by itself: in the type they would make one overlong
option a fault of the whole answer, which costs a repair turn or a provider. The writer gives no positions.
"""

from pydantic import BaseModel, Field

from workflows.multiple_choice.agent.lenient import OrNone


class WrongOption(BaseModel):
    """One distractor. The belief comes first: an option is written from it."""

    misconception: str = Field(
        description="The belief that makes a person choose this option, and why it is wrong. One or two sentences."
    )
    text: str = Field(description="The option, alike in length and form to the correct one. At most 300 characters.")


class Candidate(BaseModel):
    """One question. What is written first guides what follows."""

    topic: str = Field(description="The topic of its line in the plan, word for word.")
    stem: str = Field(description="The situation and the question, in Markdown. At most 1,500 characters.")
    correct: str = Field(description="The one correct option. At most 300 characters.")
    distractors: list[WrongOption] = Field(description="Exactly three wrong options.")
    explanation: str = Field(
        description="Why the correct option is correct, in Markdown, for a person who chose another. 2 to 5 sentences."
    )
    title: str = Field(description="Names the case, not the answer. At most 80 characters, plain text.")
    tags: list[str] = Field(description="1 to 6 technical terms, lower case, hyphens for spaces.")
    suggested_minutes: int = Field(description="Whole minutes that a well-prepared person needs, 1 to 15.")


class Written(BaseModel):
    """The answer of one call."""

    candidates: list[OrNone[Candidate]] = Field(description="One question for each line of the plan, in its order.")
