"""What is written, and what is never written."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from loguru import logger

from domain.errors import StorageUnavailable
from server.logs import configure_logging, request_id

Lines = Callable[[], list[dict[str, Any]]]
"""What was logged as JSON."""

SECRET = "hunter2"


class Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture(autouse=True)
def as_before():
    """The logging of the test run, put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    logger.remove()
    logger.configure(patcher=lambda _: None)


@pytest.fixture(params=[False, True], ids=["json", "terminal"])
def stream(request: pytest.FixtureRequest):
    stream = Stream(terminal=request.param)
    configure_logging("INFO", stream=stream)
    return stream


@pytest.fixture
def lines():
    """What was logged as JSON since the last question."""
    stream = Stream(terminal=False)
    configure_logging("DEBUG", stream=stream)

    def read() -> list[dict[str, object]]:
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        stream.seek(0)
        stream.truncate()
        return written

    return read


def fail() -> None:
    password = SECRET
    raise ValueError(f"{password} is wrong")


def test_a_line_is_an_event_with_its_fields(lines: Lines):
    logger.bind(evaluation_id="e1", score=81.5).info("evaluation_completed")

    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "INFO", "event": "evaluation_completed", "evaluation_id": "e1", "score": 81.5}


def test_a_line_names_the_request_that_it_belongs_to(lines: Lines):
    token = request_id.set("r-1")
    logger.info("inside")
    logging.getLogger("alembic").info("inside too")
    request_id.reset(token)
    logger.info("outside")

    assert [line.get("request_id") for line in lines()] == ["r-1", "r-1", None]


def test_an_exceptions_text_and_variables_are_not_written(stream: Stream):
    try:
        fail()
    except ValueError:
        logger.exception("it_failed")

    written = stream.getvalue()
    assert SECRET not in written
    assert "builtins.ValueError" in written
    assert "test_logs.py:" in written
    assert " fail" in written


def test_nor_through_the_standard_library(stream: Stream):
    try:
        fail()
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    assert SECRET not in stream.getvalue()
    assert "builtins.ValueError" in stream.getvalue()


def test_the_whole_chain_of_an_exception_is_written(lines: Lines):
    try:
        try:
            fail()
        except ValueError as exc:
            raise ExceptionGroup("both", [KeyError(SECRET), OSError(SECRET)]) from exc
    except ExceptionGroup:
        logger.exception("it_failed")

    (line,) = lines()
    assert [link["type"] for link in line["exception"]] == [
        "builtins.ExceptionGroup",
        "builtins.ValueError",
        "builtins.KeyError",
        "builtins.OSError",
    ]
    assert SECRET not in json.dumps(line)


def test_the_texts_of_our_own_errors_are_kept(lines: Lines):
    logger.opt(exception=StorageUnavailable("The disk is full: free some space.")).error("it_failed")

    (line,) = lines()
    assert line["exception"][0]["message"] == "The disk is full: free some space."


def test_the_standard_library_ends_up_in_the_same_stream(lines: Lines):
    logging.getLogger("asyncio").warning("slow callback %s", "{x}")

    (line,) = lines()
    assert (line["level"], line["event"], line["logger"]) == ("WARNING", "slow callback {x}", "asyncio")


def test_what_libraries_say_at_debug_is_not_written(lines: Lines):
    logging.getLogger("websockets.server").debug("< TEXT %s", SECRET)
    logging.getLogger("aiosqlite").debug("INSERT %s", SECRET)

    assert lines() == []


def test_a_library_that_set_up_its_own_handlers_is_taken_over():
    own = Stream(terminal=False)
    library = logging.getLogger("uvicorn")
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    stream = Stream(terminal=False)
    configure_logging("INFO", stream=stream)

    logging.getLogger("uvicorn.error").info("Started")

    assert own.getvalue() == ""
    assert json.loads(stream.getvalue())["event"] == "Started"


def test_uvicorns_lines_with_query_strings_are_left_out(lines: Lines):
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "127.0.0.1", "GET", f"/graphql?query={SECRET}")
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "127.0.0.1", f"/graphql?token={SECRET}")

    assert lines() == []


def test_less_than_the_level_is_not_written():
    stream = Stream(terminal=False)
    configure_logging("WARNING", stream=stream)
    logger.info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    logger.warning("loud")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_a_terminal_gets_a_readable_line_that_cannot_be_forged():
    stream = Stream(terminal=True)
    configure_logging("INFO", stream=stream)

    logger.bind(path="/a\n12:00:00 ERROR forged", status=200).info("http_request")

    (line,) = stream.getvalue().splitlines()
    assert line.endswith(' INFO    http_request path="/a\\n12:00:00 ERROR forged" status=200')


@pytest.mark.parametrize("value", ["\ud800", object(), {1: b"x"}, float("nan")])
def test_an_odd_value_does_not_lose_the_line(lines: Lines, value: object):
    logger.bind(value=value).info("odd")

    assert [line["event"] for line in lines()] == ["odd"]
