"""Structured logs: one JSON object per line on stdout, with request, message, tenant and trace id.

Only keys of an allow-list leave the process, so no body and no credential can slip in. An exception is shown as its kind and the one
place that matters, never with its text, because texts quote values, and without stack trace and class name (Conventions 15.2). Log events
are constant texts; what varies goes into keys.
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
        *("request_id", "message_id", "message_type", "tenant", "trace_id"),
        *("attempt", "queue", "category", "outcome", "count", "messages", "use", "state", "kind"),
        *("duration_ms", "delay_seconds", "lag_seconds", "seconds", "pause", "at", "position", "lease", "collection"),
        *("dependency", "operation", "status", "method", "route", "host", "port", "signal", "code"),
        *("client_id", "subject", "authorization_id", "payer_id", "provider_id", "group_id", "items"),
    }
)
"""What may be logged: operational facts and opaque ids. Names, answers, file names, URLs, keys and bodies have no place here."""

_TYPE_NAME = re.compile(r"[\w.]{1,120}")
_CLASS_NAME = re.compile(r"\b(?:[A-Z][a-z0-9]+){2,}\b")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ENDINGS = ("_error", "_exception")
_OWN_CODE = "priorbus/"
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


def kind_of(type_name: str) -> str:
    """What kind of error a type stands for, in words: `duplicate_key` for `DuplicateKeyError`."""
    words = _WORDS.sub("_", type_name.rpartition(".")[2]).lower()
    for ending in _ENDINGS:
        words = words.removesuffix(ending)
    return words


def describe_error(error: BaseException) -> dict[str, Any]:
    """Kind and place of an exception and of its causes; never its text."""
    return _describe(error, _CAUSES_MAX)


def _describe(error: BaseException, depth: int) -> dict[str, Any]:
    described: dict[str, Any] = {"kind": kind_of(type(error).__name__)}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        own = [frame for frame in frames if _OWN_CODE in frame.filename]
        where = (own or frames)[-1]
        described["at"] = f"{where.filename.rpartition('/src/')[2].rpartition('site-packages/')[2]}:{where.lineno}"
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
        event["error"] = kind_of(given)
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
    """Log records of libraries: the message template without its arguments, which may hold anything, and without class names."""

    def emit(self, record: logging.LogRecord) -> None:
        template = str(record.msg).partition("\n")[0][:_FOREIGN_TEXT_MAX]
        text = _CLASS_NAME.sub(lambda name: kind_of(name[0]), template)
        logger = structlog.get_logger()
        logger.log(record.levelno, text, logger=record.name, exc_info=record.exc_info)
