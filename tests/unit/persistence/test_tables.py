"""What statements name is what migrations make."""

from typing import Any

import pytest
from sqlalchemy.types import TypeDecorator

from persistence import models, tables
from persistence.columns import Instant

STATED = {value.name: value for value in vars(tables).values() if isinstance(value, tables.TableClause)}


def kind(of: Any) -> type:
    """What values are converted by: the type of our own, or the Python type of one of SQLAlchemy's or SQLModel's."""
    if isinstance(of, Instant):
        return Instant
    return of.impl.python_type if isinstance(of, TypeDecorator) else of.python_type


def test_every_table_is_stated():
    assert STATED.keys() == models.metadata.tables.keys()


@pytest.mark.parametrize("name", sorted(models.metadata.tables))
def test_its_columns_are_the_models_in_their_order_and_convert_values_alike(name):
    declared = models.metadata.tables[name].columns
    stated = STATED[name].columns

    assert [column.name for column in stated] == [column.name for column in declared]
    for mine, theirs in zip(stated, declared, strict=True):
        assert kind(mine.type) is kind(theirs.type), mine.name
