"""Structured logs: one JSON object per line on stdout, with request, message, tenant and trace id.

Only keys of an allow-list leave the process, so no body and no credential can slip in; an exception is shown as its type and
the places it passed through, never with its text, because texts quote values. Log events are constant texts; what varies goes into keys.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson
import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars

from priorbus.contracts.envelope import Envelope

SAFE_KEYS = frozenset(
    {
        *("event", "level", "timestamp", "reason", "service", "logger", "error", "dropped_keys"),
        *("request_id", "message_id", "tenant", "trace_id"),
        *(
            "message_type",
            "attempt",
            "queue",
            "exchange",
            "routing_key",
            "category",
            "outcome",
            "count",
            "bytes",
            "messages",
            "use",
            "state",
            "kind",
        ),
        *(
            "duration_ms",
            "delay_seconds",
            "lag_seconds",
            "seconds",
            "pause",
            "at",
            "due",
            "position",
            "lease",
            "holder",
            "collection",
            "index",
            "database",
        ),
        *("dependency", "operation", "status", "method", "route", "host", "port", "pid", "signal", "task", "code", "version", "driver"),
        *("client_id", "authorization_id", "file_id", "template_id", "payer_id", "operation_id", "exchange_id", "claim_id"),
        *("event_id", "subject"),
    }
)
"""What may be logged: operational facts and opaque ids. Names, answers, file names, URLs, keys and bodies have no place here."""

_TYPE_NAME = re.compile(r"[\w.]{1,120}")
_STACK_MAX = 30
_CAUSES_MAX = 5
_FOREIGN_TEXT_MAX = 160


def configure(service: str, level: str, output: BinaryIO | None = None) -> None:
    """Send structlog and stdlib logging to stdout (or `output`) as JSON lines. Call once, first thing in a process."""
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            _stamp,
            _render_error,
            _name_service(service),
            keep_safe_keys,
            _to_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(output or sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_ForeignLogs()]
    root.setLevel(logging.WARNING)


@contextmanager
def message_context(envelope: Envelope) -> Iterator[None]:
    """Put the ids of the message in hand on every log line within."""
    ids = {
        "request_id": envelope.request_id,
        "message_id": envelope.id,
        "message_type": envelope.type,
        "tenant": envelope.tenant,
        "trace_id": trace_id(envelope.traceparent),
    }
    with bound_contextvars(**{key: value for key, value in ids.items() if value}):
        yield


def trace_id(traceparent: str) -> str:
    """The trace id inside a W3C `traceparent`, empty when there is none."""
    _version, _, rest = traceparent.partition("-")
    return rest.partition("-")[0]


def describe_error(error: BaseException) -> dict[str, Any]:
    """Type, places passed through (innermost last) and causes of an exception; never its text."""
    return _describe(error, _CAUSES_MAX)


def _describe(error: BaseException, depth: int) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_STACK_MAX:]
    described: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "stack": [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if depth and cause is not None:
        described["cause"] = _describe(cause, depth - 1)
    if depth and isinstance(error, BaseExceptionGroup):
        described["errors"] = [_describe(member, depth - 1) for member in error.exceptions[:_CAUSES_MAX]]
    return described


def keep_safe_keys(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: drop every key that is not on the allow-list and tell which."""
    unsafe = sorted(key for key in event if key not in SAFE_KEYS)
    for key in unsafe:
        del event[key]
    if unsafe:
        event["dropped_keys"] = unsafe
    return event


def _render_error(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None) or event.pop("error", None)
    if given is True:
        given = sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["error"] = describe_error(given)
    elif isinstance(given, str) and _TYPE_NAME.fullmatch(given):
        event["error"] = given
    return event


_stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


class _name_service:  # noqa: N801 - a structlog processor, used like the functions beside it
    def __init__(self, service: str) -> None:
        self.service = service

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = self.service
        return event


def _to_json(_logger: object, _method: str, event: Mapping[str, Any]) -> bytes:
    return orjson.dumps(dict(event), default=lambda value: type(value).__name__)


class _ForeignLogs(logging.Handler):
    """Log records of libraries: the message template without its arguments, which may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        text = str(record.msg).partition("\n")[0][:_FOREIGN_TEXT_MAX]
        logger = structlog.get_logger()
        logger.log(record.levelno, text, logger=record.name, exc_info=record.exc_info)
