"""One write is one trace: HTTP, message, MongoDB, outbox and projection, seen by a collector."""

import asyncio
import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from priorbus.devstack import cases
from priorbus.devstack.backing import Backing
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.devstack.stack import Stack, running_stack

SECRET = "Zephyrine-Quackenbush"
Spans = list[tuple[str, Any]]


class Collector:
    """Takes OTLP over HTTP and keeps (service, span)."""

    def __init__(self) -> None:
        self.spans: Spans = []
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            [name] = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            self.spans += [(name, span) for scope in resource.scope_spans for span in scope.spans]

    def of(self, trace_id: str) -> Spans:
        return [(service, span) for service, span in self.spans if span.trace_id.hex() == trace_id]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    made = Collector()
    serving = threading.Thread(target=made.server.serve_forever, daemon=True)
    serving.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def stack(backing: Backing, tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    env = {"PRIORBUS_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with running_stack(tmp_path_factory.mktemp("stack"), backing=backing, env=env) as running:
        yield running


def names(spans: Spans, service: str) -> set[str]:
    return {span.name for owner, span in spans if owner == f"priorbus-{service}"}


async def test_one_write_is_one_trace(stack: Stack, collector: Collector) -> None:
    trace_id, parent = secrets.token_hex(16), secrets.token_hex(8)
    path = "/v1/prior-auth/authorizations/{authorization_id}/answers"
    async with Client(stack.base_url, stack.seed.api_key) as client:
        case = await client.create()
        answers = cases.answers(cases.item("patient.middleName", cases.text(SECRET)))
        headers = {"traceparent": f"00-{trace_id}-{parent}-01"}
        address = f"{AUTHORIZATIONS}/{case.json['id']}/answers"
        await client.succeed("PATCH", address, answers, if_match=case.etag, headers=headers)
    expected = {
        "gateway": {f"PATCH {path}"},
        "requirements": {
            "process requirements.patch_answers",
            "insert journal",
            "update authorizations",
            "publish authorization.answers_patched",
        },
        "gateway-projector": {"process authorization.answers_patched", "insert event_log", "publish public event"},
    }
    async with asyncio.timeout(30):
        while not all(wanted <= names(collector.of(trace_id), service) for service, wanted in expected.items()):
            await asyncio.sleep(0.1)
    spans = collector.of(trace_id)
    known = {span.span_id for _, span in spans} | {bytes.fromhex(parent)}
    assert all(span.parent_span_id in known for _, span in spans)
    [request] = [span for _, span in spans if span.name == f"PATCH {path}"]
    assert request.parent_span_id.hex() == parent
    assert {one.key: one.value.int_value for one in request.attributes}["http.response.status_code"] == 200
    assert not any(SECRET.encode() in body for body in collector.bodies)
