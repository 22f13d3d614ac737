"""What can be done. What a person can cause comes back in `userErrors`; only the rest is an error."""

from typing import Annotated

import strawberry

import resolvers.challenges
import resolvers.evaluations
import resolvers.viewer
from resolvers.context import Context
from schema.challenges import Challenge
from schema.evaluations import Evaluation
from schema.info import Info, signed_in
from schema.inputs import (
    CancelEvaluationInput,
    EvaluateAnswerInput,
    GenerateChallengeInput,
    UpdatePreferencesInput,
    idempotency_key,
)
from schema.payloads import (
    CancelEvaluationPayload,
    EvaluateAnswerPayload,
    GenerateChallengePayload,
    UpdatePreferencesPayload,
    answered,
)
from schema.quota import Quota
from schema.users import User

REPEATED = (
    "You have had every challenge of the curated bank that fits: this is one of them again. Another topic, difficulty "
    "or kind brings something new."
)


@strawberry.type(description="Everything that changes something. Run one after the other; at most 5 in an operation.")
class Mutation:
    """Needs a signed-in viewer everywhere."""

    @strawberry.mutation(description="Have a challenge written. Costs 1 unit; a failure costs nothing.")
    async def generate_challenge(
        self,
        info: Info,
        input: Annotated[GenerateChallengeInput, strawberry.argument(description="What to write.")],
    ) -> GenerateChallengePayload | None:
        context = signed_in(info)
        return await answered(context, GenerateChallengePayload, _generate(context, input))

    @strawberry.mutation(
        description=(
            "Hand in an answer. A scenario costs 1 unit, multiple choice nothing; a failure costs nothing. Work goes "
            "on when the client goes away."
        )
    )
    async def evaluate_answer(
        self,
        info: Info,
        input: Annotated[EvaluateAnswerInput, strawberry.argument(description="The answer, and to what.")],
    ) -> EvaluateAnswerPayload | None:
        context = signed_in(info)
        return await answered(context, EvaluateAnswerPayload, _evaluate(context, input))

    @strawberry.mutation(
        description=(
            "Stop an evaluation. Refunded before the first score, charged after it; one that has ended stays as it is."
        )
    )
    async def cancel_evaluation(
        self,
        info: Info,
        input: Annotated[CancelEvaluationInput, strawberry.argument(description="Which one.")],
    ) -> CancelEvaluationPayload | None:
        context = signed_in(info)
        return await answered(context, CancelEvaluationPayload, _cancel(context, input))

    @strawberry.mutation(description="Change the viewer's preferences.")
    async def update_preferences(
        self,
        info: Info,
        input: Annotated[UpdatePreferencesInput, strawberry.argument(description="What to change.")],
    ) -> UpdatePreferencesPayload | None:
        context = signed_in(info)
        return await answered(context, UpdatePreferencesPayload, _prefer(context, input))


async def _generate(context: Context, input: GenerateChallengeInput) -> GenerateChallengePayload:
    generated = await resolvers.challenges.generate(
        context,
        kind=input.kind,
        domain=input.domain,
        difficulty=input.difficulty,
        topic=input.checked_topic(),
        idempotency_key=idempotency_key(input.idempotency_key),
    )
    return GenerateChallengePayload(
        challenge=Challenge.of(generated.challenge),
        quota=Quota.of(generated.quota),
        replayed=generated.replayed,
        notice=REPEATED if generated.challenge.repeated else None,
        user_errors=[],
    )


async def _evaluate(context: Context, input: EvaluateAnswerInput) -> EvaluateAnswerPayload:
    submitted = await resolvers.evaluations.submit(context, input.to_domain())
    return EvaluateAnswerPayload(
        evaluation=Evaluation.of(submitted.evaluation),
        quota=Quota.of(submitted.quota),
        replayed=submitted.replayed,
        user_errors=[],
    )


async def _cancel(context: Context, input: CancelEvaluationInput) -> CancelEvaluationPayload:
    evaluation = await resolvers.evaluations.cancel(context, input.to_domain())
    return CancelEvaluationPayload(evaluation=Evaluation.of(evaluation), user_errors=[])


async def _prefer(context: Context, input: UpdatePreferencesInput) -> UpdatePreferencesPayload:
    user = await resolvers.viewer.update_preferences(context, changes=input.to_domain())
    return UpdatePreferencesPayload(viewer=User.of(user), user_errors=[])
