"""The JSON Schema that OpenAI holds an answer to: strict, as the SDK makes it."""

from functools import cache
from typing import Any

import openai
from pydantic import BaseModel


@cache  # output types are few and fixed: each prompt has one
def strict_schema(output: type[BaseModel]) -> dict[str, Any]:
    """Every property required, none added. Bounds stay in it; they are checked here again."""
    tool = openai.pydantic_function_tool(output)
    return dict(tool["function"]["parameters"])
