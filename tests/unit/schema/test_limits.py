"""How much one document may ask for."""

import pytest
from graphql import GraphQLError, get_introspection_query, parse

import schema
from schema import limits
from schema.limits import LimitExceeded, check, check_cost
from schema.measure import Measure

S = schema.schema._schema


def refusal(source: str) -> str | None:
    try:
        check(S, parse(source))
    except LimitExceeded as exc:
        return exc.message
    return None


def nested(levels: int) -> str:
    """`levels` fields inside each other, the last one a leaf."""
    return "challenge{" * (levels - 1) + "id" + "}" * (levels - 1)


def cost(source: str) -> int:
    measure = Measure(S, parse(source))
    return measure.size(measure.operations[0]).cost


@pytest.mark.parametrize(
    ("just_right", "too_much", "says"),
    [
        (
            '{evaluation(id:"x"){' + nested(11) + "}}",
            '{evaluation(id:"x"){' + nested(12) + "}}",
            "the depth is 13, at most 12 is allowed",
        ),
        (
            "{" + "viewer{id} " * 128 + "}",
            "{" + "viewer{id} " * 129 + "}",
            "one field is repeated is 129, at most 128",
        ),
        (
            "{" + "".join(f"a{i}:__typename " for i in range(30)) + "}",
            "{" + "".join(f"a{i}:__typename " for i in range(31)) + "}",
            "the number of aliases is 31, at most 30",
        ),
        (
            "{viewer{" + "id @include(if:true)" + "@skip(if:false)" * 49 + "}}",
            "{viewer{" + "id @include(if:true)" + "@skip(if:false)" * 50 + "}}",
            "the number of directives is 51, at most 50",
        ),
        (
            "mutation{" + "updatePreferences(input:{}){userErrors{code}} " * 5 + "}",
            "mutation{" + "updatePreferences(input:{}){userErrors{code}} " * 6 + "}",
            "the number of mutations is 6, at most 5",
        ),
        (
            "{history(first:100){nodes{evaluations(first:100){totalCount nodes{id}}}}}",
            "{history(first:100){nodes{evaluations(first:100){nodes{dimensionScores{score} progress{phase}}}}}}",
            "the cost is 30,201, at most 25,000",
        ),
    ],
)
def test_a_limit_lets_through_what_just_fits_and_refuses_what_does_not(
    just_right: str, too_much: str, says: str
) -> None:
    assert refusal(just_right) is None
    assert says in (refusal(too_much) or "")


def test_a_thousand_fields_just_fit() -> None:
    def document(fields: int) -> str:
        operations = "".join(f"query q{i}{{quota{{...F}}}}" for i in range(10))
        return operations + "fragment F on Quota{" + "limit " * (fields // 10 - 1) + "}"

    assert refusal(document(1000)) is None
    assert "the number of fields is 1,010, at most 1,000" in (refusal(document(1010)) or "")


def test_fields_in_fragments_count_as_often_as_they_are_spread() -> None:
    source = "{" + "viewer{...F} " * 11 + "} fragment F on User{" + "id " * 100 + "}"

    assert "the number of fields is 1,111" in (refusal(source) or "")


def test_a_page_multiplies_what_is_in_it() -> None:
    assert cost("{history(first:3){nodes{provenance{engine}}}}") == 1 + 3 * (1 + 1)
    assert cost("{history(first:3){nodes{evaluations(first:4){nodes{id}}}}}") == 1 + 3 * (1 + 1 + 4 * 1)


def test_revisions_cost_like_a_page_however_they_are_nested() -> None:
    assert cost('{evaluation(id:"x"){revisions(first:3){progress{phase}}}}') == 1 + 1 + 3 * 1
    assert cost('{evaluation(id:"x"){revisions{revisions{revisions{revisions{id}}}}}}') == 1 + 1 + 10 + 100 + 1000
    assert "the cost is 111,112, at most 25,000" in (
        refusal('{evaluation(id:"x"){revisions{revisions{revisions{revisions{revisions{revisions{id}}}}}}}}') or ""
    )


def test_a_page_without_first_counts_its_default() -> None:
    assert cost("{history{nodes{id}}}") == 21
    assert cost('{challenge(id:"x"){evaluations{nodes{id}}}}') == 12
    assert cost("{history(first:null){nodes{id}}}") == 21


def test_a_page_out_of_range_is_left_to_the_field_to_refuse() -> None:
    assert cost("{history(first:1000000){nodes{id}}}") == 101
    assert cost("{history(first:-1){nodes{id}}}") == 2


def test_a_full_history_page_with_evaluations_and_all_there_is_to_see_of_them_passes() -> None:
    source = """{ history(first: 100) { totalCount pageInfo { endCursor } edges { cursor node {
        id provenance { engine }
        ... on MultipleChoiceChallenge { options { id } solution { misconceptions { text } } }
        ... on ScenarioChallenge { context { role } questions { id } rubric { id } solution { modelAnswers { text } } }
        evaluations(first: 10) { pageInfo { endCursor } edges { node {
            id status answer { parts { text } } progress { phase }
            dimensionScores { score evidence { quote } criteria { title } }
            feedback { improvements { text } } modelAnswers { text } provenance { engine } failure { code }
        } } } } } } }"""

    assert refusal(source) is None


def test_the_size_of_a_page_may_be_a_variable_and_counts_when_it_is_known() -> None:
    document = parse(
        "query H($n: Int, $m: Int = 100) {history(first:$n){nodes{evaluations(first:$m){nodes"
        "{answer{optionId} progress{phase}}}}}}"
    )
    check(S, document)

    check_cost(S, document, None, {"n": 100, "m": 10})
    check_cost(S, document, "H", {"n": 100, "m": None})  # null is the field's own default
    check_cost(S, document, "H", {"n": 1})
    with pytest.raises(LimitExceeded, match="the cost is 30,201"):
        check_cost(S, document, None, {"n": 1_000_000})


def test_nested_fragments_are_measured_in_linear_time() -> None:
    def visits(deep: int) -> int:
        fragments = "".join(f"fragment f{i} on User{{...f{i + 1} ...f{i + 1}}}" for i in range(deep))
        document = parse("{viewer{...f0}}" + fragments + f"fragment f{deep} on User{{id}}")
        measure = Measure(S, document)
        assert measure.size(measure.operations[0]).fields == 1 + 2**deep
        return measure.visits

    assert visits(100) == 2 * 100 + 3
    assert visits(200) - visits(100) == 200


def test_a_chain_of_a_hundred_fragments_passes() -> None:
    chain = "".join(f"fragment f{i} on User{{id ...f{i + 1}}}" for i in range(100))

    assert refusal("{viewer{...f0}}" + chain + "fragment f100 on User{id}") is None


@pytest.mark.parametrize(
    "cyclic",
    [
        "{viewer{...f}} fragment f on User{id ...f}",
        "{viewer{...f}} fragment f on User{...g} fragment g on User{id ...f}",
        "{viewer{...a}} "
        + "".join(
            f"fragment {x} on User{{{' '.join('...' + y for y in 'abcdefghijklmnop')}}}" for x in "abcdefghijklmnop"
        ),
    ],
)
def test_fragments_in_a_circle_are_refused_as_invalid(cyclic: str) -> None:
    with pytest.raises(GraphQLError, match=r"Cannot spread fragment '.' within itself") as raised:
        check(S, parse(cyclic))

    assert raised.value.extensions == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_what_is_never_spread_is_not_a_way_around_the_limits() -> None:
    with pytest.raises(GraphQLError, match="Fragment 'f' is never used"):
        check(S, parse("{viewer{id}} fragment f on User{" + "id " * 2000 + "}"))


def test_a_fragment_of_the_same_name_is_not_a_way_around_the_limits() -> None:
    with pytest.raises(GraphQLError, match="only one fragment named 'f'"):
        check(S, parse("{viewer{...f}} fragment f on User{" + "id " * 2000 + "} fragment f on User{id}"))


def test_introspection_as_tools_send_it_passes() -> None:
    full = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    assert refusal(get_introspection_query()) is None
    assert refusal(full) is None


def test_introspection_has_a_depth_and_a_cost_of_its_own() -> None:
    of_type = "ofType{" * 20 + "name" + "}" * 20

    assert "the depth of introspection is 22, at most 20" in (refusal('{__type(name:"Query"){' + of_type + "}}") or "")
    schemas = "".join(f"a{i}:__schema{{queryType{{name}}}} " for i in range(13))
    assert "the cost is 26,000" in (refusal("{" + schemas + "}") or "")


def test_a_cost_with_the_same_variables_is_worked_out_once() -> None:
    document = parse("query($n: Int) {history(first:$n){nodes{id}}}")
    before = len(limits._COSTS)

    for _ in range(3):
        check_cost(S, document, None, {"n": 7, "not_a_number": "x"})

    assert len(limits._COSTS) == before + 1


def test_the_rule_stops_before_the_standard_rules_look() -> None:
    # 600 fields of one name are 180,000 comparisons in the standard rule about overlapping fields.
    assert "one field is repeated" in (refusal("{viewer{" + "id " * 600 + "}}") or "")
