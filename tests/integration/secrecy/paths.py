"""Every way through the schema to what a challenge hides, found by introspection: a new way is walked at once.

A path is a chain of fields, each with the object type it is asked of. A field is used once in a path at most, so that
circles (challenge, its evaluations, their challenge, …) end; what is deeper than an operation may be is out of reach.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
)

from schema.limits import MAX_DEPTH

Step = tuple[str, str]
"""An object type and a field of it."""
Path = tuple[Step, ...]

HIDDEN_TYPES: Final = frozenset({"MultipleChoiceSolution", "ScenarioSolution", "CriterionKey", "CriterionResult"})
HIDDEN_FIELDS: Final = frozenset(
    {
        ("Evaluation", "modelAnswers"),
        ("Evaluation", "correct"),
        ("Evaluation", "overallScore"),
        ("Evaluation", "feedback"),
    }
)
ARGUMENTS: Final = {
    ("Query", "challenge"): {"id": "$challenge"},
    ("Query", "evaluation"): {"id": "$evaluation"},
    ("Mutation", "generateChallenge"): {"input": "$generate"},
    ("Mutation", "evaluateAnswer"): {"input": "$answer"},
    ("Mutation", "cancelEvaluation"): {"input": "{evaluationId: $evaluation}"},
    ("Mutation", "updatePreferences"): {"input": "{}"},
    ("Subscription", "evaluationProgress"): {"evaluationId": "$evaluation"},
}
VARIABLES: Final = {
    "$challenge": "ID!",
    "$evaluation": "ID!",
    "$generate": "GenerateChallengeInput!",
    "$answer": "EvaluateAnswerInput!",
}
THERE_AND_BACK: Final = frozenset({("Evaluation", "revisionOf"), ("Evaluation", "revisions")})
"""Two ways along one chain of answers: a path takes one of them."""
PAGE: Final = 4
PATHS_A_DOCUMENT: Final = 80


class Schema:
    """What introspection says, and the paths through it."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def roots(self) -> Iterator[tuple[Step, GraphQLField]]:
        for operation in (self._schema.query_type, self._schema.mutation_type, self._schema.subscription_type):
            assert operation is not None
            for name, found in operation.fields.items():
                yield (operation.name, name), found

    def to_hidden(self) -> list[Path]:
        """Every path that ends at something hidden, and is not too deep for anybody to ask for."""

        def leads_on(used: frozenset[Step], step: Step) -> bool:
            return step not in used and not (step in THERE_AND_BACK and THERE_AND_BACK & used)

        found = [path for path in self._walk(leads_on) if self.is_hidden(path[-1])]
        return [path for path in found if len(path) + self._height(path[-1]) <= MAX_DEPTH]

    def to_leaves(self) -> list[Path]:
        """From every root to every leaf field that it leads to, the shortest way."""

        def leads_on(used: frozenset[Step], step: Step) -> bool:
            return self._named(step).name not in {type_ for type_, _ in used}

        shortest: dict[tuple[Step, Step], Path] = {}
        for path in self._walk(leads_on, into_hidden=True):
            if is_leaf_type(self._named(path[-1])):
                shortest.setdefault((path[0], path[-1]), path)
        return list(shortest.values())

    def is_hidden(self, step: Step) -> bool:
        return step in HIDDEN_FIELDS or self._named(step).name in HIDDEN_TYPES

    def _walk(self, leads_on: Callable[[frozenset[Step], Step], bool], *, into_hidden: bool = False) -> Iterator[Path]:
        """Shortest first."""
        pending: deque[tuple[Path, frozenset[Step]]] = deque(((root,), frozenset({root})) for root, _ in self.roots())
        while pending:
            path, used = pending.popleft()
            if len(path) > MAX_DEPTH:
                continue
            named = self._named(path[-1])
            if is_leaf_type(named) or (self.is_hidden(path[-1]) and not into_hidden):
                yield path
                continue
            for concrete in self.concrete(named):
                for name in concrete.fields:
                    step = (concrete.name, name)
                    if leads_on(used, step):
                        pending.append(((*path, step), used | {step}))

    def _named(self, step: Step) -> GraphQLOutputType:
        return get_named_type(self.field(step).type)

    def field(self, step: Step) -> GraphQLField:
        type_, name = step
        parent = self._schema.get_type(type_)
        assert isinstance(parent, GraphQLObjectType)
        return parent.fields[name]

    def concrete(self, named: Any) -> list[GraphQLObjectType]:
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return list(self._schema.get_possible_types(named))
        assert isinstance(named, GraphQLObjectType)
        return [named]

    def is_abstract(self, step: Step) -> bool:
        return isinstance(self._named(step), GraphQLInterfaceType | GraphQLUnionType)

    def _height(self, step: Step) -> int:
        """How much deeper its whole selection goes."""
        named = self._named(step)
        if is_leaf_type(named):
            return 0
        return 1 + max(self._height((type_.name, name)) for type_ in self.concrete(named) for name in type_.fields)

    def selection(self, step: Step) -> str:
        """All there is behind a field, for what is hidden; nothing for a leaf."""
        named = self._named(step)
        if is_leaf_type(named):
            return ""
        (type_,) = self.concrete(named)
        return " { " + " ".join(f"{name}{self.selection((type_.name, name))}" for name in type_.fields) + " }"

    def arguments(self, step: Step, then: Step | None) -> str:
        """Values for what a field needs.

        Raises:
            AssertionError: nobody has said yet what to send: say it in ARGUMENTS, and the new paths are walked too.
        """
        given = dict(ARGUMENTS.get(step, {}))
        if step == ("Query", "node"):
            given["id"] = "$evaluation" if then is not None and then[0] == "Evaluation" else "$challenge"
        arguments = self.field(step).args
        if "first" in arguments:
            given["first"] = str(PAGE)
        needed = {
            name
            for name, argument in arguments.items()
            if isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
        }
        assert needed <= given.keys(), f"{step[0]}.{step[1]} needs {needed - given.keys()}: add it to ARGUMENTS"
        return f"({', '.join(f'{name}: {value}' for name, value in given.items())})" if given else ""


@dataclass
class Node:
    """A field in a document and what is asked of it, by the one type that it may be here."""

    step: Step
    type_: str = ""
    children: "dict[str, Node]" = field(default_factory=dict)


@dataclass
class Document:
    """Paths that can be asked for at once."""

    root: Step
    paths: list[Path] = field(default_factory=list)
    tree: Node | None = None

    def take(self, path: Path) -> bool:
        """Add a path, unless it needs a field to be of two types at once."""
        node = self.tree
        for step, then in pairwise(path):
            if node is None or node.step != step:
                break
            if node.type_ not in {"", then[0]}:
                return False
            node = node.children.get(then[1])
        self.tree = self.tree or Node(self.root)
        node = self.tree
        for step in path[1:]:
            node.type_ = step[0]
            node = node.children.setdefault(step[1], Node(step))
        self.paths.append(path)
        return True

    def text(self, schema: Schema) -> str:
        assert self.tree is not None
        kind = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}[self.root[0]]
        body = self._written(schema, self.tree, extra="sequence " if kind == "subscription" else "")
        declared = ", ".join(f"{name}: {type_}" for name, type_ in VARIABLES.items() if name in body)
        return f"{kind} Walk{f'({declared})' if declared else ''} {{ {body} }}"

    def _written(self, schema: Schema, node: Node, extra: str = "") -> str:
        first = next(iter(node.children.values()), None)
        name = f"{node.step[1]}{schema.arguments(node.step, first.step if first else None)}"
        if first is None:
            return f"{name}{schema.selection(node.step)}"
        inner = " ".join(self._written(schema, child) for child in node.children.values())
        if schema.is_abstract(node.step):
            inner = f"__typename {extra}... on {node.type_} {{ {inner} }}"
        return f"{name} {{ {inner} }}"


def documents(paths: Iterable[Path]) -> list[Document]:
    """The paths, in as few documents as the limits on operations allow."""
    made: list[Document] = []
    for path in paths:
        for document in made:
            if document.root == path[0] and len(document.paths) < PATHS_A_DOCUMENT and document.take(path):
                break
        else:
            fresh = Document(path[0])
            assert fresh.take(path)
            made.append(fresh)
    return made


def values_at(data: Any, path: Path) -> Iterator[Any]:
    """What an answer holds at the end of a path: nothing is None, [] or not there."""
    pending = [(data, 0)]
    while pending:
        value, depth = pending.pop()
        if isinstance(value, list):
            pending.extend((item, depth) for item in value)
        elif depth == len(path):
            if value is not None:
                yield value
        elif isinstance(value, dict) and path[depth][1] in value:
            pending.append((value[path[depth][1]], depth + 1))


def shown(path: Path) -> str:
    """A path, for people."""
    return ".".join((*path[0], *(f"{type_}:{name}" for type_, name in path[1:])))
