"""The steps. Each takes the state and returns what it adds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from langgraph.runtime import Runtime
from loguru import logger

from domain.calls import Call
from domain.challenge import Option, Order
from domain.drafts import MultipleChoiceItem
from domain.enums import Engine
from domain.errors import DeadlineExceeded, ProviderUnavailable
from domain.likeness import sketch
from workflows.known import Known
from workflows.metrics import CANDIDATES
from workflows.multiple_choice.agent import prompts
from workflows.multiple_choice.agent.example import EXAMPLE
from workflows.multiple_choice.agent.inspection import TITLE_LIMIT, Fate, Refused, inspected
from workflows.multiple_choice.agent.plan import plan
from workflows.multiple_choice.agent.state import Context, State
from workflows.multiple_choice.agent.verdicts import Verdict, doubt
from workflows.multiple_choice.arranging import arranged
from workflows.multiple_choice.options import shuffled

MOST_ROUNDS: Final = 2
"""A writer that gave nothing usable twice will not a third time, and every round is paid for."""
WRITER_SHARE: Final = 0.6
"""Of the time that is left, what writing may use: what it writes is worth nothing until somebody has answered it."""
MOST_REMEDIES: Final = 8
TELL_SOMETHING_NEW: Final = "write about other cases than those of the earlier questions"
LEAVE_NO_DOUBT: Final = "let one option be right beyond dispute, and work the key out twice"


async def lay_out(state: State, runtime: Runtime[Context]) -> State:
    """Plan a round, or give up.

    Raises:
        DeadlineExceeded: no time is left, or less than the round before took.
        ProviderUnavailable: there was a second round, and nothing stood.
    """
    context, order, round_ = runtime.context, state["order"], state.get("round", 0) + 1
    now = context.monotonic_seconds()
    began = state.get("began", now)
    if round_ > MOST_ROUNDS:
        raise ProviderUnavailable("No question that was written could be verified.", retry_after_seconds=1)
    if _left(order, began, now) <= now - began:
        raise DeadlineExceeded("No question could be written and verified in time.", retry_after_seconds=1)
    lines = plan(order.topics, order.difficulty, lines=context.candidates, random=context.random)
    return {"began": began, "round": round_, "plan": lines}


async def write(state: State, runtime: Runtime[Context]) -> State:
    """Have a question written for each line of the plan, in one call.

    Raises:
        ProviderUnavailable: nobody wrote.
    """
    context, order, calls = runtime.context, state["order"], list(state.get("calls", ()))
    refused = [candidate.title[:TITLE_LIMIT] for candidate in state.get("written", ()) if candidate is not None]
    titles, remedies = (*order.titles, *refused), state.get("remedies", ())
    completion = await context.models.complete(
        prompts.writing(order, state["plan"], titles=titles, remedies=remedies),
        deadline_seconds=WRITER_SHARE * _left(order, state["began"], context.monotonic_seconds()),
        on_call=calls.append,
    )
    written = tuple(completion.value.candidates[: context.candidates])
    return {"written": written, "provenance": completion.provenance, "calls": tuple(calls)}


async def lint(state: State) -> State:
    """Leave out what cannot be asked, each candidate by itself."""
    engine = state["provenance"].engine
    items: list[MultipleChoiceItem] = []
    remedies: dict[str, None] = {}
    for candidate in state["written"]:
        found = inspected(candidate, state["order"], state["provenance"])
        if isinstance(found, Refused):
            _count(engine, found.fate, found.reason)
            remedies |= dict.fromkeys(found.remedies)
        else:
            items.append(found)
    return {"items": tuple(items), "remedies": tuple(remedies)[:MOST_REMEDIES]}


async def drop(state: State) -> State:
    """Leave out what was told before, or by another candidate: by its wording, or by its title."""
    order = state["order"]
    # A model in want of ideas copies its example.
    told_before = Known((*order.avoid, sketch(EXAMPLE["stem"])), order.titles)
    in_one_call = Known()
    kept: list[MultipleChoiceItem] = []
    for item in state["items"]:
        its = sketch(item.question)
        if told_before.has(its, item.title):
            _count(item.provenance.engine, Fate.DUPLICATE, "told_before")
        elif in_one_call.has(its, item.title):
            _count(item.provenance.engine, Fate.DUPLICATE, "in_one_call")
        else:
            in_one_call.add(its, item.title)
            kept.append(item)
    again = () if len(kept) == len(state["items"]) else (TELL_SOMETHING_NEW,)
    return {"items": tuple(kept), "remedies": (*again, *state["remedies"])}


async def solve(state: State, runtime: Runtime[Context]) -> State:
    """Leave out whatever somebody who does not know the keys does not confirm.

    Raises:
        ProviderUnavailable: nobody answered: nothing unverified leaves.
    """
    context, items, calls = runtime.context, state["items"], list(state["calls"])
    engine = state["provenance"].engine
    # In an order of their own: a position that the solver prefers is not the one that people see.
    posed = [shuffled(item.correct, (wrong.text for wrong in item.distractors), context.random) for item in items]
    try:
        verdicts = await _verdicts(
            context,
            [(item.question, options) for item, (options, _) in zip(items, posed, strict=True)],
            written_by=engine,
            deadline_seconds=_left(state["order"], state["began"], context.monotonic_seconds()),
            calls=calls,
        )
    except ProviderUnavailable:
        for _ in items:
            _count(engine, Fate.UNVERIFIED, "no_solver")
        raise
    confirmed: list[MultipleChoiceItem] = []
    for number, (item, (_, key)) in enumerate(zip(items, posed, strict=True), start=1):
        against = doubt([verdict for verdict in verdicts if verdict.question == number], key)
        if against is None:
            confirmed.append(item)
        else:
            _count(engine, Fate.DISPUTED, against)
    return {"items": tuple(confirmed), "calls": tuple(calls), "remedies": (LEAVE_NO_DOUBT, *state["remedies"])}


async def arrange(state: State, runtime: Runtime[Context]) -> State:
    """Give the options an order by chance; share out what all of it took."""
    items, order = state["items"], state["order"]
    calls = tuple(replace(call, serves=len(items)) for call in state["calls"])
    for item in items:
        _count(item.provenance.engine, Fate.ACCEPTED, "none")
    logger.bind(
        domain=order.domain.value,
        difficulty=order.difficulty.value,
        engine=state["provenance"].engine.value,
        rounds=state["round"],
        written=len(state["written"]),
        accepted=len(items),
    ).info("questions_composed")
    return {"drafts": tuple(arranged(item, runtime.context.random, calls=calls) for item in items)}


def is_anything_left(state: State) -> bool:
    """Whether a question stands so far."""
    return bool(state["items"])


async def _verdicts(
    context: Context,
    questions: Sequence[tuple[str, Sequence[Option]]],
    *,
    written_by: Engine,
    deadline_seconds: float,
    calls: list[Call],
) -> list[Verdict]:
    completion = await context.models.complete(
        prompts.solving(questions, written_by=written_by), deadline_seconds=deadline_seconds, on_call=calls.append
    )
    return [verdict for verdict in completion.value.verdicts if verdict is not None]


def _left(order: Order, began: float, now: float) -> float:
    """Seconds of the order's deadline that are left."""
    return began + order.deadline_seconds - now


def _count(engine: Engine, fate: Fate, reason: str) -> None:
    CANDIDATES.labels(engine, fate, reason).inc()
