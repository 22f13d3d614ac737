"""What an evaluation is busy with, announced once."""

from domain.enums import EvaluationPhase
from domain.evaluation import Assignment
from domain.events import PhaseChanged
from workflows.evaluation.state import Context
from workflows.steps import total_steps

_PHASES = list(EvaluationPhase)


async def enter(assignment: Assignment, phase: EvaluationPhase, completed_steps: int, context: Context) -> None:
    """Announce a phase, unless a run before this one did."""
    reached = assignment.progress.phase
    if reached is not None and _PHASES.index(reached) >= _PHASES.index(phase):
        return
    await context.pace()
    context.journal.take(PhaseChanged(phase, completed_steps, total_steps(assignment.challenge.kind)))
