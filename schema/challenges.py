"""Challenges, as their owner sees them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar, cast

import strawberry

from domain import challenge as stored
from resolvers.loaders import EvaluationPageKey
from schema import ids
from schema.connections import After, Connection, First, connection, evaluations_of, page_request
from schema.enums import ChallengeKind, Difficulty, Dimension, Domain
from schema.info import Info
from schema.nodes import Node
from schema.projection import PRELOADED, preloaded
from schema.provenance import Provenance
from schema.solutions import MultipleChoiceSolution, ScenarioSolution

if TYPE_CHECKING:
    from schema.evaluations import Evaluation

EVALUATIONS_SHOWN: Final = 10
"""Evaluations of a challenge that are shown to whoever does not say how many."""

C = TypeVar("C", stored.MultipleChoice, stored.Scenario)
LazyEvaluation: TypeAlias = Annotated["Evaluation", strawberry.lazy("schema.evaluations")]


@strawberry.interface(description="Something to answer, written for one person and seen by nobody else.")
class Challenge(Node):
    """What both kinds have in common."""

    kind: ChallengeKind = strawberry.field(description="What the person is asked to do.")
    domain: Domain = strawberry.field(description="The field it is from.")
    topic: str = strawberry.field(description="The topic in that field.")
    difficulty: Difficulty = strawberry.field(description="How hard it is meant to be.")
    title: str = strawberry.field(description="A few words to find it again by.")
    tags: list[str] = strawberry.field(description="Key words, lower case.")
    suggested_minutes: int = strawberry.field(description="How many minutes an interview would give for it.")
    answer_limit: int = strawberry.field(
        description="Characters (Unicode code points) that one part of an answer may have."
    )
    repeated: bool = strawberry.field(
        description="True when every curated item that fits had been used, and this is one of them again."
    )
    created_at: datetime = strawberry.field(description="When it was generated.")
    source: strawberry.Private[stored.Challenge]
    preloaded: strawberry.Private[Mapping[int, object] | None] = None

    @strawberry.field(description="Who wrote it.")
    def provenance(self) -> Provenance:
        return Provenance.of(self.source.provenance)

    @strawberry.field(
        description="The viewer's evaluations of this challenge, newest first.", metadata={PRELOADED: True}
    )
    async def evaluations(
        self, info: Info, first: First = EVALUATIONS_SHOWN, after: After = strawberry.UNSET
    ) -> Connection[LazyEvaluation]:
        from schema.evaluations import Evaluation  # noqa: PLC0415 - each of the two shows the other

        if (shown := preloaded(self, info._raw_info)) is not None:  # noqa: SLF001 - there is no public name
            return cast("Connection[LazyEvaluation]", shown)
        id, loaders = self.source.id, info.context.loaders
        of = evaluations_of(id)
        request = page_request(of, first, after, default=EVALUATIONS_SHOWN)
        page = await loaders.evaluation_pages.load(EvaluationPageKey(id, request))
        return connection(of, page.map(Evaluation.of), lambda: loaders.evaluation_counts.load(id))

    @strawberry.field(description="The viewer's newest evaluation of this challenge; null when there is none.")
    async def latest_evaluation(self, info: Info) -> LazyEvaluation | None:
        from schema.evaluations import Evaluation  # noqa: PLC0415 - each of the two shows the other

        newest = await info.context.loaders.latest_evaluation.load(self.source.id)
        return None if newest is None else Evaluation.of(newest)

    @staticmethod
    def of(challenge: stored.Challenge, *, preloaded: Mapping[int, object] | None = None) -> "Challenge":
        """From the domain, as the type of its kind. `preloaded` has what came with its page: see projection.py."""
        of_kind = MultipleChoiceChallenge if challenge.kind is ChallengeKind.MULTIPLE_CHOICE else ScenarioChallenge
        return of_kind(
            id=ids.challenge(challenge.id),
            kind=challenge.kind,
            domain=challenge.domain,
            topic=challenge.topic,
            difficulty=challenge.difficulty,
            title=challenge.title,
            tags=list(challenge.tags),
            suggested_minutes=challenge.suggested_minutes,
            answer_limit=stored.ANSWER_PART_LIMIT,
            repeated=challenge.repeated,
            created_at=challenge.created_at,
            source=challenge,
            preloaded=preloaded,
        )


@strawberry.type(description="One choice of a multiple-choice question.")
class Option:
    """Four of them, in an order that code chose."""

    id: strawberry.ID = strawberry.field(description="What to answer with. Means something in this challenge only.")
    text: str = strawberry.field(description="The choice. Markdown.")


@strawberry.type(description="A question with four options, one of which is right.")
class MultipleChoiceChallenge(Challenge):
    """Graded in code, at once."""

    @strawberry.field(description="The question. Markdown.")
    def question(self) -> str:
        return _content(self, stored.MultipleChoice).question

    @strawberry.field(description="Exactly four, in an order that code, not a model, chose; it stays.")
    def options(self) -> list[Option]:
        options = _content(self, stored.MultipleChoice).options
        return [Option(id=strawberry.ID(option.id), text=option.text) for option in options]

    @strawberry.field(description="The key: null until an evaluation of this challenge has COMPLETED.")
    def solution(self) -> MultipleChoiceSolution | None:
        solution = self.source.solution
        return MultipleChoiceSolution.of(solution) if isinstance(solution, stored.MultipleChoiceSolution) else None


@strawberry.type(description="Where a scenario plays.")
class ScenarioContext:
    """Company, role, situation."""

    company: str = strawberry.field(description="The company, and what it does.")
    role: str = strawberry.field(description="Who the person is in it.")
    situation: str = strawberry.field(description="What is going on. Markdown.")
    constraints: list[str] = strawberry.field(description="What limits the answer.")


@strawberry.type(description="A question of a scenario.")
class ScenarioQuestion:
    """Answered by one part."""

    id: strawberry.ID = strawberry.field(description="What a part of the answer refers to.")
    prompt: str = strawberry.field(description="The question. Markdown.")


@strawberry.type(description="A line of the rubric: what is looked at, without the key points.")
class Criterion:
    """Shown before the answer."""

    id: strawberry.ID = strawberry.field(description="What results refer to.")
    dimension: Dimension = strawberry.field(description="The dimension it counts for.")
    title: str = strawberry.field(description="What is looked at.")
    points: int = strawberry.field(description="Its weight in the dimension.")


@strawberry.type(description="A situation with questions that build on each other, answered in prose.")
class ScenarioChallenge(Challenge):
    """Graded on four dimensions."""

    @strawberry.field(description="Where it plays.")
    def context(self) -> ScenarioContext:
        scene = _content(self, stored.Scenario).context
        return ScenarioContext(
            company=scene.company,
            role=scene.role,
            situation=scene.situation,
            constraints=list(scene.constraints),
        )

    @strawberry.field(description="One to five, each building on the last.")
    def questions(self) -> list[ScenarioQuestion]:
        questions = _content(self, stored.Scenario).questions
        return [ScenarioQuestion(id=strawberry.ID(question.id), prompt=question.prompt) for question in questions]

    @strawberry.field(description="What is looked at, without the key points.")
    def rubric(self) -> list[Criterion]:
        return [
            Criterion(id=strawberry.ID(line.id), dimension=line.dimension, title=line.title, points=line.points)
            for line in _content(self, stored.Scenario).rubric
        ]

    @strawberry.field(
        description="Model answers and key points: null until an evaluation of this challenge has COMPLETED."
    )
    def solution(self) -> ScenarioSolution | None:
        solution = self.source.solution
        return ScenarioSolution.of(solution) if isinstance(solution, stored.ScenarioSolution) else None


def _content(challenge: Challenge, kind: type[C]) -> C:
    content = challenge.source.content
    if not isinstance(content, kind):
        raise TypeError(f"challenge {challenge.source.id} has the content of another kind")
    return content
