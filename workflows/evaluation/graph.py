"""The graph. Importing this loads LangGraph, which takes about a second."""

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from workflows.evaluation.dimensions import consult, score
from workflows.evaluation.feedback import write_feedback
from workflows.evaluation.nodes import branches, compare, entrance, finish, screen, verify
from workflows.evaluation.state import Context, State
from workflows.metrics import timed


def build() -> CompiledStateGraph[State, Context, State, State]:
    """Compile compare, and screen → score, one branch a dimension → verify → write_feedback → finish.

    Where models judge, screening goes on beside them, and the branches are the first step; or `consult`, where one
    question is asked about everything, and then the branches.
    """
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("compare", timed("compare", compare))
    graph.add_node("screen", timed("screen", screen))
    graph.add_node("consult", timed("consult", consult))
    graph.add_node("score", timed("score", score))
    graph.add_node("verify", timed("verify", verify))
    graph.add_node("write_feedback", timed("write_feedback", write_feedback))
    graph.add_node("finish", timed("finish", finish))
    graph.add_conditional_edges(START, entrance, ["compare", "screen", "consult", "score", "verify"])
    graph.add_conditional_edges("screen", branches, ["score", "verify"])
    graph.add_conditional_edges("consult", branches, ["score", "verify"])
    graph.add_edge("score", "verify")
    graph.add_edge("verify", "write_feedback")
    graph.add_edge("write_feedback", "finish")
    graph.add_edge("compare", END)
    graph.add_edge("finish", END)
    return graph.compile(name="evaluation")
