"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.multiple_choice.agent.nodes import arrange, drop, is_anything_left, lay_out, lint, solve, write
from workflows.multiple_choice.agent.state import Context, State


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile plan → write → lint → drop → solve → arrange. Where nothing is left it plans again, or gives up there."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("lay_out", lay_out)
    graph.add_node("write", write)
    graph.add_node("lint", lint)
    graph.add_node("drop", drop)
    graph.add_node("solve", solve)
    graph.add_node("arrange", arrange)
    graph.add_edge(START, "lay_out")
    graph.add_edge("lay_out", "write")
    graph.add_edge("write", "lint")
    graph.add_edge("lint", "drop")
    graph.add_conditional_edges("drop", is_anything_left, {True: "solve", False: "lay_out"})
    graph.add_conditional_edges("solve", is_anything_left, {True: "arrange", False: "lay_out"})
    graph.add_edge("arrange", END)
    return graph.compile(name="multiple_choice_agent")
