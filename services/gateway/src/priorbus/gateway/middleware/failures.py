"""Turns whatever went wrong into a problem; what is unexpected is logged and shown as nothing but 500 (Conventions 8.2)."""

import structlog
from pymongo.errors import PyMongoError

from priorbus.contracts.errors import Shape
from priorbus.gateway.http.problem import Problem
from priorbus.runtime.mongo.errors import Conflict, classify
from priorbus.runtime.objects import StorageUnavailable
from priorbus.runtime.settlement import StoreUnavailable

log = structlog.get_logger()


def as_problem(error: Exception, shape: Shape, request_id: str) -> Problem:
    """The problem to answer with."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StorageUnavailable):
        log.warning("object store unavailable", request_id=request_id, error=error)
        return Problem("storage_unavailable" if shape in ("E1", "E2") else "service_unavailable")
    if _is_database_down(error):
        log.warning("database unavailable", request_id=request_id, error=error)
        return Problem("service_unavailable")
    log.error("request failed", request_id=request_id, error=error)
    return Problem("internal_error")


def _is_database_down(error: Exception) -> bool:
    if isinstance(error, StoreUnavailable | Conflict):
        return True
    return isinstance(error, PyMongoError) and classify(error) is not None
