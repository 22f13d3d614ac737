"""GraphQL over HTTP: what each request is answered with."""

import json

import httpx
import pytest
import strawberry
from starlette.requests import Request
from starlette.responses import HTMLResponse

from server.graphql.context import ContextFactory
from server.graphql.endpoint import GraphQLEndpoint
from server.middleware import BodyLimit, RequestId
from tests.integration.server.doubles import ClientOf, Witness

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


@pytest.fixture
def client(endpoint: GraphQLEndpoint, asgi_client: ClientOf):
    return asgi_client(RequestId(BodyLimit(endpoint, limit_bytes=1_000_000), new_id=lambda: "r-1"))


def post(client: httpx.AsyncClient, body: object, *, accept: str = JSON, **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/graphql", content=content, headers={"accept": accept, "content-type": JSON, **headers})


async def test_a_query_is_answered(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ hello }"})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_variables_and_the_operations_name_are_used(client: httpx.AsyncClient):
    body = {
        "query": "query A($n: String!) { hello(name: $n) } query B { who }",
        "operationName": "A",
        "variables": {"n": "Ada"},
        "extensions": {},
    }

    assert (await post(client, body)).json() == {"data": {"hello": "hello Ada"}}


async def test_a_query_may_come_by_get(client: httpx.AsyncClient):
    params = {"query": "query A($n: String!) { hello(name: $n) }", "variables": '{"n": "Ada"}', "operationName": ""}

    response = await client.get("/graphql", params=params)

    assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello Ada"}})


async def test_a_mutation_by_get_is_refused_and_not_executed(client: httpx.AsyncClient, witness: Witness):
    response = await client.get("/graphql", params={"query": "mutation { act }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "r-1"}
    assert witness.mutations == 0


async def test_a_mutation_beside_a_query_is_not_executed_by_get(client: httpx.AsyncClient, witness: Witness):
    params = {"query": "query A { hello } mutation B { act }", "operationName": "B"}

    assert (await client.get("/graphql", params=params)).status_code == 405
    assert witness.mutations == 0


async def test_a_mutation_by_post_is_executed(client: httpx.AsyncClient, witness: Witness):
    assert (await post(client, {"query": "mutation { act }"})).json() == {"data": {"act": "done"}}
    assert witness.mutations == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str):
    response = await client.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_subscription_needs_a_socket(client: httpx.AsyncClient):
    for response in (
        await post(client, {"query": "subscription { count(to: 1) }"}, accept=f"{JSON}, text/event-stream"),
        await client.get("/graphql", params={"query": "subscription { count(to: 1) }"}),
    ):
        assert response.status_code == 400
        assert "graphql-transport-ws" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"5",
        b'"text"',
        b"true",
        b"[]",
        b'[{"query": "{ hello }"}]',
        b"{",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b"[" * 100_000,
        b'{"query": ' + b'{"a":' * 100_000,
        b'{"query": NaN}',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": "  "}',
        b'{"query": 5}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "operationName": 5}',
        b'{"query": "{ hello }", "operationName": ["A"]}',
        b'{"query": "{ hello }", "extensions": 5}',
        b'{"query": "{ hello }", "operationName": "Unknown"}',
        b'{"query": "fragment F on Query { hello }"}',
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_malformed_body_is_the_clients_mistake(client: httpx.AsyncClient, body: bytes, accept: str):
    response = await post(client, body, accept=accept)

    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    ((error,),) = response.json().values()
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": "r-1"}
    assert "Traceback" not in response.text


@pytest.mark.parametrize("params", [{}, {"query": ""}, {"query": "{ hello }", "variables": "{"}, {"variables": "[1]"}])
async def test_malformed_parameters_are_the_clients_mistake(client: httpx.AsyncClient, params: dict[str, str]):
    response = await client.get("/graphql", params=params)

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16"],
)
async def test_a_body_of_another_type_is_refused(client: httpx.AsyncClient, content_type: str):
    response = await post(client, {"query": "{ hello }"}, **{"content-type": content_type})

    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("content_type", ['application/json; charset="UTF-8"', "APPLICATION/JSON;charset=utf8"])
async def test_utf_8_may_be_named(client: httpx.AsyncClient, content_type: str):
    assert (await post(client, {"query": "{ hello }"}, **{"content-type": content_type})).status_code == 200


async def test_an_answer_that_nobody_takes_is_refused(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ hello }"}, accept="text/plain")

    assert (response.status_code, response.headers["content-type"]) == (406, "application/json; charset=utf-8")


REQUEST_ERRORS = [
    ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ unknown }"}, "BAD_USER_INPUT"),
    ({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": 5}}, "BAD_USER_INPUT"),
    ({"query": "query($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
async def test_a_request_that_cannot_be_executed_has_a_status_in_the_newer_media_type(
    client: httpx.AsyncClient, body: dict[str, object], code: str
):
    response = await post(client, body, accept=GRAPHQL)

    assert response.status_code == 400
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"] == {"code": code, "requestId": "r-1"}


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
async def test_and_is_200_in_the_older_one(client: httpx.AsyncClient, body: object, code: str):
    response = await post(client, body)

    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_field_that_fails_is_masked_and_its_neighbours_stay(client: httpx.AsyncClient, accept: str):
    response = await post(client, {"query": "{ failing hello }"}, accept=accept)

    assert response.status_code == 200
    assert response.json()["data"] == {"failing": None, "hello": "hello world"}
    (error,) = response.json()["errors"]
    assert error["path"] == ["failing"]
    assert error["locations"] == [{"line": 1, "column": 3}]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "hunter2" not in response.text


async def test_a_failure_that_blanks_everything_still_has_data(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ required }"}, accept=GRAPHQL)

    assert (response.status_code, response.json()["data"]) == (200, None)


async def test_our_own_errors_keep_their_message_and_code(client: httpx.AsyncClient):
    errors = (await post(client, {"query": "{ secret busy }"})).json()["errors"]

    assert [(error["message"], error["extensions"]) for error in errors] == [
        ("Sign in to see this.", {"code": "UNAUTHENTICATED", "requestId": "r-1"}),
        ("Too many.", {"code": "RATE_LIMITED", "retryAfterSeconds": 1.5, "requestId": "r-1"}),
    ]


async def test_a_broken_extension_is_masked(client: httpx.AsyncClient):
    response = await post(client, {"query": "query breakHook { hello }"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    assert "hunter2" not in response.text


async def test_a_document_nested_beyond_the_parser_is_the_clients_mistake(client: httpx.AsyncClient):
    response = await post(client, {"query": "{a" * 10_000}, accept=GRAPHQL)

    assert response.status_code == 400
    assert "data" not in response.json()


async def test_the_token_reaches_the_context(client: httpx.AsyncClient, witness: Witness):
    await post(client, {"query": "{ who }"})
    response = await post(client, {"query": "{ who }"}, authorization="Bearer alice")

    assert response.json() == {"data": {"who": "alice"}}
    assert witness.contexts == [None, "alice"]


async def test_a_refused_token_that_is_raised_is_401(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ who }"}, authorization="Bearer raise")

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.json()["errors"][0]["message"] == "The token has expired; sign in again."


async def test_a_context_that_cannot_be_made_for_now_is_503(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ who }"}, authorization="Bearer storage")

    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    (error,) = response.json()["errors"]
    assert error["message"] == "The disk is full: free some space."
    assert error["extensions"] == {"code": "STORAGE_UNAVAILABLE", "requestId": "r-1"}


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient):
    response = await post(client, {"query": "{ hello }", "variables": {"x": "y" * 1_000_000}})

    assert (response.status_code, response.headers["content-type"]) == (413, "application/json; charset=utf-8")


async def test_a_browser_gets_an_ordinary_answer_unless_there_is_a_page(client: httpx.AsyncClient):
    assert (await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})).status_code == 400


async def test_a_page_is_for_browsers_without_a_query(
    schema: strawberry.Schema, context_factory: ContextFactory, asgi_client: ClientOf
):
    class WithPage(GraphQLEndpoint):
        async def page(self, request: Request):
            return HTMLResponse("<h1>GraphiQL</h1>")

    client = asgi_client(RequestId(WithPage(schema, context_factory)))
    browser = {"accept": "text/html,*/*;q=0.8"}

    assert (await client.get("/graphql", headers=browser)).text == "<h1>GraphiQL</h1>"
    answered = await client.get("/graphql", headers=browser, params={"query": "{ hello }"})
    assert answered.json() == {"data": {"hello": "hello world"}}
    assert (await post(client, {"query": "{ hello }"})).status_code == 200
