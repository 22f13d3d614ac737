"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.scenario.nodes import inspect, write
from workflows.scenario.state import Context, State


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile write → inspect."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("write", write)
    graph.add_node("inspect", inspect)
    graph.add_edge(START, "write")
    graph.add_edge("write", "inspect")
    graph.add_edge("inspect", END)
    return graph.compile(name="scenario")
