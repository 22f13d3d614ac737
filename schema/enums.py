"""The domain's closed sets, described for clients. They may gain values: clients keep a default branch."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar, cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain.enums import (
    AnalyticsRange,
    ChallengeKind,
    Difficulty,
    Dimension,
    Domain,
    Engine,
    EvaluationFailureCode,
    EvaluationPhase,
    EvaluationStatus,
    FeedbackSection,
    QuotaEntryState,
    QuotaReason,
)

__all__ = [
    "AnalyticsRange",
    "ChallengeKind",
    "Difficulty",
    "Dimension",
    "Domain",
    "Engine",
    "EvaluationFailureCode",
    "EvaluationPhase",
    "EvaluationStatus",
    "FeedbackSection",
    "QuotaEntryState",
    "QuotaReason",
    "UserErrorCode",
]


class UserErrorCode(StrEnum):
    """What went wrong for a person, for programs."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    ANSWER_TOO_LONG = "ANSWER_TOO_LONG"


E = TypeVar("E", bound=StrEnum)


def _describe(enum: type[E], description: str, values: Mapping[E, str]) -> None:
    """Publish a domain enum as it is, so that no value is ever converted."""
    strawberry.enum(enum, description=description)
    definition = cast("StrawberryEnumDefinition", enum.__dict__["__strawberry_definition__"])
    for value in definition.values:
        value.description = values[enum(value.value)]


_describe(
    ChallengeKind,
    "What a person is asked to do.",
    {
        ChallengeKind.MULTIPLE_CHOICE: "Choose one of four options. Graded in code, at once, free of charge.",
        ChallengeKind.SCENARIO: "Answer one to five questions about a situation, in prose.",
    },
)
_describe(
    Difficulty,
    "How experienced a person has to be to answer well.",
    {
        Difficulty.EASY: "Fundamentals: a first job, or new to the field.",
        Difficulty.MEDIUM: "Working knowledge: some years of practice.",
        Difficulty.HARD: "Judgement: trade-offs that a senior engineer is asked about.",
    },
)
_describe(
    Domain,
    "A field of interview practice.",
    {
        Domain.SOFTWARE_ENGINEERING: "Code that a team can read, test, ship and change for years.",
        Domain.ALGORITHMS: "Algorithms and data structures, and what they cost in time and memory.",
        Domain.SYSTEM_DESIGN: "Services that stay correct, fast and affordable as they grow.",
        Domain.DATABASES: "Modelling, querying and operating relational and other stores.",
        Domain.CLOUD_COMPUTING: "Building on rented infrastructure: networks, identity, cost, failure.",
        Domain.DATA_SCIENCE: "From a question and data to a conclusion that holds.",
        Domain.DATA_ENGINEERING: "Pipelines and models that others can rely on.",
        Domain.BIG_DATA: "Storing and processing more than fits on one machine.",
        Domain.MACHINE_LEARNING: "Learning from data: models, validation, features, fairness.",
        Domain.DEEP_LEARNING: "Neural networks: architectures, training, what goes wrong.",
        Domain.NATURAL_LANGUAGE_PROCESSING: "Text and language: representation, understanding, evaluation.",
        Domain.COMPUTER_VISION: "Images and video: recognition, detection, measurement.",
        Domain.GENERATIVE_AI: "Language and image models at work: prompts, retrieval, safety.",
        Domain.MLOPS: "Models in production: delivery, monitoring, drift, cost.",
    },
)
_describe(
    Dimension,
    "One of the four sides from which a scenario answer is judged.",
    {
        Dimension.TECHNICAL_ACCURACY: "Is it right? 40 % of the overall score.",
        Dimension.PROBLEM_SOLVING: "Does it break the problem down and weigh alternatives? 30 %.",
        Dimension.COMMUNICATION: "Can it be followed? 10 %.",
        Dimension.BUSINESS_IMPACT: "Does it serve the people and the business in the situation? 20 %.",
    },
)
_describe(
    EvaluationStatus,
    "Where an evaluation is in its life.",
    {
        EvaluationStatus.QUEUED: "Stored, and waiting for somebody to work on it.",
        EvaluationStatus.RUNNING: "Being worked on.",
        EvaluationStatus.COMPLETED: "Done: the result is there. Final.",
        EvaluationStatus.FAILED: "Ended without a result, refunded; `failure` says why. Final.",
        EvaluationStatus.CANCELLED: "Stopped by the person. Final.",
    },
)
_describe(
    EvaluationPhase,
    "What a running evaluation is busy with, in this order.",
    {
        EvaluationPhase.SCREENING: "Reading the answer and setting aside whatever talks to the grader.",
        EvaluationPhase.SCORING: "Judging the four dimensions; each is announced when it is final.",
        EvaluationPhase.VERIFYING: "Checking the judgements against each other.",
        EvaluationPhase.WRITING_FEEDBACK: "Writing what to take away.",
    },
)
_describe(
    EvaluationFailureCode,
    "Why an evaluation ended without a result.",
    {
        EvaluationFailureCode.PROVIDER_UNAVAILABLE: "Nobody who could grade answered. Try again later.",
        EvaluationFailureCode.DEADLINE_EXCEEDED: "Grading took longer than it may. Try again.",
        EvaluationFailureCode.OUTPUT_INVALID: "What the grader wrote could not be used. Try again.",
        EvaluationFailureCode.BUDGET_EXCEEDED: "Grading would have cost more than it may. Shorten the answer.",
        EvaluationFailureCode.INTERNAL: "A fault of the server. Try again; report it if it stays.",
    },
)
_describe(
    Engine,
    "Who wrote a challenge or graded an answer.",
    {
        Engine.OPENAI: "A model of OpenAI.",
        Engine.ANTHROPIC: "A model of Anthropic.",
        Engine.EMBEDDED: "The server itself: its curated bank, or its rubric grader. No model.",
    },
)
_describe(
    FeedbackSection,
    "A part of the written feedback, in the order of writing.",
    {
        FeedbackSection.SUMMARY: "What the answer amounts to.",
        FeedbackSection.STRENGTHS: "What was good.",
        FeedbackSection.IMPROVEMENTS: "What to do better.",
    },
)
_describe(
    QuotaReason,
    "The act that a row of the ledger pays for.",
    {
        QuotaReason.CHALLENGE: "Generating a challenge.",
        QuotaReason.EVALUATION: "Evaluating a scenario answer.",
    },
)
_describe(
    QuotaEntryState,
    "Where a row of the ledger is: RESERVED moves once, to CHARGED or REFUNDED.",
    {
        QuotaEntryState.RESERVED: "Taken for an act that is under way. Counts as used.",
        QuotaEntryState.CHARGED: "The act went well. Counts as used.",
        QuotaEntryState.REFUNDED: "The act failed or was cancelled in time. Does not count.",
    },
)
_describe(
    UserErrorCode,
    "What a person can cause by using the product.",
    {
        UserErrorCode.INVALID_INPUT: "A value that the named field does not take. Change it.",
        UserErrorCode.NOT_FOUND: "Nothing of yours has that id.",
        UserErrorCode.QUOTA_EXCEEDED: "Today's quota does not cover it. Wait for the next UTC day.",
        UserErrorCode.RATE_LIMITED: "Too many operations in too short a time. Wait as long as it says.",
        UserErrorCode.IDEMPOTENCY_CONFLICT: "The key was used before with other input. Send a fresh key.",
        UserErrorCode.PROVIDER_UNAVAILABLE: "Nobody could do it in time; nothing was charged. Try again.",
        UserErrorCode.ANSWER_TOO_LONG: "The answer, or a part of it, is over its limit. Shorten it.",
    },
)
_describe(
    AnalyticsRange,
    "How far back analytics look. Days begin and end at midnight in the viewer's time zone (`preferences.timezone`).",
    {
        AnalyticsRange.LAST_7_DAYS: "Today and the 6 days before it.",
        AnalyticsRange.LAST_30_DAYS: "Today and the 29 days before it.",
        AnalyticsRange.LAST_90_DAYS: "Today and the 89 days before it.",
        AnalyticsRange.ALL_TIME: "Everything.",
    },
)
