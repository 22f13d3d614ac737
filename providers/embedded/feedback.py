"""Written feedback from final scores: about the answer, by criterion titles, and never by key points.

Everything here follows from the task and the stored scores, so that feedback that is written again after a crash reads
the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from domain.enums import Dimension, FeedbackSection
from domain.evaluation import CriterionResult, DimensionScore, Feedback, FeedbackDelta, Improvement
from domain.grading import GradingTask
from domain.scoring import HIGHEST_LEVEL, overall
from providers.embedded.analysis import AnswerAnalysis, Standing, stems_of

_MOST_IMPROVEMENTS = 5
_MOST_STRENGTHS = 4
_STRONG_LEVEL = 4
_OFF_TOPIC_SCORE = 15.0

_NAMES: Mapping[Dimension, str] = MappingProxyType(
    {
        Dimension.TECHNICAL_ACCURACY: "technical accuracy",
        Dimension.PROBLEM_SOLVING: "problem solving",
        Dimension.COMMUNICATION: "communication",
        Dimension.BUSINESS_IMPACT: "business impact",
    }
)
_ADVICE: Mapping[Dimension, str] = MappingProxyType(
    {
        Dimension.TECHNICAL_ACCURACY: "Say in full sentences which mechanism is at work, and what follows from it.",
        Dimension.PROBLEM_SOLVING: "Go step by step: what comes first, how each step is checked, what could go wrong.",
        Dimension.COMMUNICATION: "Write it for the listener: the recommendation, the price that is paid for it, and "
        "everyday words for whoever is not an engineer.",
        Dimension.BUSINESS_IMPACT: "Tie it to the figures of the situation: what changes for whom, how much, by when.",
    }
)


@dataclass(frozen=True, slots=True)
class _Gap:
    """A criterion below full level; `gain` is what full level would add to the overall score."""

    dimension: Dimension
    result: CriterionResult
    gain: float


def compose(task: GradingTask, scores: Sequence[DimensionScore], analysis: AnswerAnalysis) -> Feedback:
    """Write the whole feedback."""
    ordered = sorted(scores, key=lambda score: list(Dimension).index(score.dimension))
    return Feedback(
        summary=" ".join(_summary(task, ordered, analysis)),
        strengths=tuple(_strengths(task, ordered)),
        improvements=tuple(
            Improvement(dimension, priority, text)
            for priority, (dimension, text) in enumerate(_improvements(task, ordered, analysis), start=1)
        ),
    )


def deltas(feedback: Feedback) -> Iterator[FeedbackDelta]:
    """The feedback in pieces: sentences of the summary, then an item at a time; each section's pieces concatenate."""
    rest = feedback.summary
    while rest:
        sentence, separator, rest = rest.partition(". ")
        yield FeedbackDelta(FeedbackSection.SUMMARY, sentence + separator)
    sections = (
        (FeedbackSection.STRENGTHS, feedback.strengths),
        (FeedbackSection.IMPROVEMENTS, tuple(improvement.text for improvement in feedback.improvements)),
    )
    for section, items in sections:
        for position, item in enumerate(items):
            yield FeedbackDelta(section, f"\n{item}" if position else item)


def _summary(task: GradingTask, scores: Sequence[DimensionScore], analysis: AnswerAnalysis) -> Iterator[str]:
    if not analysis.words:
        yield "The answer is empty, so there was nothing to grade."
        return
    total = overall(scores)
    yield f"The answer reaches {total:g} of 100."
    if total < _OFF_TOPIC_SCORE:
        yield "Hardly anything in it was recognised as an answer to these questions."
    elif _gaps(scores):
        best, worst = max(scores, key=lambda score: score.score), min(scores, key=lambda score: score.score)
        if best.score > worst.score:
            yield (
                f"It is strongest in {_NAMES[best.dimension]} ({best.score:g}) "
                f"and weakest in {_NAMES[worst.dimension]} ({worst.score:g})."
            )
    else:
        yield "Every criterion of the rubric is covered in full."
    yield from _remarks(task, analysis)
    yield (
        "The grades come from matching sentences with an authored rubric; those for communication and business impact "
        "are the least certain."
    )


def _remarks(task: GradingTask, analysis: AnswerAnalysis) -> Iterator[str]:
    if instructing := analysis.count(Standing.INSTRUCTION):
        yield f"Text addressed to the grader ({_counted(instructing)}) was not counted."
    if copied := analysis.count(Standing.COPIED):
        yield f"Text taken over from the question or the situation ({_counted(copied)}) was not counted."
    if listed := analysis.count(Standing.TERM_LIST):
        yield f"Lists of key terms ({_counted(listed)}) earn little: they do not say how the terms hang together."
    if empty := _unanswered(task):
        yield f"{_questions(empty)} left unanswered."


def _strengths(task: GradingTask, scores: Sequence[DimensionScore]) -> Iterator[str]:
    strong = [(score, result) for score in scores for result in score.criteria if result.level >= _STRONG_LEVEL]
    strong.sort(key=lambda pair: (-pair[1].level, -pair[0].weight * pair[1].points))
    numbers = {question.id: number for number, question in enumerate(task.questions, start=1)}
    for score, result in strong[:_MOST_STRENGTHS]:
        extent = "complete" if result.level == HIGHEST_LEVEL else "nearly complete"
        places = sorted(
            {
                numbers[evidence.question_id]
                for evidence in score.evidence
                if evidence.supports
                and evidence.criterion_id == result.criterion_id
                and evidence.question_id in numbers
            }
        )
        where = f", in the answer to question {_joined(places)}" if places else ""
        yield f"“{result.title}” is {extent}{where}."


def _improvements(
    task: GradingTask, scores: Sequence[DimensionScore], analysis: AnswerAnalysis
) -> list[tuple[Dimension, str]]:
    gaps = _gaps(scores)
    if not gaps:
        return []
    found: list[tuple[Dimension, str]] = []
    if empty := _unanswered(task):
        found.append(
            (gaps[0].dimension, f"{_questions(empty)} still without an answer: a few full sentences can be graded.")
        )
    if analysis.count(Standing.TERM_LIST):
        found.append((Dimension.COMMUNICATION, "Turn lists of terms into sentences that say what each does and why."))
    if analysis.words:
        found.extend((gap.dimension, _advice(task, gap)) for gap in gaps)
    return found[:_MOST_IMPROVEMENTS]


def _advice(task: GradingTask, gap: _Gap) -> str:
    result = gap.result
    if result.level == 0:
        state = "nothing in the answer was recognised for it"
    elif result.level < _STRONG_LEVEL:
        state = f"partly covered (level {result.level} of {HIGHEST_LEVEL})"
    else:
        state = f"nearly complete (level {result.level} of {HIGHEST_LEVEL})"
    place = _asked_in(task, result.title)
    where = f" (question {place})" if place else ""
    return f"“{result.title}”{where}: {state}; up to {gap.gain:.1f} points more. {_ADVICE[gap.dimension]}"


def _gaps(scores: Sequence[DimensionScore]) -> list[_Gap]:
    """Criteria below full level, those that would add most to the overall score first."""
    gaps: list[_Gap] = []
    for score in scores:
        points = sum(result.points for result in score.criteria)
        for result in score.criteria:
            if result.level < HIGHEST_LEVEL:
                missing = 1 - result.level / HIGHEST_LEVEL
                gaps.append(_Gap(score.dimension, result, 100 * score.weight * missing * result.points / points))
    return sorted(gaps, key=lambda gap: (-round(gap.gain, 6), gap.result.criterion_id))


def _asked_in(task: GradingTask, title: str) -> int | None:
    """The number of the question whose prompt shares most words with a title, where one stands out."""
    stems = stems_of(title)
    shared = sorted(
        ((len(stems & stems_of(question.prompt)), number) for number, question in enumerate(task.questions, start=1)),
        reverse=True,
    )
    if not shared or shared[0][0] == 0 or (len(shared) > 1 and shared[0][0] == shared[1][0]):
        return None
    return shared[0][1]


def _unanswered(task: GradingTask) -> list[int]:
    answered = {part.question_id for part in task.parts if part.text.strip()}
    return [number for number, question in enumerate(task.questions, start=1) if question.id not in answered]


def _questions(numbers: Sequence[int]) -> str:
    return f"Question {numbers[0]} is" if len(numbers) == 1 else f"Questions {_joined(numbers)} are"


def _joined(numbers: Sequence[int]) -> str:
    *head, last = map(str, numbers)
    return f"{', '.join(head)} and {last}" if head else last


def _counted(count: int) -> str:
    return "1 sentence" if count == 1 else f"{count} sentences"
