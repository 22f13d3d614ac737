"""Things that tests are about, with sensible defaults for what a test does not care about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain import scoring
from domain.challenge import AnswerPart, Criterion, KeyPoint, ScenarioContext, ScenarioQuestion
from domain.enums import Dimension, Domain
from domain.evaluation import DimensionGrade, DimensionScore
from domain.grading import GradingTask, RubricLine, Span
from domain.ids import UserId
from domain.user import Principal
from persistence.database import Database

SITUATION = (
    "The order page of a shop takes nine seconds since the catalogue doubled, and a quarter of all carts are given up "
    "before payment. The table holds forty million rows and has one index, on the primary key."
)
PROMPTS = (
    "Why is the order page slow, and how would you confirm it?",
    "What do you change, and what do you tell the shop?",
)
MODEL_ANSWERS = (
    (
        "The planner falls back to a sequential scan because the filter column has no index. "
        "I would confirm it by reading the execution plan under production statistics. "
        "I would also reproduce the delay on a restored backup."
    ),
    (
        "My recommendation is to create a composite index before buying hardware. "
        "It is built concurrently, so the build does not lock writers out. "
        "The trade-off is that inserts become slightly slower. "
        "Faster checkout recovers abandoned carts and protects seasonal turnover."
    ),
)


def rubric_line(
    criterion_id: str,
    dimension: Dimension,
    *key_points: Sequence[str],
    title: str | None = None,
    points: int = 10,
) -> RubricLine:
    """A rubric line; each key point is its text followed by its phrasings."""
    criterion = Criterion(criterion_id, dimension, title or f"Title of {criterion_id}", points)
    return RubricLine(criterion, tuple(KeyPoint(text, tuple(phrasings)) for text, *phrasings in key_points))


RUBRIC = (
    rubric_line(
        "c1",
        Dimension.TECHNICAL_ACCURACY,
        [
            "A sequential scan runs because the filter column has no index.",
            "planner reads the entire table without index",
        ],
        ["A concurrent build does not lock writers.", "writers are not blocked while the index is built"],
        title="Cause and cure",
        points=40,
    ),
    rubric_line(
        "c2",
        Dimension.PROBLEM_SOLVING,
        ["The execution plan is read under production statistics.", "EXPLAIN ANALYZE with realistic statistics"],
        ["The delay is reproduced on a restored backup.", "replay traffic against a restored copy"],
        title="Confirming the suspicion",
        points=30,
    ),
    rubric_line(
        "c3",
        Dimension.BUSINESS_IMPACT,
        ["Abandoned carts are recovered by a faster checkout.", "fewer abandoned carts raise turnover"],
        title="Worth of the fix",
        points=20,
    ),
    rubric_line(
        "c4",
        Dimension.COMMUNICATION,
        ["Opens with the recommendation of an index before hardware.", "my recommendation is to create an index"],
        ["Names the trade-off: slower inserts.", "the trade-off is slower inserts"],
        title="Telling it clearly",
        points=10,
    ),
)


def grading_task(
    *texts: str,
    rubric: Sequence[RubricLine] = RUBRIC,
    instructions: Iterable[Span] = (),
    prompts: Sequence[str] = PROMPTS,
) -> GradingTask:
    """A task about a slow order page; `texts` answer q1, q2 …"""
    return GradingTask(
        domain=Domain.DATABASES,
        context=ScenarioContext("A shop", "Database engineer", SITUATION, ("No new hardware this year.",)),
        questions=tuple(ScenarioQuestion(f"q{number}", prompt) for number, prompt in enumerate(prompts, start=1)),
        rubric=tuple(rubric),
        parts=tuple(AnswerPart(f"q{number}", text) for number, text in enumerate(texts, start=1)),
        instructions=tuple(instructions),
    )


def corpus_of(rubric: Iterable[RubricLine] = RUBRIC) -> Iterator[str]:
    """The texts of a rubric's key points, as a grader's corpus."""
    for line in rubric:
        for point in line.key_points:
            yield point.text
            yield from point.phrasings


def task_of_item(item: Mapping[str, Any], texts: Sequence[str]) -> GradingTask:
    """A task from a scenario file of the bank; a text too many joins the last part."""
    ids = [question["id"] for question in item["questions"]]
    parts = [*texts[: len(ids) - 1], "\n\n".join(texts[len(ids) - 1 :])] if len(texts) > len(ids) else list(texts)
    context = item["context"]
    return GradingTask(
        domain=Domain(item["domain"]),
        context=ScenarioContext(
            context["company"], context["role"], context["situation"], tuple(context["constraints"])
        ),
        questions=tuple(ScenarioQuestion(question["id"], question["prompt"]) for question in item["questions"]),
        rubric=tuple(
            rubric_line(
                line["id"],
                Dimension(line["dimension"]),
                *([point["text"], *point["phrasings"]] for point in line["key_points"]),
                title=line["title"],
                points=line["points"],
            )
            for line in item["rubric"]
        ),
        parts=tuple(AnswerPart(question_id, text) for question_id, text in zip(ids, parts, strict=False)),
    )


def scores_of(task: GradingTask, grades: Iterable[DimensionGrade]) -> tuple[DimensionScore, ...]:
    """Grades, weighed as the evaluation weighs them."""
    criteria = [line.criterion for line in task.rubric]
    return tuple(scoring.score_dimension(grade, criteria) for grade in grades)


async def meet(database: Database, name: str) -> UserId:
    """A person of that name, stored."""
    principal = Principal("urn:test", name)
    user = await database.write(lambda work: work.users.meet(principal, fresh_id=UserId(f"user-{name}"), now=work.now))
    return user.id
