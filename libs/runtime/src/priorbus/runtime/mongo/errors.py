"""What a caller can do about a database error: come again later, or run the messages again on fresh state."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

from priorbus.runtime.settlement import StoreUnavailable

_DUPLICATE_KEY = 11000
_CONFLICT_CODES = frozenset({_DUPLICATE_KEY, 24, 112, 225, 244, 251})
"""LockTimeout, WriteConflict, TransactionTooOld, TransactionAborted, NoSuchTransaction."""
_UNAVAILABLE_CODES = frozenset({6, 7, 50, 64, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""Host and network errors, time limits, write concern not met, shutdown, no primary."""


class Conflict(Exception):
    """Somebody else changed, inserted or recorded the same thing first; nothing was committed. Load again and run again."""


class IndexMismatch(Exception):
    """An index exists under the same name or keys with another definition."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise driver errors as StoreUnavailable or Conflict where they are one of the two; others go through unchanged.

    Also raises CancelledError where the driver lost one: before Python 3.12 `asyncio.wait_for`, which it waits with, swallows a
    cancellation that comes together with the answer.
    """
    task = asyncio.current_task()
    cancelling = task.cancelling() if task else 0
    try:
        yield
        if task and task.cancelling() > cancelling:
            raise asyncio.CancelledError
    except PyMongoError as error:
        kind = classify(error)
        if kind is None:
            raise
        raise kind(type(error).__name__) from error


def classify(error: PyMongoError) -> type[Conflict | StoreUnavailable] | None:
    """What a driver error means for the work in hand; None for faults such as a document that can not be stored."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WriteConcernError):
        return StoreUnavailable
    if isinstance(error, DuplicateKeyError):
        return Conflict
    codes = _codes(error)
    if codes & _UNAVAILABLE_CODES:
        return StoreUnavailable
    if codes & _CONFLICT_CODES or error.has_error_label("TransientTransactionError"):
        return Conflict
    return None


def _codes(error: PyMongoError) -> set[int]:
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        problems = [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]
        return {problem["code"] for problem in problems}
    if isinstance(error, OperationFailure) and error.code is not None:
        return {error.code}
    return set()
