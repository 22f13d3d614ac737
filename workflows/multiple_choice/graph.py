"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.multiple_choice.nodes import arrange, inspect, write
from workflows.multiple_choice.state import Context, State


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile write → inspect → arrange."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("write", write)
    graph.add_node("inspect", inspect)
    graph.add_node("arrange", arrange)
    graph.add_edge(START, "write")
    graph.add_edge("write", "inspect")
    graph.add_edge("inspect", "arrange")
    graph.add_edge("arrange", END)
    return graph.compile(name="multiple_choice")
