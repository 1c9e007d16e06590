"""The four renderings of one error registry (Conventions 8.1)."""

from collections.abc import Callable, Mapping

from priorbus.contracts.errors import Shape
from priorbus.gateway.http.call import Answer
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.presentation.errors import e1_envelope, e2_fields, e3_problem, e4_outcome

Rendering = Callable[[Problem, str, str], Answer]
"""Problem, request id and public base URL become an answer."""

_RENDERINGS: Mapping[Shape, Rendering] = {
    "E1": e1_envelope.render,
    "E2": e2_fields.render,
    "E3": e3_problem.render,
    "E4": e4_outcome.render,
}
_RETRY_SECONDS = {"E4": "5"}
_UNAUTHORIZED, _UNAVAILABLE = 401, 503
_CHALLENGES = {
    "E2": 'Bearer realm="priorbus", Basic realm="priorbus"',
    "E4": 'Bearer realm="priorbus", error="invalid_token"',
}


def render_error(shape: Shape, problem: Problem, request_id: str, base_url: str) -> Answer:
    """The error answer of a route with this shape, with the headers that its status demands."""
    answer = _RENDERINGS[shape](problem, request_id, base_url)
    if answer.status == _UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = _CHALLENGES.get(shape, 'Bearer realm="priorbus"')
    if answer.status == _UNAVAILABLE or problem.error.code == "idempotency_in_progress":
        answer.headers["Retry-After"] = _RETRY_SECONDS.get(shape, "1")
    answer.headers.update(problem.headers)
    return answer
