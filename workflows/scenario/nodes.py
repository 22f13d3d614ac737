"""The steps. Each takes the state and returns what it adds."""

from langgraph.runtime import Runtime

from domain.challenge import ChallengeDraft, Scenario, ScenarioSolution
from domain.errors import ProviderUnavailable
from workflows.scenario import claims
from workflows.scenario.state import Context, State


async def write(state: State, runtime: Runtime[Context]) -> State:
    """Have a scenario written or drawn."""
    return {"draft": await runtime.context.writer.write_scenario(state["brief"])}


async def inspect(state: State) -> State:
    """Refuse a scenario that could not be graded fairly."""
    fault = _fault(state["draft"])
    if fault:
        raise ProviderUnavailable(f"The scenario that was written cannot be graded: {fault}.", retry_after_seconds=1)
    return {}


def _fault(draft: ChallengeDraft) -> str | None:
    scenario, solution = draft.content, draft.solution
    if not isinstance(scenario, Scenario) or not isinstance(solution, ScenarioSolution):
        return "it is no scenario"
    return next(claims.faults(scenario, solution), None)
