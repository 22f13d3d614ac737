"""What compatible servers leave out, say as null or say oddly beside the answer costs nobody their answer."""

import pytest

from domain.calls import Usage
from providers.faults import Garbled
from providers.openai import wire

ODD = ["", "n/a", 0, 3.5, [], [1], True]


@pytest.mark.parametrize("model", [{}, {"model": None}])
@pytest.mark.parametrize("usage", [None, {}, *ODD])
def test_a_completion_is_its_text_whatever_stands_beside_it(usage, model):
    said = {"choices": [{"message": {"content": "text", "reasoning": {"a": 1}}}], "usage": usage, "created": "now"}

    read = wire.read(wire.ChatCompletion, said | model)

    assert (read.choices[0].message.content, read.choices[0].finish_reason, read.model) == ("text", None, None)
    assert read.usage is None or read.usage.counted() == Usage()


@pytest.mark.parametrize("answered", [None, "text", [], {}, {"choices": []}, {"choices": [{}]}, {"choices": "text"}])
def test_what_is_no_completion_is_garbled_and_not_quoted(answered):
    with pytest.raises(Garbled) as caught:
        wire.read(wire.ChatCompletion, answered)

    assert caught.value.__context__ is None
    assert "text" not in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2}, Usage(input_tokens=9, output_tokens=2)),
        ({"prompt_tokens": "9", "completion_tokens": 2.0}, Usage()),
        ({"prompt_tokens": -9, "completion_tokens": True}, Usage()),
        ({"prompt_tokens": 9, "prompt_tokens_details": [4]}, Usage(input_tokens=9)),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": None}},
            Usage(input_tokens=9, cached_input_tokens=4),
        ),
        (
            {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 40, "cache_write_tokens": None}},
            Usage(input_tokens=9, cached_input_tokens=9),
        ),
    ],
)
def test_a_count_that_is_none_says_nothing(counts, usage):
    read = wire.read(wire.ChatChunk, {"usage": counts})

    assert read.usage is not None
    assert read.usage.counted() == usage


@pytest.mark.parametrize("choices", [{}, {"choices": None}, {"choices": []}, {"choices": [{"delta": None}]}])
def test_a_piece_without_text_is_a_piece(choices):
    read = wire.read(wire.ChatChunk, choices)

    assert not read.choices or read.choices[0].delta is None


@pytest.mark.parametrize("odd", [None, *ODD])
def test_a_response_is_its_messages_whatever_stands_beside_them(odd):
    said = {
        "output": [{"type": "reasoning", "content": odd}, {"type": "message", "content": [{"type": "output_text"}]}],
        "usage": odd,
        "incomplete_details": odd,
        "error": odd,
    }

    read = wire.read(wire.Response, said)

    assert (read.usage, read.incomplete_details, read.error) == (None, None, None)
    assert read.output is not None
    assert [item.type for item in read.output] == ["reasoning", "message"]


@pytest.mark.parametrize("code", [None, 5, {"a": 1}, "rate_limit_exceeded"])
def test_an_event_is_known_by_its_type(code):
    assert wire.read(wire.ResponseEvent, {"type": "response.made_up", "code": code, "delta": [1]}).code == code
    with pytest.raises(Garbled):
        wire.read(wire.ResponseEvent, {"code": code})
