"""What stays hidden until the viewer has a completed evaluation of the challenge."""

from typing import Self

import strawberry

from domain import challenge as domain


@strawberry.type(description="The text for one question of a scenario.")
class AnswerPart:
    """One part of an answer, or of a model answer."""

    question_id: strawberry.ID = strawberry.field(description="The question that it answers.")
    text: str = strawberry.field(description="The text as it was written.")

    @classmethod
    def of(cls, part: domain.AnswerPart) -> Self:
        """From the domain."""
        return cls(question_id=strawberry.ID(part.question_id), text=part.text)


@strawberry.type(description="The belief behind a wrong option.")
class Misconception:
    """Why somebody would choose it."""

    option_id: strawberry.ID = strawberry.field(description="The wrong option.")
    text: str = strawberry.field(description="What a person who chooses it believes, and why it is not so.")

    @classmethod
    def of(cls, misconception: domain.Misconception) -> Self:
        """From the domain."""
        return cls(option_id=strawberry.ID(misconception.option_id), text=misconception.text)


@strawberry.type(description="The answer to a multiple-choice question, and why.")
class MultipleChoiceSolution:
    """Key, explanation, misconceptions."""

    correct_option_id: strawberry.ID = strawberry.field(description="The one option that is right.")
    explanation: str = strawberry.field(description="Why it is right. Markdown.")
    misconceptions: list[Misconception] = strawberry.field(description="Why the others are wrong, one each.")

    @classmethod
    def of(cls, solution: domain.MultipleChoiceSolution) -> Self:
        """From the domain."""
        return cls(
            correct_option_id=strawberry.ID(solution.correct_option_id),
            explanation=solution.explanation,
            misconceptions=[Misconception.of(misconception) for misconception in solution.misconceptions],
        )


@strawberry.type(description="The key points of one criterion of the rubric.")
class CriterionKey:
    """What a complete answer states."""

    criterion_id: strawberry.ID = strawberry.field(description="The criterion, as in the challenge's `rubric`.")
    key_points: list[str] = strawberry.field(description="The ideas that a complete answer states.")

    @classmethod
    def of(cls, key: domain.CriterionKey) -> Self:
        """From the domain."""
        return cls(criterion_id=strawberry.ID(key.criterion_id), key_points=[point.text for point in key.key_points])


@strawberry.type(description="Model answers to a scenario, and what its rubric looks for.")
class ScenarioSolution:
    """Model answers and key points."""

    model_answers: list[AnswerPart] = strawberry.field(description="A very good answer, one part a question.")
    criteria: list[CriterionKey] = strawberry.field(description="The key points of each criterion.")

    @classmethod
    def of(cls, solution: domain.ScenarioSolution) -> Self:
        """From the domain."""
        return cls(
            model_answers=[AnswerPart.of(part) for part in solution.model_answers],
            criteria=[CriterionKey.of(key) for key in solution.keys],
        )
