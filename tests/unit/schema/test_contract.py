"""Clients are promised tests/contract.graphql: everything in it is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

import schema
from tests.unit.schema.contract import differences

ROOT = Path(__file__).parents[3]
CONTRACT = (ROOT / "tests" / "contract.graphql").read_text()


def test_everything_that_was_promised_is_served() -> None:
    assert differences(build_schema(CONTRACT), build_schema(schema.export())) == []


def test_the_exported_schema_is_the_one_in_the_repository() -> None:
    assert (ROOT / "schema.graphql").read_text() == schema.export()


@pytest.mark.parametrize(
    ("promise", "instead", "found"),
    [
        ("type DomainInfo { domain: Domain! ", "type DomainInfo { ", "DomainInfo.domain is missing"),
        ("overallScore: Float ", "overallScore: Float! ", "Evaluation.overallScore is Float!, not Float"),
        ("quota: Quota\n", "quota: Int\n", "Query.quota is Int, not Quota"),
        (" CANCELLED }", " }", "EvaluationStatus.CANCELLED is missing"),
        ("wait: Boolean! = true", "wait: Boolean! = false", "EvaluateAnswerInput: the field wait defaults to false"),
        ("afterSequence: Int = 0", "afterSequence: Int", "the argument afterSequence defaults to None, not 0"),
        (", afterSequence: Int = 0", "", "Subscription.evaluationProgress: the argument afterSequence is missing"),
        ("input AnswerInput @oneOf", "input AnswerInput", "AnswerInput is not @oneOf"),
        ("  topic: String\n  idempotencyKey", "  idempotencyKey", "GenerateChallengeInput: the field topic is missing"),
        ("type User implements Node {", "type User {", "User does not implement Node"),
        ("node(id: ID!)", "node(id: ID!, of: ID!)", "Query.node: the argument of is required, and was never promised"),
        ("enum QuotaReason { CHALLENGE EVALUATION }", "scalar QuotaReason", "QuotaReason is a GraphQLScalarType"),
    ],
)
def test_the_comparison_finds_a_broken_promise(promise: str, instead: str, found: str) -> None:
    assert promise in CONTRACT
    broken = build_schema(CONTRACT.replace(promise, instead, 1), assume_valid=True)

    reported = differences(build_schema(CONTRACT), broken)

    assert any(found in line for line in reported), reported


def test_the_comparison_does_not_mind_what_is_new() -> None:
    grown = CONTRACT.replace("enum QuotaReason { CHALLENGE", "enum QuotaReason { GIFT CHALLENGE")

    assert differences(build_schema(CONTRACT), build_schema(grown)) == []


def test_everything_that_is_served_is_described() -> None:
    served = build_schema(schema.export())

    assert list(_undescribed(served)) == []


def _undescribed(served: GraphQLSchema) -> Iterator[str]:
    for name, type_ in served.type_map.items():
        if name.startswith("__") or name in {"ID", "String", "Int", "Float", "Boolean"}:
            continue
        if not type_.description:
            yield name
        if isinstance(type_, GraphQLEnumType):
            yield from (f"{name}.{value}" for value, each in type_.values.items() if not each.description)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in type_.fields.items():
                if not each.description:
                    yield f"{name}.{field}"
                yield from (f"{name}.{field}({a}:)" for a, argument in each.args.items() if not argument.description)
        if isinstance(type_, GraphQLInputObjectType):
            yield from (f"{name}.{field}" for field, each in type_.fields.items() if not each.description)


def test_the_additions_to_the_contract_are_served() -> None:
    served = build_schema(schema.export())
    challenge, payload = served.get_type("Challenge"), served.get_type("GenerateChallengePayload")

    assert isinstance(challenge, GraphQLInterfaceType)
    assert isinstance(payload, GraphQLObjectType)
    assert str(challenge.fields["repeated"].type) == "Boolean!"
    assert str(payload.fields["notice"].type) == "String"


def test_a_page_of_each_list_has_the_name_that_was_promised() -> None:
    served = build_schema(schema.export())

    for row in ("Challenge", "Evaluation", "QuotaEntry"):
        assert isinstance(served.get_type(f"{row}Connection"), GraphQLObjectType)
        assert isinstance(served.get_type(f"{row}Edge"), GraphQLObjectType)
