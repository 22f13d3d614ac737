"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.evaluation.dimensions import consult, score
from workflows.evaluation.nodes import branches, compare, conclude, entrance, screen
from workflows.evaluation.state import Context, State
from workflows.metrics import timed


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile compare, and screen → score, one branch a dimension → conclude.

    Where models judge, screening goes on beside them, and the branches are the first step; or `consult`, where one
    question is asked about everything, and then the branches.
    """
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("compare", timed("compare", compare))
    graph.add_node("screen", timed("screen", screen))
    graph.add_node("consult", timed("consult", consult))
    graph.add_node("score", timed("score", score))
    graph.add_node("conclude", conclude)
    graph.add_conditional_edges(START, entrance, ["compare", "screen", "consult", "score", "conclude"])
    graph.add_conditional_edges("screen", branches, ["score", "conclude"])
    graph.add_conditional_edges("consult", branches, ["score", "conclude"])
    graph.add_edge("score", "conclude")
    graph.add_edge("compare", END)
    graph.add_edge("conclude", END)
    return graph.compile(name="evaluation")
