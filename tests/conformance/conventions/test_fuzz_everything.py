"""CONV-54: every route, described or not, and paths that are none, with any queries, headers and bodies (Conventions 15.1, 15.2)."""

import base64
import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from priorbus.devstack.client import Answer
from priorbus.devstack.stack import Stack
from priorbus.gateway.routes import ROUTES
from tests.conformance.contract import LEAKS, Contract
from tests.conformance.conventions.test_fuzz import OneValueEach

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
VALUES: dict[str, list[str]] = {
    "Accept": ["*/*", "application/json", "application/fhir+json", "text/event-stream", "text/html", "application/xml", "a/b;q=2"],
    "Content-Type": ["application/json", "application/fhir+json", "application/x-www-form-urlencoded", "application/json; charset=latin-1"],
    "Content-Encoding": ["gzip", "br"],
    "Prefer": ["respond-async", "return=minimal", "wait=0"],
    "If-Match": ['"1"', 'W/"1"', "*", '"99999999999999999999"'],
    "If-None-Match": ['"1"', "*"],
    "If-None-Exist": ["identifier=x"],
    "Idempotency-Key": ['"k"', "k" * 256],
    "Last-Event-ID": ["0", "99999999999999999999", "-1"],
    "Range": ["bytes=0-"],
    "traceparent": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "ff-00-00-00"],
    "X-Forwarded-For": ["127.0.0.1"],
    "Cookie": ["a=b"],
}
"""Headers, and values that mean something; each may also have any text."""
TOKEN_SECONDS = 200

words = st.text(min_size=1, max_size=20)
header_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40).map(str.strip)
members = words | st.sampled_from(["resourceType", "entry", "id", "item"])
parameters = words | st.sampled_from(["limit", "cursor", "after", "status", "_count", "patient.identifier"])
numbers = st.integers() | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(members, inner, max_size=4),
    max_leaves=12,
)
segments = words | st.sampled_from(["1", "9223372036854775808", "auth_01JZZZZZZZZZZZZZZZZZZZZZZZ", "%", "_history", "$submit"])


@st.composite
def paths(draw: st.DrawFn) -> str:
    """One of a route with any parameters, or of none."""
    if draw(st.integers(0, 9)) == 0:
        return "/" + "/".join(quote(one, safe="") for one in draw(st.lists(segments, max_size=5)))
    template = draw(st.sampled_from(ROUTES)).path
    return re.sub(r"\{[a-z_]+\}", lambda _: quote(draw(segments), safe=""), template)


@st.composite
def bodies(draw: st.DrawFn) -> bytes | None:
    """Nothing, JSON, a form, bytes."""
    kind = draw(st.sampled_from(["none", "json", "resource", "form", "bytes"]))
    if kind == "json":
        return json.dumps(draw(values)).encode()
    if kind == "resource":
        kinds = st.sampled_from(["Bundle", "Parameters", "Subscription", "Claim"])
        return json.dumps({"resourceType": draw(kinds), "type": "collection", "entry": [{"resource": draw(values)}]}).encode()
    if kind == "form":
        fields = st.sampled_from(["grant_type", "scope", "client_assertion_type", "client_assertion", "token", "_count"])
        return urlencode(draw(st.dictionaries(fields, words, max_size=4)), errors="replace").encode()
    return draw(st.binary(max_size=60)) if kind == "bytes" else None


names = st.sampled_from(sorted(VALUES))
headers = st.dictionaries(names, st.none() | header_text, max_size=4)
queries = st.lists(st.tuples(parameters, words), max_size=3)
credentials = st.sampled_from(["key", "token", "basic", "none", "nonsense"])


@dataclass
class Range:
    """The gateway under fire, and credentials for it; tokens last for five minutes, so they are made anew."""

    stack: Stack
    tenant: str
    key: str
    session: requests.Session
    contract: Contract = field(default_factory=Contract)
    _token: str = ""
    _made: float = -TOKEN_SECONDS

    def authorization(self, kind: str) -> dict[str, str]:
        """The header of a credential."""
        if kind == "none":
            return {}
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        known = {"key": f"Bearer {self.key}", "basic": f"Basic {basic}", "nonsense": "Bearer x.y.z"}
        return {"Authorization": f"Bearer {self._fresh_token()}" if kind == "token" else known[kind]}

    def _fresh_token(self) -> str:
        if time.monotonic() - self._made >= TOKEN_SECONDS:
            made = self.stack.priorbus("fhir", "token", "--tenant", self.tenant, "--client", "ehr1")
            self._token, self._made = made["access_token"], time.monotonic()
        return self._token

    def fire(self, method: str, path: str, query: Any, given_headers: dict[str, str], body: bytes | None) -> None:
        """Send a request and check the answer; a stream is left at once."""
        url = f"{self.stack.base_url}{path}" + (f"?{urlencode(query, errors='replace')}" if query else "")
        with self.session.request(
            method, url, headers=given_headers, data=body, stream=True, allow_redirects=False, timeout=30
        ) as response:
            shot = (method, url, given_headers, body)
            assert response.status_code < 500 or (response.status_code == 503 and path == "/health/ready"), shot
            if response.headers.get("Content-Type", "").startswith("text/event-stream"):
                return
            one_each = OneValueEach({name: [value] for name, value in response.headers.items()})
            answer = Answer(response.status_code, one_each, response.content)
            assert answer.status < 400 or not LEAKS.search(answer.body), shot
            self.contract.check(method, unquote(urlsplit(response.request.url).path), answer)


@pytest.fixture(scope="module")
def ground(stack: Stack) -> Iterator[Range]:
    tenant = f"t_{secrets.token_hex(6)}"
    made = stack.priorbus_batch(
        ["tenants", "create", tenant],
        ["keys", "create", "--tenant", tenant, "--name", "fuzz", "--rate-default", "1000000", "--rate-poll", "1000000"],
    )
    with requests.Session() as session:
        yield Range(stack, tenant, made[-1]["key"], session)


def bombard(ground: Range, shots: int, *, same_each_time: bool) -> None:
    @settings(
        max_examples=shots,
        derandomize=same_each_time,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(st.sampled_from(METHODS), paths(), queries, headers, credentials, bodies(), st.data())
    def fire(method: str, path: str, query: Any, wanted: dict[str, str | None], credential: str, body: bytes | None, data: Any) -> None:
        sent = {name: data.draw(st.sampled_from(VALUES[name])) if text is None else text for name, text in wanted.items()}
        ground.fire(method, path, query, {**sent, **ground.authorization(credential)}, body)

    fire()


def test_conv_54_every_route(ground: Range) -> None:
    """CONV-54, a little of it"""
    bombard(ground, 150, same_each_time=True)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_conv_54_every_route_long(ground: Range) -> None:
    """CONV-54"""
    bombard(ground, 15_000, same_each_time=False)
