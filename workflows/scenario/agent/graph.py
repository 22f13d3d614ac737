"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.scenario.agent.nodes import (
    after_case,
    after_check,
    check,
    finish,
    plan,
    write_case,
    write_rubric,
)
from workflows.scenario.agent.state import Context, State


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile plan → write_case → write_rubric → check → finish, with one more case and one more rubric at most."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("plan", plan)
    graph.add_node("write_case", write_case)
    graph.add_node("write_rubric", write_rubric)
    graph.add_node("check", check)
    graph.add_node("finish", finish)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "write_case")
    graph.add_conditional_edges("write_case", after_case, ["plan", "write_rubric"])
    graph.add_edge("write_rubric", "check")
    graph.add_conditional_edges("check", after_check, ["write_rubric", "finish"])
    graph.add_edge("finish", END)
    return graph.compile(name="scenario_agent")
