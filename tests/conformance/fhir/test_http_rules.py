"""Acceptance cases: media types, sizes, and what every error looks like (fhir-pas.md 4, 9, 27)."""

import base64
import gzip
import json
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.pas import EXAMPLES, FHIR, PAS_2_0, PAS_2_2, Resource, claim, request, seed

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
SUBMIT, INQUIRE = f"{PAS_2_2}/Claim/$submit", f"{PAS_2_2}/Claim/$inquire"
FHIR_JSON = {"Content-Type": "application/fhir+json"}
MIB = 1024 * 1024


def check_outcome(answer: Answer) -> Resource:
    """FHIR-62: one valid OperationOutcome; an expression wherever a rule was broken."""
    body: Resource = answer.json
    OperationOutcome.model_validate(body)
    assert answer.headers["Content-Type"].startswith("application/fhir+json")
    for issue in body["issue"]:
        codings = issue.get("details", {}).get("coding", [])
        if any(coding["system"].endswith("/CodeSystem/pas-rules") for coding in codings):
            assert issue["expression"], issue
    return body


async def test_fhir_54_media_types(fhir: Client) -> None:
    """FHIR-54"""
    body = json.dumps(request("HC")).encode()
    for sent in ("text/xml", "application/fhir+xml", "text/json", "application/fhir+json; charset=latin1"):
        answer = await fhir.call("POST", SUBMIT, body, headers={"Content-Type": sent})
        assert (answer.status, check_outcome(answer)["issue"][0]["code"]) == (415, "not-supported"), sent
    plain = await fhir.call("POST", SUBMIT, b"{", headers={**FHIR_JSON, "Accept": "application/json"})
    assert (plain.status, plain.headers["Content-Type"]) == (400, "application/json")
    refused = await fhir.call("POST", SUBMIT, body, headers={**FHIR_JSON, "Accept": "application/xml"})
    assert (refused.status, check_outcome(refused)["issue"][0]["code"]) == (406, "not-supported")
    other_coding = await fhir.call("POST", SUBMIT, body, headers={**FHIR_JSON, "Content-Encoding": "br"})
    assert other_coding.status == 415
    for accept, written in (
        ("application/json", "application/json"),
        ("application/fhir+json", "application/fhir+json"),
        ("*/*", "application/fhir+json"),
    ):
        answer = await fhir.call("POST", SUBMIT, body, headers={"Content-Type": "application/fhir+json; charset=UTF-8", "Accept": accept})
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (200, written)
    zipped = await fhir.call("POST", SUBMIT, gzip.compress(body), headers={**FHIR_JSON, "Content-Encoding": "gzip"})
    assert (zipped.status, zipped.headers["Idempotency-Replayed"]) == (200, "true")


async def test_fhir_56_sizes(fhir: Client) -> None:
    """FHIR-56"""
    large = gzip.compress(b'{"resourceType":"Bundle","id":"' + b" " * 51 * MIB + b'"}')
    answer = await fhir.call("POST", SUBMIT, large, headers={**FHIR_JSON, "Content-Encoding": "gzip"})
    assert (answer.status, check_outcome(answer)["issue"][0]["code"]) == (413, "too-long")

    await fhir.succeed("POST", f"{FHIR}/Claim/$submit", seed("002-0-claim-submit-request"))
    body = seed("001-0-submit-attachment-request")
    for one in body["parameter"]:
        for part in one.get("part", ()):
            if "resource" in part:
                part["resource"]["content"][0]["attachment"]["data"] = base64.b64encode(b"x" * 21 * MIB).decode()
    answer = await fhir.call("POST", "/$submit-attachment", body)
    assert (answer.status, check_outcome(answer)["issue"][0]["code"]) == (413, "too-long")
    assert (await fhir.succeed("GET", f"{FHIR}/DocumentReference")).json["total"] == 0


def changed(path: str, value: Any = None) -> Resource:
    """HC with a member of its Claim set, or removed."""
    bundle = request("HC")
    if value is None:
        del claim(bundle)[path]
    else:
        claim(bundle)[path] = value
    return bundle


async def test_fhir_62_every_error_is_one_outcome(fhir: Client, anonymous: Client, api: Client) -> None:
    """FHIR-62: the errors of the cases before"""
    attach = seed("001-0-submit-attachment-request")
    cases: list[tuple[str, str, Any, int]] = [
        ("POST", "/$submit-attachment", attach, 422),
        ("POST", "/$submit-attachment", {**attach, "parameter": attach["parameter"][:3]}, 422),
        ("POST", f"{PAS_2_2}/$submit-attachment", attach, 422),
        ("POST", SUBMIT, seed("002-0-claim-submit-request"), 422),
        ("POST", SUBMIT, request("HC", version="2.0.1"), 422),
        ("POST", f"{PAS_2_0}/Claim/$submit", request("SUR", version="2.0.1"), 422),
        ("POST", SUBMIT, request("SUR"), 422),
        ("POST", SUBMIT, changed("use", "claim"), 422),
        ("POST", SUBMIT, changed("status", "foo"), 422),
        ("POST", SUBMIT, changed("insurer"), 422),
        ("POST", SUBMIT, changed("item", [{"sequence": "1"}]), 422),
        ("POST", SUBMIT, changed("modifierExtension", [{"url": "http://example.org/x", "valueBoolean": True}]), 422),
        ("POST", SUBMIT, claim(request("HC")), 422),
        ("POST", SUBMIT, {**request("HC"), "entry": []}, 422),
        ("POST", SUBMIT, b"{", 400),
        ("POST", SUBMIT, b'{"resourceType":"Foo"}', 400),
        ("POST", SUBMIT, b"\xff", 400),
        ("POST", INQUIRE, {"resourceType": "Bundle", "type": "collection"}, 422),
        ("GET", SUBMIT, None, 405),
        ("GET", f"{PAS_2_2}/Claim?colour=red", None, 400),
        ("GET", f"{PAS_2_2}/Claim/unknown", None, 404),
        ("GET", f"{PAS_2_2}/Account/unknown", None, 404),
        ("GET", f"{PAS_2_2}/a/b/c/d/e", None, 404),
    ]
    for method, path, body, status in cases:
        answer = await fhir.call(method, path, body, headers=FHIR_JSON if body is not None else {})
        assert answer.status == status, (path, answer.body[:300])
        check_outcome(answer)
    (issue,) = (await fhir.call("POST", SUBMIT, b"\xff", headers=FHIR_JSON)).json["issue"]
    assert [coding["code"] for coding in issue["details"]["coding"]] == ["bad_request", "J-1"]
    for stranger in (anonymous, api):
        answer = await stranger.call("POST", SUBMIT, request("HC"))
        assert answer.status == 401
        check_outcome(answer)


async def test_an_error_is_not_kept_under_a_key(fhir: Client) -> None:
    """fhir-pas.md 11: only successes are replayed, for attachments too."""
    body, key = seed("001-0-submit-attachment-request"), "4c3f4e0a-attach"
    early = await fhir.call("POST", "/$submit-attachment", body, key=key)
    assert early.status == 422
    await fhir.succeed("POST", f"{FHIR}/Claim/$submit", seed("002-0-claim-submit-request"))
    late = await fhir.call("POST", "/$submit-attachment", body, key=key)
    assert (late.status, "Idempotency-Replayed" in late.headers) == (200, False)
    again = await fhir.call("POST", "/$submit-attachment", body, key=key)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")
    other = {**body, "id": "other"}
    assert (await fhir.call("POST", "/$submit-attachment", other, key=key)).status == 409
