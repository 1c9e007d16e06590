"""The way of every request: route, authenticate, authorise, check the form, run the endpoint, render, log (Conventions 4)."""

import time

import structlog
from aiohttp.web import BaseRequest, Response, StreamResponse

from priorbus.gateway.credentials.directory import CredentialDirectory
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call, Stream
from priorbus.gateway.http.headers import traceparent
from priorbus.gateway.http.media_types import fhir_type
from priorbus.gateway.http.problem import Problem, SyntaxProblem
from priorbus.gateway.http.router import Found, Missed, Router
from priorbus.gateway.metrics import REQUESTS
from priorbus.gateway.middleware.audit import AuditTrail
from priorbus.gateway.middleware.authentication import authenticate, require_base, require_scopes
from priorbus.gateway.middleware.failures import as_problem
from priorbus.gateway.middleware.rate_limits import RateLimits, Reading
from priorbus.gateway.middleware.request_syntax import check_syntax
from priorbus.gateway.presentation.errors import render_error
from priorbus.runtime.logs import trace_id
from priorbus.runtime.tracing import serving

_REFUSED = 400
log = structlog.get_logger()
_SERVER = "priorbus"


class Gate:
    """The handler of the HTTP server."""

    def __init__(self, gateway: Gateway, router: Router, directory: CredentialDirectory, limits: RateLimits, audit: AuditTrail) -> None:
        self._gateway = gateway
        self._router = router
        self._directory = directory
        self._limits = limits
        self._audit = audit

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer one request, whatever happens."""
        started = time.perf_counter()
        request_id = self._gateway.new_id("req")
        target = self._router.find(request.method, request.path)
        with serving(request.method if isinstance(target, Found) else "other", traceparent(request)) as span:
            passage = _Passage(request, request_id, span.traceparent)
            answer = await self._answer(passage, target)
            span.answered(target.route.path if isinstance(target, Found) else "unknown", answer.status)
        self._record(passage, target, answer, time.perf_counter() - started)
        if answer.stream is not None:
            return await _streamed(answer.stream, answer, passage)
        return Response(status=answer.status, body=answer.body, headers=_headers(answer, passage))

    def refuse(self, clients_fault: bool) -> Response:  # noqa: FBT001 - one of two answers
        """Answer what could not even be read as a request."""
        request_id = self._gateway.new_id("req")
        problem = Problem("bad_request" if clients_fault else "internal_error")
        answer = render_error("E3", problem, request_id, self._gateway.settings.public_base_url)
        REQUESTS.labels("other", "unknown", str(answer.status)).observe(0)
        log.info("malformed request", request_id=request_id, status=answer.status)
        headers = {"X-Request-Id": request_id, "Server": _SERVER, "Cache-Control": "no-store", "Content-Type": answer.content_type}
        return Response(status=answer.status, body=answer.body, headers=headers)

    async def _answer(self, passage: "_Passage", target: Found | Missed) -> Answer:
        request, request_id = passage.request, passage.request_id
        try:
            return await self._pass(passage, target)
        except Exception as error:  # noqa: BLE001 - the client gets an answer for everything
            shape = target.route.shape if isinstance(target, Found) else target.shape
            answer = render_error(shape, as_problem(error, shape, request_id), request_id, self._gateway.settings.public_base_url)
            if shape == "E4":
                answer.content_type = fhir_type(request.headers.get("Accept", ""))
            return answer

    async def _pass(self, passage: "_Passage", target: Found | Missed) -> Answer:
        credential = target.route.credential if isinstance(target, Found) else target.credential
        shape = target.route.shape if isinstance(target, Found) else target.shape
        principal = await authenticate(passage.request, credential, self._directory, basic=shape == "E2")
        passage.tenant, passage.client_id = principal.tenant, principal.client_id
        if credential != "none":
            passage.reading = self._limits.take(principal, target.route.policy if isinstance(target, Found) else "default")
            passage.reading.require_admitted()
        if isinstance(target, Missed):
            raise target.problem
        route = target.route
        if credential == "token":
            require_base(principal, passage.request.path)
        require_scopes(principal, credential, route.scopes)
        request = passage.request
        query = list(request.query.items()) if request.query_string else []
        call = passage.call = Call(
            request, passage.request_id, principal, route.method, route.path, target.path, query, passage.traceparent
        )
        try:
            await check_syntax(route, call, self._gateway.settings.fhir_body_max_bytes)
            # a key may have been used by the request that removed it: the owner knows
            if call.respond_async and call.idempotency_key is None and route.exists is not None:
                await route.exists(self._gateway, call)
            return await route.endpoint(self._gateway, call)
        except Problem as problem:
            if route.exists is not None and _comes_after_existence(problem):
                await route.exists(self._gateway, call)
            raise

    def _record(self, passage: "_Passage", target: Found | Missed, answer: Answer, seconds: float) -> None:
        route = target.route.path if isinstance(target, Found) else "unknown"
        method = target.route.method if isinstance(target, Found) else "other"
        REQUESTS.labels(method, route, str(answer.status)).observe(seconds)
        subject = ""
        if passage.call is not None and isinstance(target, Found) and target.route.action is not None:
            self._audit.note(passage.call, target.route.action, answer.status, self._gateway.clock())
            # ids that Priorbus gave, of what exists: all others are texts of the client's
            subject = passage.call.subject if answer.status < _REFUSED and target.route.credential == "key" else ""
        log.info(
            "request",
            request_id=passage.request_id,
            tenant=passage.tenant,
            client_id=passage.client_id,
            method=method,
            route=route,
            subject=subject,
            status=answer.status,
            duration_ms=round(seconds * 1000, 1),
            trace_id=trace_id(passage.call.traceparent) if passage.call else "",
        )


class _Passage:
    """What is known of a request so far, for its log line."""

    __slots__ = ("call", "client_id", "reading", "request", "request_id", "tenant", "traceparent")

    def __init__(self, request: BaseRequest, request_id: str, parent: str) -> None:
        self.request = request
        self.request_id = request_id
        self.traceparent = parent
        self.tenant = ""
        self.client_id = ""
        self.call: Call | None = None
        self.reading: Reading | None = None


def _comes_after_existence(problem: Problem) -> bool:
    """Whether this is a failure of step 4, or one of step 5 that was found before anybody looked for the resource."""
    return isinstance(problem, SyntaxProblem) or problem.error.code == "idempotency_key_reused"


async def _streamed(stream: Stream, answer: Answer, passage: _Passage) -> StreamResponse:
    response = StreamResponse(status=answer.status, headers=_headers(answer, passage))
    try:
        await response.prepare(passage.request)
        await stream(response)
    except ConnectionError:
        log.debug("client left", request_id=passage.request_id)
    except Exception as error:  # noqa: BLE001 - the status is out already; the client sees the end and comes again
        log.warning("stream ended", request_id=passage.request_id, tenant=passage.tenant, error=error)
    return response


def _headers(answer: Answer, passage: _Passage) -> dict[str, str]:
    headers = answer.headers
    headers["X-Request-Id"] = passage.request_id
    headers["Server"] = _SERVER
    headers.setdefault("Cache-Control", "private, no-cache" if "ETag" in headers else "no-store")
    if passage.reading is not None:
        headers.update(passage.reading.headers())
    if answer.body or answer.stream is not None:
        headers["Content-Type"] = answer.content_type
    return headers
