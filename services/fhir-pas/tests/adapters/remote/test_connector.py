"""The connector `fhir` against a remote that answers as told (fhir-pas.md 22, FHIR-132)."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr

from priorbus.fhir_pas.adapters.remote.breaker import FAILURES, OPEN_SECONDS
from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls
from priorbus.fhir_pas.adapters.remote.connector import RemotePayer
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.payer import BusinessError, PayerRequest, SentDocuments
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.clock import FixedClock
from priorbus.runtime.outgoing import OutgoingGuard, outgoing_session
from priorbus.runtime.sealing import Sealer

KEY = ECKey.generate_key("P-384", {"kid": "key-1"})
SEALER = Sealer([SecretStr(base64.urlsafe_b64encode(b"k" * 32).decode())])
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-"


def review(action: str, number: str | None = None) -> dict[str, Any]:
    code = {"coding": [{"system": "https://codesystem.x12.org/005010/306", "code": action}]}
    parts: list[dict[str, Any]] = [{"url": f"{PAS}reviewActionCode", "valueCodeableConcept": code}]
    parts += [{"url": "number", "valueString": number}] if number else []
    return {"extension": [{"url": f"{PAS}reviewAction", "extension": parts}], "category": {}}


def response(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    about = {"request": {"reference": "https://ehr.example.test/Claim/claim-1"}, "created": "2026-03-01T00:00:00Z"}
    claim_response = {"resourceType": "ClaimResponse", "id": "cr-1", "outcome": "complete", "item": list(items), **about, **members}
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": claim_response}]}


APPROVED = response({"itemSequence": 1, "adjudication": [review("A1", "AUTH-9")]})
PENDED = response({"itemSequence": 1, "adjudication": [review("A4")]})
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid", "diagnostics": "no such plan"}]}


@dataclass
class Remote:
    """A payer's endpoint: `answers` are given in turn, the last one for ever; a number is an empty answer with that status.

    Attachments under a TrackingId that is `unknown` are refused.
    """

    answers: list[Any] = field(default_factory=lambda: [APPROVED])
    known: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)

    async def token(self, request: web.Request) -> web.Response:
        self.assertions.append(str((await request.post())["client_assertion"]))
        return web.json_response({"access_token": f"token-{len(self.assertions)}", "expires_in": 300})

    async def operation(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] in self.refuse:
            return web.json_response(OUTCOME, status=401)
        self.calls.append((request.path.rpartition("/")[2], await request.read()))
        if request.path.endswith("$inquire"):
            return web.json_response(self.known or {"resourceType": "Parameters"})
        if request.path.endswith("$submit-attachment"):
            known = self.named[-1] not in self.unknown
            return web.json_response(OUTCOME, status=200 if known else 422)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer, status=422 if answer["resourceType"] == "OperationOutcome" else 200)

    @property
    def named(self) -> list[str]:
        """The TrackingIds of attachments."""
        sent = [json.loads(body)["parameter"] for name, body in self.calls if name == "$submit-attachment"]
        return [one["valueIdentifier"]["value"] for call in sent for one in call if one["name"] == "TrackingId"]

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.calls]


@dataclass
class Fixed:
    endpoint: PayerEndpoint | None

    async def of(self, tenant: str) -> PayerEndpoint | None:
        return self.endpoint


@dataclass
class Objects:
    async def read(self, key: str) -> bytes:
        return f"bytes of {key}".encode()


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
async def base_url(remote: Remote) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/auth/token", remote.token)
    app.router.add_post("/fhir/Claim/{operation}", remote.operation)
    app.router.add_post("/fhir/{operation}", remote.operation)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
async def payer(base_url: str, now: list[float]) -> AsyncIterator[RemotePayer]:
    endpoint = PayerEndpoint(
        base_url=f"{base_url}/fhir",
        token_url=f"{base_url}/auth/token",
        client_id="us",
        kid="key-1",
        algorithm="ES384",
        sealed_key=SEALER.seal(json.dumps(KEY.as_dict(private=True))),
    )
    guard = OutgoingGuard(frozenset({"127.0.0.1"}))
    async with outgoing_session(guard, timeout_seconds=5) as session:
        calls = RemoteCalls(session, guard, Tokens(session, guard, SEALER), monotonic=lambda: now[0])
        yield RemotePayer(Fixed(endpoint), calls, Objects(), FixedClock())


@pytest.fixture
def request_(own_text: str) -> PayerRequest:
    at = FixedClock()()
    return payer_request(parse(own_text), "submission-1", "fhir", "/fhir", at, bundle=own_text.encode(), tenant="t_test")


async def test_fhir_132_a_decision_is_read_and_the_bytes_go_out_as_they_came(
    payer: RemotePayer, remote: Remote, request_: PayerRequest
) -> None:
    answer = await payer.decide(request_)
    assert [(item.sequence, item.action, item.number) for item in answer.items] == [(1, "A1", "AUTH-9")]
    assert (answer.reference, answer.poll_after) == ("cr-1", None)
    assert remote.calls == [("$submit", request_.bundle)]
    claims = jwt.decode(remote.assertions[0], KEY, algorithms=["ES384"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"].endswith("/auth/token")) == ("us", "us", True)


async def test_fhir_132_a_refusal_is_a_business_error_with_the_diagnostics(
    payer: RemotePayer, remote: Remote, request_: PayerRequest
) -> None:
    remote.answers = [OUTCOME]
    error = (await payer.decide(request_)).error
    assert error == BusinessError("33", "C", "The payer rejected the request", note="no such plan")


@pytest.mark.parametrize("status", [500, 503, 429, 403])
async def test_fhir_132_no_answer_is_not_an_answer(payer: RemotePayer, remote: Remote, request_: PayerRequest, status: int) -> None:
    remote.answers = [status]
    with pytest.raises(PayerUnreachable):
        await payer.decide(request_)


async def test_fhir_132_before_it_is_sent_again_the_payer_is_asked_what_it_knows(
    payer: RemotePayer, remote: Remote, request_: PayerRequest
) -> None:
    again = replace(request_, again=True)
    assert (await payer.decide(again)).items[0].number == "AUTH-9"
    assert remote.operations == ["$inquire", "$submit"]
    remote.known = PENDED
    answer = await payer.decide(again)
    assert (answer.items[0].action, remote.operations[2:]) == ("A4", ["$inquire"])
    assert answer.poll_after == timedelta(minutes=15)


async def test_an_attempt_that_has_arrived_after_all_is_the_request(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    """Its own answer goes before, where the payer has both."""
    again = replace(request_, origin="authorization", again=True, earlier=("urn:uuid:first",))
    first = response({"itemSequence": 1, "adjudication": [review("A3")]}, request={"reference": "urn:uuid:first"})
    remote.known = first
    assert ((await payer.decide(again)).items[0].action, remote.operations) == ("A3", ["$inquire"])
    remote.known = {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": one} for one in (first, APPROVED)]}
    assert (await payer.poll(again, 1)).items[0].action == "A1"


async def test_what_others_asked_earlier_under_the_same_names_is_no_answer(
    payer: RemotePayer, remote: Remote, request_: PayerRequest
) -> None:
    remote.known = response({"itemSequence": 1, "adjudication": [review("A3")]}, created="2020-01-01T00:00:00Z")
    assert (await payer.decide(replace(request_, again=True))).items[0].action == "A1"


async def test_late_decisions_come_by_inquiry_under_the_payers_own_name(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    mine = replace(request_, reference="cr-1")
    remote.known = response({"itemSequence": 1, "adjudication": [review("A4")]})
    pended = await payer.settle(mine, "time", timedelta(minutes=15))
    remote.known = response({"itemSequence": 1, "adjudication": [review("A1", "AUTH-1")]}, created="2020-01-01T00:00:00Z")
    decided = await payer.settle(mine, "time", timedelta(minutes=30))
    other = await payer.settle(replace(mine, reference="cr-2"), "time", timedelta(minutes=30))
    assert (pended.items, [item.number for item in decided.items], other.items) == ((), ["AUTH-1"], ())


async def test_a_refused_token_is_replaced_once(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    await payer.decide(request_)
    remote.refuse = {"Bearer token-1"}
    await payer.decide(request_)
    assert len(remote.assertions) == 2
    remote.refuse = {"Bearer token-2", "Bearer token-3"}
    with pytest.raises(PayerUnreachable):
        await payer.decide(request_)


async def test_a_remote_that_keeps_failing_is_left_alone_for_a_while(
    payer: RemotePayer, remote: Remote, request_: PayerRequest, now: list[float]
) -> None:
    remote.answers = [500]
    for _ in range(FAILURES + 5):
        with pytest.raises(PayerUnreachable):
            await payer.decide(request_)
    assert len(remote.calls) == FAILURES
    now[0] = OPEN_SECONDS
    remote.answers = [APPROVED]
    assert (await payer.decide(request_)).items


async def test_attached_files_go_along_as_data(payer: RemotePayer, remote: Remote, own_request: dict[str, Any]) -> None:
    url = "https://pas.example.test/fhir/Binary/file_1"
    own_request["entry"].append({"resource": {"resourceType": "DocumentReference", "content": [{"attachment": {"url": url}}]}})
    bundle = json.dumps(own_request).encode()
    about = {"bundle": bundle, "tenant": "t_test", "files": {url: "files/1"}}
    await payer.decide(payer_request(own_request, "auth_1:1", "authorization", "/pas/2.2/fhir", FixedClock()(), **about))
    attachment = json.loads(remote.calls[0][1])["entry"][-1]["resource"]["content"][0]["attachment"]
    assert attachment == {"data": base64.b64encode(b"bytes of files/1").decode()}


async def test_addresses_that_the_guard_forbids_are_not_called(
    base_url: str, remote: Remote, payer: RemotePayer, request_: PayerRequest
) -> None:
    guard = OutgoingGuard()
    async with outgoing_session(guard, timeout_seconds=5) as session:
        strict = RemotePayer(payer.endpoints, RemoteCalls(session, guard, Tokens(session, guard, SEALER)), Objects(), FixedClock())
        with pytest.raises(PayerUnreachable):
            await strict.decide(request_)
    assert (remote.calls, remote.assertions) == ([], [])


async def test_without_an_endpoint_nobody_is_reached(payer: RemotePayer, request_: PayerRequest) -> None:
    with pytest.raises(PayerUnreachable):
        await replace(payer, endpoints=Fixed(None)).decide(request_)


CALL = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "TrackingId", "valueIdentifier": {"system": "https://pas.example.test/identifiers/pas-tracking", "value": "ours"}},
        {"name": "AttachTo", "valueCode": "preauthorization"},
        {"name": "Attachment", "part": [{"name": "Content", "resource": {"resourceType": "Basic"}}, {"name": "Other", "valueString": "x"}]},
        {"name": "Final", "valueBoolean": True},
        {"name": "Other", "valueString": "x"},
    ],
}
NAMED = {"identifier": [{"use": "official", "system": "https://payer.example.test", "value": "theirs"}]}


def came(*, final: bool = True) -> SentDocuments:
    return SentDocuments(final, json.dumps(CALL).encode())


async def test_attachments_go_under_the_payers_own_name_and_its_word_comes_back(
    payer: RemotePayer, remote: Remote, request_: PayerRequest
) -> None:
    remote.known = response({"itemSequence": 1, "adjudication": [review("A1", "AUTH-2")]}, **NAMED)
    answer = await payer.review(replace(request_, reference="cr-1"), came())
    assert [item.number for item in answer.items] == ["AUTH-2"]
    assert remote.operations == ["$inquire", "$submit-attachment", "$inquire"]
    sent = json.loads(remote.calls[1][1])["parameter"]
    assert sent[0] == {"name": "TrackingId", "valueIdentifier": {"system": "https://payer.example.test", "value": "theirs"}}
    assert sent[1:] == [CALL["parameter"][1], {"name": "Attachment", "part": CALL["parameter"][2]["part"][:1]}, CALL["parameter"][3]]  # type: ignore[index]


async def test_attachments_sent_again_are_the_same_bytes(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    remote.known = response({"itemSequence": 1, "adjudication": [review("A4")]}, **NAMED)
    for _ in range(2):
        assert (await payer.review(request_, came(final=False))).items == ()
    first, second = [body for name, body in remote.calls if name == "$submit-attachment"]
    assert (first, remote.operations) == (second, ["$inquire", "$submit-attachment"] * 2)


async def test_a_payer_that_looks_for_the_claim_gets_its_identifier(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    remote.known = response({"itemSequence": 1, "adjudication": [review("A4")]}, **NAMED)
    remote.unknown = ["theirs"]
    await payer.review(request_, came(final=False))
    assert remote.named == ["theirs", parse(request_.bundle)["entry"][0]["resource"]["identifier"][0]["value"]]


async def test_large_attachments_come_from_the_object_store(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    @dataclass
    class Bodies:
        async def read(self, key: str) -> bytes:
            return json.dumps({**CALL, "id": key}).encode()

    await replace(payer, objects=Bodies()).review(request_, SentDocuments(final=False, body_key="raw/1"))
    assert remote.operations == ["$inquire", "$submit-attachment"]


async def test_attachments_for_a_payer_that_is_away_are_not_delivered(payer: RemotePayer, remote: Remote, request_: PayerRequest) -> None:
    remote.refuse = {"Bearer token-1", "Bearer token-2"}
    with pytest.raises(PayerUnreachable):
        await payer.review(request_, came())
