"""Shows the nodes of a graph as steps, and keeps LangChain's own tracing out. Importing this loads LangChain's core."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import langsmith
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START
from langgraph.graph.state import CompiledStateGraph

from domain.challenge import Brief, Order
from domain.enums import Dimension
from domain.evaluation import Assignment
from workflows.ports import Fact, Span, Tracing

FORMER_SWITCHES: Final = ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER")


def neutralise() -> None:
    """Have LangChain trace nothing by itself, whatever LANGSMITH_TRACING and its like say.

    Its own tracer would send the whole state of a graph: answers, questions and their keys.
    """
    langsmith.configure(enabled=False)
    for name in FORMER_SWITCHES:
        os.environ.pop(name, None)  # with one of them set and the new ones off, LangChain refuses to run anything


class Traced:
    """A graph that is run as a step with a step for each of its nodes in it, where somebody traces."""

    def __init__(self, graph: CompiledStateGraph[Any, Any, Any, Any], tracing: Tracing | None) -> None:
        self._graph = graph
        self._tracing = tracing

    async def ainvoke(self, given: Mapping[str, Any], *, context: object) -> dict[str, Any]:
        """Run it to its end."""
        with self._within(given) as config:
            return dict(await self._graph.ainvoke(given, config, context=context))

    async def run(self, given: Mapping[str, Any], *, context: object) -> None:
        """Run it to its end for what it does: nothing is collected on the way, which takes time."""
        with self._within(given) as config:
            async for _ in self._graph.astream(given, config, context=context, stream_mode=[]):
                pass

    @contextmanager
    def _within(self, given: Mapping[str, Any]) -> Iterator[RunnableConfig | None]:
        if self._tracing is None:
            yield None
            return
        facts = {name: fact for value in given.values() for name, fact in _facts(value).items()}
        with self._tracing.span(self._graph.name, **facts) as span:
            yield {"callbacks": [NodeSpans(span)]}


def _facts(given: object) -> Mapping[str, Fact]:
    """What may be told of what a graph works on: whoever asked and whatever they wrote stay out."""
    if isinstance(given, Brief | Order):
        return {"kind": given.kind.value, "domain": given.domain.value, "difficulty": given.difficulty.value}
    if isinstance(given, Assignment):
        return {
            "evaluation_id": given.lease.evaluation_id,
            "challenge_id": given.challenge.id,
            "kind": given.challenge.kind.value,
            "domain": given.challenge.domain.value,
            "difficulty": given.challenge.difficulty.value,
            "attempt": given.lease.attempt,
            **({} if given.request_id is None else {"request_id": given.request_id}),
        }
    return {}


class NodeSpans(BaseCallbackHandler):
    """Begins a step for each node of one run of a graph, within `root`."""

    # In the task of the node, before it: the node's own work finds its step there.
    run_inline = True

    def __init__(self, root: Span) -> None:
        self._root = root
        self._open: dict[UUID, Span] = {}

    def on_chain_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002 - LangChain's signature
        inputs: object,
        *,
        run_id: UUID,
        metadata: Mapping[str, Any] | None = None,
        name: str | None = None,
        **_: object,
    ) -> None:
        """Begin a node. The graph itself has no node, and the functions that route have the node that they follow."""
        if name not in {None, START} and (metadata or {}).get("langgraph_node") == name:
            dimension = inputs.get("dimension") if isinstance(inputs, Mapping) else None
            facts = {"dimension": dimension.value} if isinstance(dimension, Dimension) else {}
            self._open[run_id] = self._root.begin(name, **facts)

    def on_chain_end(self, outputs: object, *, run_id: UUID, **_: object) -> None:  # noqa: ARG002 - LangChain's signature
        """A node is done."""
        self._end(run_id, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_: object) -> None:
        """A node has failed, or was cancelled."""
        self._end(run_id, error)

    def _end(self, run_id: UUID, error: BaseException | None) -> None:
        span = self._open.pop(run_id, None)
        if span is not None:
            span.end(error)
