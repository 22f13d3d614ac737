"""Logging: JSON lines for machines, a readable line on a terminal, the standard library's records in the same stream.

An exception is its type and where it happened. Its text and the values of variables stay out: they may hold an answer
or a token. The texts of IntrVu's own errors are safe by contract and are kept.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC
from typing import TYPE_CHECKING, Final, TextIO

import orjson
from loguru import logger

from domain.errors import IntrvuError

if TYPE_CHECKING:
    from loguru import Message, Record

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that the running task works for; on every line logged meanwhile."""

FRAMES: Final = 30  # innermost frames of an exception that are kept
CHAIN: Final = 8  # exceptions that are followed from one: causes and members of a group

# websockets and aiosqlite write frames and statements, with all that people typed, at DEBUG.
LIBRARY_LEVEL: Final = logging.INFO
# uvicorn writes a line with the query string for each request, and one for each WebSocket handshake; ours have none.
REPLACED_LOGGER: Final = "uvicorn.access"
REPLACED_TEMPLATE: Final = '%s - "WebSocket %s"'


def configure_logging(level: str, *, stream: TextIO | None = None) -> None:
    """Send everything that is logged to one stream.

    Args:
        level: the least level that is written, one of loguru's names.
        stream: standard error by default; readable lines if it is a terminal, JSON lines otherwise.
    """
    target = stream if stream is not None else sys.stderr
    render = _readable if target.isatty() else _json

    def write(message: "Message") -> None:
        target.write(render(message.record))
        target.flush()

    logger.remove()
    # The format is empty because the sink renders the record itself, and loguru must not render the exception.
    logger.add(write, level=level, format=_nothing, backtrace=False, diagnose=False, catch=True)
    logger.configure(patcher=_bind_request)
    _intercept(logging.getLevelNamesMapping().get(level, LIBRARY_LEVEL))


class Interceptor(logging.Handler):
    """Hands a record of the standard library to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it as the library's logger would, with its name as a field."""
        if str(record.msg).startswith(REPLACED_TEMPLATE):
            return
        known = logging.getLevelNamesMapping().keys() & {record.levelname}
        logger.bind(logger=record.name).opt(exception=record.exc_info).log(
            record.levelname if known else record.levelno, record.getMessage()
        )


def _intercept(level: int) -> None:
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[Interceptor()], level=max(level, LIBRARY_LEVEL), force=True)
    for name in list(logging.root.manager.loggerDict):
        library = logging.getLogger(name)
        library.handlers.clear()  # `uvicorn server:app` has already given its loggers handlers of their own
        library.propagate = True
        if library.level < LIBRARY_LEVEL:
            library.setLevel(logging.NOTSET)
    logging.getLogger(REPLACED_LOGGER).disabled = True


def _bind_request(record: "Record") -> None:
    current = request_id.get()
    if current is not None:
        record["extra"].setdefault("request_id", current)


def _nothing(_record: "Record") -> str:
    return ""


def _fields(record: "Record") -> dict[str, object]:
    fields = dict(record["extra"])
    caught = record["exception"]
    if caught is not None and caught.value is not None:
        fields["exception"] = _exception(caught.value)
    return fields


def _exception(error: BaseException) -> list[dict[str, object]]:
    """The error and what caused it, outermost first: type and frames, each as "file:line function"."""
    chain: list[dict[str, object]] = []
    pending: list[BaseException | None] = [error]
    while pending and len(chain) < CHAIN:
        current = pending.pop(0)
        if current is None:
            continue
        frames = traceback.extract_tb(current.__traceback__)[-FRAMES:]
        link: dict[str, object] = {
            "type": f"{type(current).__module__}.{type(current).__qualname__}",
            "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        if isinstance(current, IntrvuError):
            link["message"] = str(current)
        chain.append(link)
        pending.append(current.__cause__ or (None if current.__suppress_context__ else current.__context__))
        if isinstance(current, BaseExceptionGroup):
            pending.extend(current.exceptions)
    return chain


def _json(record: "Record") -> str:
    line = {
        "time": record["time"].astimezone(UTC).isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "event": record["message"],
        **_fields(record),
    }
    return _encoded(line) + "\n"


def _encoded(value: object) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, say: a line that looks odd is better than none
        return json.dumps(value, default=str)


def _readable(record: "Record") -> str:
    fields = _fields(record)
    chain = fields.pop("exception", None)
    # Values as JSON, so that a line break or an escape sequence in one cannot forge a line.
    shown = "".join(f" {name}={_encoded(value)}" for name, value in fields.items())
    event = record["message"].replace("\n", "\\n")
    text = f"{record['time']:HH:mm:ss.SSS} {record['level'].name:<7} {event}{shown}\n"
    if isinstance(chain, list):
        for link in chain:
            text += f"    {link['type']}: {link.get('message', '')}\n"
            text += "".join(f"        {frame}\n" for frame in link["frames"])
    return text
