"""The steps. Each takes the state and returns what it adds."""

from langgraph.runtime import Runtime

from domain.errors import ProviderUnavailable
from domain.text import folded
from workflows.multiple_choice.arranging import arranged
from workflows.multiple_choice.options import OPTION_IDS
from workflows.multiple_choice.state import Context, State


async def write(state: State, runtime: Runtime[Context]) -> State:
    """Have an item written or drawn."""
    return {"item": await runtime.context.writer.write_multiple_choice(state["brief"])}


async def inspect(state: State) -> State:
    """Refuse an item that cannot be answered: it needs four different options."""
    item = state["item"]
    texts = {folded(text) for text in (item.correct, *(wrong.text for wrong in item.distractors))}
    if len(item.distractors) != len(OPTION_IDS) - 1 or len(texts) != len(OPTION_IDS) or "" in texts:
        raise ProviderUnavailable("The question that was written has no four different options.", retry_after_seconds=1)
    return {}


async def arrange(state: State, runtime: Runtime[Context]) -> State:
    """Give the options an order by chance, and note where the correct one landed."""
    return {"draft": arranged(state["item"], runtime.context.random)}
