"""Closed sets of the product's vocabulary. Values equal names, so that a stored value reads like the contract."""

from enum import StrEnum


class ChallengeKind(StrEnum):
    """What a person is asked to do."""

    MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
    SCENARIO = "SCENARIO"


class Difficulty(StrEnum):
    """How experienced a person has to be to answer well."""

    EASY = "EASY"
    MEDIUM = "MEDIUM"
    HARD = "HARD"


class Domain(StrEnum):
    """A field of interview practice."""

    SOFTWARE_ENGINEERING = "SOFTWARE_ENGINEERING"
    ALGORITHMS = "ALGORITHMS"
    SYSTEM_DESIGN = "SYSTEM_DESIGN"
    DATABASES = "DATABASES"
    CLOUD_COMPUTING = "CLOUD_COMPUTING"
    DATA_SCIENCE = "DATA_SCIENCE"
    DATA_ENGINEERING = "DATA_ENGINEERING"
    BIG_DATA = "BIG_DATA"
    MACHINE_LEARNING = "MACHINE_LEARNING"
    DEEP_LEARNING = "DEEP_LEARNING"
    NATURAL_LANGUAGE_PROCESSING = "NATURAL_LANGUAGE_PROCESSING"
    COMPUTER_VISION = "COMPUTER_VISION"
    GENERATIVE_AI = "GENERATIVE_AI"
    MLOPS = "MLOPS"


class Dimension(StrEnum):
    """One of the four sides from which a scenario answer is judged."""

    TECHNICAL_ACCURACY = "TECHNICAL_ACCURACY"
    PROBLEM_SOLVING = "PROBLEM_SOLVING"
    COMMUNICATION = "COMMUNICATION"
    BUSINESS_IMPACT = "BUSINESS_IMPACT"


class EvaluationStatus(StrEnum):
    """Where an evaluation is in its life; the last three are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing can change any more."""
        return self in {EvaluationStatus.COMPLETED, EvaluationStatus.FAILED, EvaluationStatus.CANCELLED}


class EvaluationPhase(StrEnum):
    """What a running evaluation is busy with, in this order."""

    SCREENING = "SCREENING"
    SCORING = "SCORING"
    VERIFYING = "VERIFYING"
    WRITING_FEEDBACK = "WRITING_FEEDBACK"


class EvaluationFailureCode(StrEnum):
    """Why an evaluation ended without a result."""

    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OUTPUT_INVALID = "OUTPUT_INVALID"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    INTERNAL = "INTERNAL"


class Engine(StrEnum):
    """Who wrote a challenge or graded an answer."""

    OPENAI = "OPENAI"
    ANTHROPIC = "ANTHROPIC"
    EMBEDDED = "EMBEDDED"


class FeedbackSection(StrEnum):
    """A part of the written feedback, in the order of writing."""

    SUMMARY = "SUMMARY"
    STRENGTHS = "STRENGTHS"
    IMPROVEMENTS = "IMPROVEMENTS"


class QuotaReason(StrEnum):
    """The act that a ledger row pays for."""

    CHALLENGE = "CHALLENGE"
    EVALUATION = "EVALUATION"


class QuotaEntryState(StrEnum):
    """A ledger row starts RESERVED and moves once, to CHARGED or REFUNDED."""

    RESERVED = "RESERVED"
    CHARGED = "CHARGED"
    REFUNDED = "REFUNDED"


class AnalyticsRange(StrEnum):
    """How far back analytics look."""

    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"
    ALL_TIME = "ALL_TIME"

    @property
    def days(self) -> int | None:
        """How many days, today included; None: all there are."""
        return {"LAST_7_DAYS": 7, "LAST_30_DAYS": 30, "LAST_90_DAYS": 90}.get(self.value)
