"""The steps. Each takes the state and returns what it adds."""

from typing import Final

from langgraph.runtime import Runtime
from loguru import logger

from domain.calls import Call
from domain.challenge import ChallengeDraft, Provenance
from domain.enums import ChallengeKind
from domain.errors import DeadlineExceeded, GradingFailed, ProviderUnavailable
from domain.language_models import Completion, Request, T
from workflows.metrics import SCENARIO_DRAFTS
from workflows.scenario.agent import assembly, prompts, self_check
from workflows.scenario.agent.plan import MINUTES, draw
from workflows.scenario.agent.state import Context, State

MOST_CASES: Final = 2
"""The second where the first was told before or cannot be used."""
MOST_RUBRICS: Final = 2
"""The second is the repair."""
CASE_SHARE: Final = 0.4
"""Of the time that is left, what a case may take: its rubric is three times as long."""
LEAST_SECONDS: Final = 1.0
"""With less than this left nobody is asked: no model writes that fast, and it would be paid for nothing."""
RETRY_AFTER_SECONDS: Final = 1.0
"""Chance decides what the next case is about, so there is nothing to wait for."""


async def plan(state: State, runtime: Runtime[Context]) -> State:
    """Decide by chance what the case is about; again for another case."""
    return {"plan": draw(state["order"], runtime.context.random)}


async def write_case(state: State, runtime: Runtime[Context]) -> State:
    """Have the situation and its questions written, and look whether they can be used."""
    order, attempt = state["order"], state.get("cases", 0) + 1
    request = prompts.case_request(order, state["plan"], state.get("objections", ()))
    completion, calls = await _ask(request, runtime.context, share=CASE_SHARE)
    case = assembly.case_of(completion.value)
    objections = self_check.case_objections(case)
    told_before = not objections and self_check.told_before(case, order)
    if objections or told_before:
        outcome = "near_duplicate" if told_before else "malformed"
        _drop(outcome, state, last=attempt == MOST_CASES)
        objections = objections or (prompts.TOLD_BEFORE,)
    return {
        "case": case,
        "objections": objections,
        "cases": attempt,
        "writers": [completion.provenance],
        "calls": calls,
    }


def after_case(state: State) -> str:
    """Another case for one that cannot be used."""
    return "plan" if state["objections"] else "write_rubric"


async def write_rubric(state: State, runtime: Runtime[Context]) -> State:
    """Have rubric and model answers written for the case, or written again with what was objected to."""
    request = prompts.rubric_request(state["order"], state["case"], state.get("rubric"), state["objections"])
    completion, calls = await _ask(request, runtime.context)
    return {
        "rubric": completion.value,
        "rubrics": state.get("rubrics", 0) + 1,
        "writers": [completion.provenance],
        "calls": calls,
    }


async def check(state: State, runtime: Runtime[Context]) -> State:
    """Hold the scenario against its rules and its own model answer."""
    scenario, solution = assembly.scenario_of(state["case"], state["rubric"])
    try:
        objections = await self_check.rubric_objections(
            state["order"].domain, scenario, solution, runtime.context.grader
        )
    except GradingFailed as exc:
        SCENARIO_DRAFTS.labels("unchecked").inc()
        raise ProviderUnavailable(
            "The scenario that was written could not be checked.", retry_after_seconds=RETRY_AFTER_SECONDS
        ) from exc
    if objections and state["rubrics"] == MOST_RUBRICS:
        _drop("failed_check", state, last=True)
    return {"objections": objections}


def after_check(state: State) -> str:
    """The repair, where something was objected to."""
    return "write_rubric" if state["objections"] else "finish"


async def finish(state: State) -> State:
    """Hand the scenario over."""
    order, case = state["order"], state["case"]
    scenario, solution = assembly.scenario_of(case, state["rubric"])
    draft = ChallengeDraft(
        kind=ChallengeKind.SCENARIO,
        domain=order.domain,
        topic=state["plan"].topic,
        difficulty=order.difficulty,
        title=case.title,
        tags=case.tags or assembly.tags_of([state["plan"].topic]),
        suggested_minutes=MINUTES[order.difficulty],
        content=scenario,
        solution=solution,
        provenance=_provenance(state),
        calls=tuple(state["calls"]),
    )
    SCENARIO_DRAFTS.labels("repaired" if state["rubrics"] > 1 else "verified").inc()
    return {"draft": draft}


async def _ask(request: Request[T], context: Context, *, share: float = 1.0) -> tuple[Completion[T], list[Call]]:
    """Ask within a share of the time that is left.

    Raises:
        ProviderUnavailable: nobody answered, or there is no time left to ask.
    """
    calls: list[Call] = []
    left = context.deadline - context.monotonic_seconds()
    try:
        if left < LEAST_SECONDS:
            raise DeadlineExceeded("There was no time left to write.", retry_after_seconds=RETRY_AFTER_SECONDS)
        completion = await context.models.complete(request, deadline_seconds=left * share, on_call=calls.append)
    except ProviderUnavailable:
        SCENARIO_DRAFTS.labels("unanswered").inc()
        raise
    return completion, calls


def _drop(outcome: str, state: State, *, last: bool) -> None:
    """Count a draft that is not used.

    Raises:
        ProviderUnavailable: there will be no other.
    """
    order = state["order"]
    SCENARIO_DRAFTS.labels(outcome).inc()
    logger.bind(outcome=outcome, domain=order.domain, difficulty=order.difficulty).info("scenario_draft_dropped")
    if last:
        raise ProviderUnavailable(
            "The scenarios that were written cannot be used.", retry_after_seconds=RETRY_AFTER_SECONDS
        )


def _provenance(state: State) -> Provenance:
    """Who wrote the case that is used; degraded when a stand-in wrote any of it."""
    # The last writers are those of the rubrics; the one before them wrote the case that they are for.
    used = state["writers"][-state["rubrics"] - 1 :]
    first = used[0]
    return Provenance(first.engine, first.model, first.version, any(writer.degraded for writer in used))
