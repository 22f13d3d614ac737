"""Every adapter says the same of the same event. Driven through the real SDKs against a real server."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.calls import Usage
from domain.language_models import Repair
from providers import faults
from providers.catalogue import Capabilities
from providers.models import Generated
from providers.openai.model import OpenAIModels
from tests.integration.providers import loopback
from tests.integration.providers.dialects import CACHED, INPUT, OUTPUT, Chat, Dialect, Messages, Responses
from tests.integration.providers.doubles import Watcher
from tests.integration.providers.loopback import Loopback, Received, Reply
from tests.integration.providers.questions import CUT, GOOD, OUT_OF_RANGE, VERDICT, question

BILLED = Usage(input_tokens=INPUT, cached_input_tokens=CACHED, output_tokens=OUTPUT)


async def test_an_answer_becomes_its_type_with_what_it_cost(provider, streamed):
    provider.server.will(provider.dialect.answer(GOOD, streamed=streamed))

    generated = await provider.ask(streamed=streamed)

    assert generated == Generated(VERDICT, provider.dialect.model, BILLED)
    assert len(provider.server.received) == 1


async def test_an_answer_in_a_code_block_is_an_answer(provider, streamed):
    provider.server.will(provider.dialect.answer(f"```json\n{GOOD}\n```", streamed=streamed))

    assert (await provider.ask(streamed=streamed)).value == VERDICT


async def test_what_is_written_is_told_as_it_grows(provider):
    provider.server.will(provider.dialect.answer(GOOD, streamed=True))
    watcher = Watcher()

    await provider.models.generate(question(), model=provider.dialect.model, timeout_seconds=30, on_snapshot=watcher)

    quotes = [written.get("quote", "") for written in watcher.seen]
    assert watcher.seen[-1] == VERDICT.model_dump()
    assert quotes == sorted(quotes, key=len)
    assert len(set(quotes)) > 3


async def test_what_a_watcher_raises_is_no_fault_of_the_providers(provider):
    class Gone(RuntimeError):
        pass

    async def watcher(_: Mapping[str, Any]) -> None:
        raise Gone

    provider.server.will(provider.dialect.answer(GOOD, streamed=True))

    with pytest.raises(Gone):
        await provider.models.generate(
            question(), model=provider.dialect.model, timeout_seconds=30, on_snapshot=watcher
        )


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (400, "invalid_request_error", faults.BadRequest),
        (401, "authentication_error", faults.AccessDenied),
        (403, "permission_error", faults.AccessDenied),
        (404, "not_found_error", faults.AccessDenied),
        (413, "request_too_large", faults.BadRequest),
        (422, "invalid_request_error", faults.BadRequest),
        (429, "rate_limit_error", faults.RateLimited),
        (429, "insufficient_quota", faults.AccessDenied),
        (500, "api_error", faults.ServerFault),
        (503, "api_error", faults.ServerFault),
        (529, "overloaded_error", faults.RateLimited),
    ],
)
async def test_a_status_is_one_fault_and_one_request(provider, streamed, status, code, fault):
    provider.server.will(provider.dialect.error(status, code))

    with pytest.raises(fault) as caught:
        await provider.ask(streamed=streamed)

    assert type(caught.value) is fault
    assert (len(provider.server.received), caught.value.usage) == (1, Usage())


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("86400", 86400.0), ("soon", None), ("-1", None)])
async def test_retry_after_is_told_and_not_slept(provider, asked, seconds):
    provider.server.will(provider.dialect.error(429, "rate_limit_error", ("retry-after", asked)))

    with pytest.raises(faults.RateLimited) as caught:
        await provider.ask(streamed=False)

    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize("reply", [loopback.PAGE, loopback.NOT_JSON, loopback.EMPTY_OBJECT], ids=["page", "html", "{}"])
async def test_a_success_that_is_no_answer_is_garbled(provider, reply):
    provider.server.will(reply)

    with pytest.raises(faults.Garbled):
        await provider.ask(streamed=False)


@pytest.mark.parametrize("text", ["<html>", "[1]", "5", "null", "{}"])
async def test_events_that_are_none_never_end_in_a_value(provider, text):
    provider.server.will(loopback.as_events([("message_start", text), (None, text)]))

    with pytest.raises((faults.Garbled, faults.StreamCut)):
        await provider.ask(streamed=True)


@pytest.mark.parametrize("called", ["text/plain; charset=utf-8", "application/json; charset=utf-8", ""])
async def test_an_answer_is_one_whatever_it_is_called(provider, called):
    provider.server.will(replace(provider.dialect.plain(GOOD), content_type=called))

    assert (await provider.ask(streamed=False)).value == VERDICT


async def test_a_body_that_breaks_the_rules_of_http_is_no_answer(provider, streamed):
    head = f"content-type: {loopback.STREAM if streamed else 'application/json'}\r\ntransfer-encoding: chunked"
    provider.server.will(Reply(instead=f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n1\r\n \r\nmany\r\n".encode()))

    with pytest.raises((faults.ConnectionFault, faults.StreamCut, faults.Garbled)):
        await provider.ask(streamed=streamed)


async def test_a_connection_that_breaks_before_the_answer(provider, streamed):
    provider.server.will(
        Reply(chunks=[b" "], broken=True, content_type=loopback.STREAM if streamed else "application/json")
    )

    with pytest.raises((faults.ConnectionFault, faults.StreamCut)) as caught:
        await provider.ask(streamed=streamed)

    assert caught.value.may_be_billed


@pytest.mark.parametrize(
    "instead", [b"", b"220 mail.example ready\r\n\r\n", b"HTTP/1.1 "], ids=["nothing", "mail", "cut"]
)
async def test_whoever_does_not_speak_http_is_a_connection_fault(provider, streamed, instead):
    provider.server.will(Reply(instead=instead))

    with pytest.raises(faults.ConnectionFault) as caught:
        await provider.ask(streamed=streamed)

    assert "mail" not in str(caught.value)


async def test_a_name_and_password_in_the_address_are_what_the_server_is_told(server):
    dialect = Chat()
    server.will(dialect.plain(GOOD))
    address = f"{server.origin}/v1".replace("//", "//ollama:p%40ss@")
    models = OpenAIModels(api_key="of no use", base_url=address)

    generated = await models.generate(question(), model="any", timeout_seconds=30)
    await models.close()

    assert generated.value == VERDICT
    (received,) = server.received
    assert received.headers["authorization"] == "Basic " + b64encode(b"ollama:p@ss").decode()


async def test_nobody_listening_is_a_connection_fault(provider):
    await provider.server.stop()

    with pytest.raises(faults.ConnectionFault):
        await provider.ask(streamed=False)


@pytest.mark.parametrize("broken", [True, False], ids=["disconnected", "ended cleanly"])
async def test_a_stream_that_ends_early_is_no_answer(provider, broken):
    provider.server.will(provider.dialect.cut_stream(GOOD, broken=broken))

    with pytest.raises((faults.StreamCut, faults.ConnectionFault)):
        await provider.ask(streamed=True)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("overloaded_error", faults.RateLimited),
        ("rate_limit_error", faults.RateLimited),
        ("api_error", faults.ServerFault),
        ("invalid_request_error", faults.BadRequest),
    ],
)
async def test_an_error_in_mid_stream_is_what_its_code_says(provider, code, fault):
    provider.server.will(provider.dialect.failing_stream(GOOD, code))

    with pytest.raises(fault):
        await provider.ask(streamed=True)


@pytest.mark.parametrize(
    ("text", "complaint"), [(OUT_OF_RANGE, "level: "), (CUT, "Invalid JSON"), ("{}", "quote: "), ("I cannot.", "JSON")]
)
async def test_output_that_breaks_the_schema_says_how_and_was_billed(provider, streamed, text, complaint):
    provider.server.will(provider.dialect.answer(text, streamed=streamed))

    with pytest.raises(faults.InvalidOutput) as caught:
        await provider.ask(streamed=streamed)

    assert caught.value.repair.output == text
    assert complaint in caught.value.repair.complaint
    assert caught.value.usage == BILLED
    assert "index" not in str(caught.value)


@pytest.mark.parametrize(
    ("end", "fault"), [("cut off", faults.CutOff), ("filtered", faults.Declined), ("refused", faults.Declined)]
)
async def test_an_answer_that_was_stopped_is_told_apart(provider, streamed, end, fault):
    provider.server.will(provider.dialect.answer(CUT, streamed=streamed, end=end))

    with pytest.raises(fault) as caught:
        await provider.ask(streamed=streamed)

    assert caught.value.usage == BILLED


async def test_a_repair_shows_the_model_its_answer_and_the_complaint(provider, streamed):
    provider.server.will(provider.dialect.answer(GOOD, streamed=streamed))

    await provider.ask(streamed=streamed, repair=Repair(OUT_OF_RANGE, "- level: too great"))

    turns = provider.dialect.text_of(provider.server.received[0].body)
    assert turns[:3] == [
        ("system", "You are a senior interviewer."),
        ("user", "The rubric.\n\nThe answer."),
        ("assistant", OUT_OF_RANGE),
    ]
    assert turns[3][0] == "user"
    assert "- level: too great" in turns[3][1]


async def sent(server: Loopback, dialect: Dialect) -> Received:
    """What a request looks like on the wire."""
    models = dialect.models(server)
    server.will(dialect.plain(GOOD))
    await models.generate(question(), model=dialect.model, timeout_seconds=30)
    await models.close()
    (received,) = server.received
    return received


async def test_openai_gets_a_strict_schema_and_keeps_nothing(server):
    received = await sent(server, Responses())

    body = received.body
    assert (received.path, received.headers["authorization"]) == ("/v1/responses", "Bearer sk-test")
    assert body["text"]["format"]["strict"] is True
    assert body["text"]["format"]["schema"]["required"] == ["quote", "level"]
    assert (body["store"], body["reasoning"], body["max_output_tokens"]) == (False, {"effort": "low"}, 500)
    assert body["prompt_cache_key"] == "grading-1"
    assert "temperature" not in body


async def test_a_compatible_server_gets_chat_completions_and_sampling(server):
    received = await sent(server, Chat())

    assert received.path == "/v1/chat/completions"
    assert received.body["response_format"]["json_schema"]["strict"] is True
    assert (received.body["temperature"], received.body["max_tokens"]) == (0.0, 500)
    assert "reasoning_effort" not in received.body


async def test_a_server_that_knows_no_schemas_is_told_in_the_prompt(server):
    models = OpenAIModels(
        api_key="none", base_url=server.origin, lookup=lambda *_: Capabilities(structured_output=False)
    )
    server.will(Chat().plain(GOOD))

    generated = await models.generate(question(), model="plain", timeout_seconds=30)
    await models.close()

    (received,) = server.received
    assert generated.value == VERDICT
    assert received.body["response_format"] == {"type": "json_object"}
    assert '"required":["quote","level"]' in received.body["messages"][0]["content"]


async def test_anthropic_caches_what_is_reused(server):
    received = await sent(server, Messages())

    assert (received.path, received.headers["authorization"]) == ("/v1/messages", "Bearer sk-ant-test")
    rubric, answer = received.body["messages"][0]["content"]
    assert rubric["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in answer
    assert received.body["output_config"]["effort"] == "low"
    assert received.body["output_config"]["format"]["type"] == "json_schema"
    assert "temperature" not in received.body


@pytest.mark.parametrize("dialect", [Responses(), Chat(), Messages()], ids=lambda dialect: type(dialect).__name__)
async def test_the_sdks_are_asked_to_retry_nothing(server, dialect):
    models = dialect.models(server)
    server.will(dialect.error(500, "api_error", ("x-should-retry", "true")))

    with pytest.raises(faults.ServerFault):
        await models.generate(question(), model=dialect.model, timeout_seconds=30)

    await models.close()
    assert len(server.received) == 1
