"""What clients send, checked and turned into the domain's words.

What only the challenge can tell (is the option one of its own, is the answer too long) is checked by the use cases.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

import strawberry

from domain.challenge import AnswerPart
from domain.errors import BadInput, InvalidInput, UnknownEntity
from domain.evaluation import Answer
from domain.history import HistoryFilter as DomainHistoryFilter
from domain.ids import ChallengeId, EvaluationId
from resolvers.evaluations import Submission
from schema import ids
from schema.enums import ChallengeKind, Difficulty, Domain

KEY_LIMIT: Final = 200
"""Characters of an idempotency key."""
TEXT_LIMIT: Final = 200
"""Characters of a topic and of a search."""

Id = TypeVar("Id")


def given(value: object) -> bool:
    """Whether a field was sent with a value; null and absent are the same where nothing can be cleared."""
    return value is not None and value is not strawberry.UNSET


def storable(text: str) -> bool:
    """Whether every database can keep a text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _checked(text: str, *field: str, limit: int | None = None) -> str:
    name = field[-1]
    if not storable(text):
        raise InvalidInput(
            f"{name} holds a character that cannot be stored (NUL, or half of a surrogate pair): remove it.",
            field=field,
        )
    if limit is not None and len(text) > limit:
        raise InvalidInput(f"{name} has {len(text):,} characters: shorten it to at most {limit}.", field=field)
    return text


def idempotency_key(key: str | None) -> str | None:
    """A key as it is kept.

    Raises:
        InvalidInput: not 1..200 visible characters.
    """
    if key is None or key is strawberry.UNSET:
        return None
    field = ("input", "idempotencyKey")
    if not key:
        raise InvalidInput("idempotencyKey is empty: send 1 to 200 visible characters, or leave it out.", field=field)
    _checked(key, *field, limit=KEY_LIMIT)
    if not key.isprintable() or any(char.isspace() for char in key):
        raise InvalidInput(
            "idempotencyKey holds a space or an invisible character: send visible ones only, such as a UUID.",
            field=field,
        )
    return key


def _named(what: str, pick: Callable[[ids.GlobalId], Id | None], value: str, field: str) -> Id:
    """The id in a mutation's input: malformed is the client's mistake, another type is simply not there."""
    found = pick(ids.read(value, field=f"input.{field}"))
    if found is None:
        raise UnknownEntity(f"There is no such {what} of yours: check {field}.", field=("input", field))
    return found


@strawberry.input(description="What to have written. The answer costs 1 unit of the day's quota.")
class GenerateChallengeInput:
    """For generateChallenge."""

    kind: ChallengeKind = strawberry.field(description="Multiple choice, or a scenario.")
    domain: Domain = strawberry.field(description="The field.")
    difficulty: Difficulty = strawberry.field(description="How hard it should be.")
    topic: str | None = strawberry.field(
        default=strawberry.UNSET, description="One of the domain's topics (see `domains`); any when it is left out."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "1 to 200 visible characters of your choice, such as a UUID, kept for 24 hours at least. Sent again with "
            "equal input it gives the same challenge and costs nothing."
        ),
    )

    def checked_topic(self) -> str | None:
        """The topic as it was sent, or None."""
        if not given(self.topic) or self.topic is None:
            return None
        if not self.topic.strip():
            raise InvalidInput(
                "topic is blank: give one of the domain's topics, or leave it out.", field=("input", "topic")
            )
        return _checked(self.topic, "input", "topic", limit=TEXT_LIMIT)


@strawberry.input(description="The text for one question of a scenario.")
class AnswerPartInput:
    """One part."""

    question_id: strawberry.ID = strawberry.field(description="The question, by the id it has in the challenge.")
    text: str = strawberry.field(description="The answer, at most 20,000 characters; 40,000 in all parts together.")


@strawberry.input(
    one_of=True,
    description="An answer: `optionId` for multiple choice, `parts` for a scenario. Exactly one of the two.",
)
class AnswerInput:
    """One of two shapes."""

    option_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The chosen option of a multiple-choice challenge."
    )
    parts: list[AnswerPartInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The answers to a scenario, at most one for each question; a question without one stays empty.",
    )

    def to_domain(self) -> Answer:
        """The answer, with every text fit to be stored."""
        here = ("input", "answer")
        if given(self.option_id):
            return Answer(option_id=_checked(str(self.option_id), *here, "optionId", limit=TEXT_LIMIT))
        parts = []
        for place, part in enumerate(self.parts or ()):
            there = (*here, "parts", str(place))
            question_id = _checked(part.question_id, *there, "questionId", limit=TEXT_LIMIT)
            parts.append(AnswerPart(question_id, _checked(part.text, *there, "text")))
        return Answer(parts=tuple(parts))


@strawberry.input(
    description="An answer to evaluate. A scenario costs 1 unit of the day's quota, multiple choice none."
)
class EvaluateAnswerInput:
    """For evaluateAnswer."""

    challenge_id: strawberry.ID = strawberry.field(description="The challenge that is answered.")
    answer: AnswerInput = strawberry.field(description="The answer, in the shape of the challenge's kind.")
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "1 to 200 visible characters of your choice, such as a UUID, kept for 24 hours at least. Sent again with "
            "equal input (`wait` does not count) it gives the same evaluation and costs nothing."
        ),
    )
    revises: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="An earlier evaluation of the same challenge that this answer improves on.",
    )
    wait: bool = strawberry.field(
        default=True,
        description=(
            "True: answer when the evaluation is done, or after 25 s with it still RUNNING. False: answer at once, to "
            "subscribe to `evaluationProgress`."
        ),
    )

    def to_domain(self) -> Submission:
        """What is handed in."""
        revises: EvaluationId | None = None
        challenge_id: ChallengeId = _named("challenge", lambda id: id.challenge, self.challenge_id, "challengeId")
        if given(self.revises):
            revises = _named("evaluation", lambda id: id.evaluation, str(self.revises), "revises")
        return Submission(
            challenge_id=challenge_id,
            answer=self.answer.to_domain(),
            idempotency_key=idempotency_key(self.idempotency_key),
            revises=revises,
            wait=self.wait,
        )


@strawberry.input(description="The evaluation to stop.")
class CancelEvaluationInput:
    """For cancelEvaluation."""

    evaluation_id: strawberry.ID = strawberry.field(description="The evaluation.")

    def to_domain(self) -> EvaluationId:
        """Whose work to stop."""
        return _named("evaluation", lambda id: id.evaluation, self.evaluation_id, "evaluationId")


@strawberry.input(description="Preferences to change: an absent field keeps its value, null clears it.")
class UpdatePreferencesInput:
    """For updatePreferences."""

    default_domain: Domain | None = strawberry.field(
        default=strawberry.UNSET, description="The field to start with. Null: none."
    )
    target_role: str | None = strawberry.field(
        default=strawberry.UNSET, description="The job to practise for, at most 100 characters. Null: none."
    )
    timezone: str | None = strawberry.field(
        default=strawberry.UNSET, description="An IANA name such as Europe/Vienna. Null: UTC."
    )

    def to_domain(self) -> dict[str, object]:
        """What was sent, and nothing else."""
        sent = {
            "default_domain": self.default_domain,
            "target_role": self.target_role,
            "timezone": self.timezone,
        }
        for name, value in (("targetRole", self.target_role), ("timezone", self.timezone)):
            if isinstance(value, str):
                _checked(value, "input", name)
        return {name: value for name, value in sent.items() if value is not strawberry.UNSET}


@strawberry.input(
    description="Narrows the history: all that is given must hold; null, absent and empty filter nothing."
)
class HistoryFilter:
    """For history."""

    domains: list[Domain] | None = strawberry.field(default=strawberry.UNSET, description="In one of these fields.")
    difficulties: list[Difficulty] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these difficulties."
    )
    kinds: list[ChallengeKind] | None = strawberry.field(default=strawberry.UNSET, description="Of one of these kinds.")
    answered: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: with a COMPLETED evaluation. False: without one."
    )
    search: str | None = strawberry.field(
        default=strawberry.UNSET, description="Words in title, topic or question, at most 200 characters."
    )
    created_after: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Generated at this moment or later."
    )
    created_before: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Generated before this moment, which must be later than createdAfter."
    )

    def to_domain(self) -> DomainHistoryFilter:
        """The same in the domain's words.

        Raises:
            BadInput: a time line that ends before it starts, or a search that is too long.
        """
        after = self.created_after if given(self.created_after) else None
        before = self.created_before if given(self.created_before) else None
        if after is not None and before is not None and after >= before:
            raise BadInput(
                "filter.createdAfter is not before filter.createdBefore: swap them, or leave one out.",
                field="filter.createdAfter",
            )
        search = (self.search or "").strip() if given(self.search) else ""
        if len(search) > TEXT_LIMIT or not storable(search):
            raise BadInput(
                f"filter.search must be at most {TEXT_LIMIT} characters without NUL: shorten it.", field="filter.search"
            )
        return DomainHistoryFilter(
            domains=tuple(dict.fromkeys(self.domains or ())),
            difficulties=tuple(dict.fromkeys(self.difficulties or ())),
            kinds=tuple(dict.fromkeys(self.kinds or ())),
            answered=self.answered if given(self.answered) else None,
            search=search or None,
            created_after=after,
            created_before=before,
        )
