"""What an evaluation is busy with, announced once."""

from domain.enums import EvaluationPhase
from domain.evaluation import Assignment
from workflows.evaluation.state import Context
from workflows.steps import total_steps

_PHASES = list(EvaluationPhase)


async def enter(assignment: Assignment, phase: EvaluationPhase, completed_steps: int, context: Context) -> None:
    """Announce a phase, unless a run before this one did."""
    reached = assignment.progress.phase
    if reached is not None and _PHASES.index(reached) >= _PHASES.index(phase):
        return
    await context.pace()
    await context.journal.enter(
        assignment.lease,
        phase,
        completed_steps=completed_steps,
        total_steps=total_steps(assignment.challenge.kind),
    )
