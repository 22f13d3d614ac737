"""The example operations of docs/operations, and the values of earlier results in their variables."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, OperationType, parse

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "operations"
PLACEHOLDER = re.compile(r"\{\{\s*([_A-Za-z]\w*)((?:\.\w+)+)\s*\}\}")


@dataclass(frozen=True)
class Example:
    path: Path
    document: str
    variables: dict[str, Any]
    name: str
    is_subscription: bool


def examples() -> list[Example]:
    return [_read(path) for path in sorted(FOLDER.glob("*.graphql"))]


def _read(path: Path) -> Example:
    document = path.read_text()
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    variables = path.with_suffix(".json")
    return Example(
        path=path,
        document=document,
        variables=json.loads(variables.read_text()) if variables.exists() else {},
        name=operation.name.value,
        is_subscription=operation.operation is OperationType.SUBSCRIPTION,
    )


def fill(value: Any, results: Mapping[str, Any]) -> Any:
    """What web/src/graphiql/placeholders.ts does."""
    if isinstance(value, dict):
        return {key: fill(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, results) for item in value]
    if isinstance(value, str) and (found := PLACEHOLDER.fullmatch(value)):
        there = results[found[1]]
        for key in found[2][1:].split("."):
            there = there[int(key)] if isinstance(there, list) else there[key]
        assert there is not None, value
        return there
    return value
