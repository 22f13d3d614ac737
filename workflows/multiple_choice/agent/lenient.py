"""Lists of which one bad element spoils no other."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.json_schema import SkipJsonSchema

M = TypeVar("M", bound=BaseModel)


def _or_none(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - whatever a model wrote
    try:
        return validate(value)
    except ValidationError:
        return None


OrNone = Annotated[M | SkipJsonSchema[None], WrapValidator(_or_none)]
"""An element that does not fit becomes None. The schema that a model sees knows of no None."""
