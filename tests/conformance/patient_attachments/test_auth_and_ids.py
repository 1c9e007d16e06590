"""Acceptance cases: credentials, scopes, ids, archive (patient-attachments.md 18, conventions.md 19)."""

import asyncio
import base64
import time

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.patients import ATTACHMENTS, CASES, PATIENTS, PatientsClient, basic
from priorbus.devstack.stack import Stack
from tests.conformance.patient_attachments.conftest import Tenants

CHALLENGES = 'Bearer realm="priorbus", Basic realm="priorbus"'


async def test_conv_07_basic(tenants: Tenants) -> None:
    """CONV-07"""
    async with PatientsClient(tenants.base_url, tenants.k1) as caller:
        assert (await caller.call("GET", ATTACHMENTS)).status == 200
    with_password = "Basic " + base64.b64encode(f"{tenants.k1}:x".encode()).decode()
    async with Client(tenants.base_url, None) as caller:
        refused = await caller.call("GET", ATTACHMENTS, headers={"Authorization": with_password})
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, CHALLENGES)
    assert (refused.json["message"], refused.json["error_codes"]) == ("Unauthorized", {"base": "unauthorized"})


def test_p1_the_header_of_a_key() -> None:
    """P1"""
    assert basic("MxJrZXkiOiI1Njd1amJmZTQ1NyJ9-au2") == "Basic TXhKclpYa2lPaUkxTmpkMWFtSm1aVFExTnlKOS1hdTI6"


async def test_conv_08_suffix(tenants: Tenants) -> None:
    """CONV-08, with Basic"""
    async with PatientsClient(tenants.base_url, tenants.k1 + "-au2") as caller:
        assert (await caller.call("GET", ATTACHMENTS)).status == 200
    async with PatientsClient(tenants.base_url, tenants.k1 + "-au233") as caller:
        assert (await caller.call("GET", ATTACHMENTS)).status == 401


@pytest.mark.parametrize("value", ["Basic", "Basic !", "Basic ew==", "Basic w7w6", "Digest x", "Basic Og=="])
async def test_malformed_basic(anonymous: Client, value: str) -> None:
    """Conventions 3.3"""
    refused = await anonymous.call("GET", ATTACHMENTS, headers={"Authorization": value})
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, CHALLENGES)


async def test_bearer_is_accepted_as_well_and_basic_nowhere_else(tenants: Tenants) -> None:
    """patient-attachments.md 2, Conventions 3.2"""
    async with Client(tenants.base_url, tenants.k1) as caller:
        assert (await caller.call("GET", ATTACHMENTS)).status == 200
    async with PatientsClient(tenants.base_url, tenants.k1) as caller:
        assert (await caller.call("GET", "/v1/files/file_1")).status == 401


async def test_patt_02_presigned_post_without_right(k1: PatientsClient, k2: PatientsClient, anonymous: Client, patient: str) -> None:
    """PATT-02"""
    path = f"{PATIENTS}/{patient}/attachment_presigned_post"
    refused = await anonymous.call("GET", path)
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, CHALLENGES)
    assert (await k2.call("GET", path)).status == 404
    assert (await k1.call("GET", f"{PATIENTS}/1/attachment_presigned_post")).status == 404
    await k1.succeed("POST", f"{PATIENTS}/{patient}/archive")
    gone = await k1.call("GET", path)
    assert (gone.status, gone.json["error_codes"]) == (404, {"base": "not_found"})


async def test_patt_33_archive_of_unknown_records(k1: PatientsClient, k2: PatientsClient, patient: str) -> None:
    """PATT-33"""
    made = (await k1.add_document(patient)).json
    for client, number in ((k1, "1"), (k2, made["id"]), (k1, "x"), (k1, "9223372036854775808"), (k1, "0"), (k1, "٣")):
        for method, path in (("POST", f"{ATTACHMENTS}/{number}/archive"), ("DELETE", f"{ATTACHMENTS}/{number}")):
            answer = await client.call(method, path)
            assert (answer.status, answer.json["message"]) == (404, "Not Found")


async def test_patt_53_large_ids_are_exact_everywhere(k1: PatientsClient, tenants: Tenants, patient: str) -> None:
    """PATT-53"""
    assert int(patient) > 2**53
    made = (await k1.add_document(patient)).json
    number = made["id"]
    assert int(number) > 2**53
    assert (await k1.succeed("GET", f"{ATTACHMENTS}/{number}")).json["id"] == number
    assert made["links"]["self"].endswith(f"{ATTACHMENTS}/{number}")
    assert made["patient"]["links"]["self"].endswith(f"{PATIENTS}/{patient}")
    for path in (
        f"{ATTACHMENTS}?q[]=id:={number}",
        f"{PATIENTS}/{patient}/patient_attachments",
        f"{ATTACHMENTS}?q[]=patient_id:={patient}",
    ):
        assert [each["id"] for each in (await k1.succeed("GET", path)).json["patient_attachments"]] == [number]
    for neighbour in (int(number) - 1, int(number) + 1):
        assert (await k1.succeed("GET", f"{ATTACHMENTS}?q[]=id:={neighbour}")).json["total_entries"] == 0
    assert (await k1.succeed("GET", f"{ATTACHMENTS}/00{number}")).json["id"] == number
    await k1.processed(number)
    async with Client(tenants.base_url, tenants.k1) as caller, asyncio.timeout(20):
        while True:
            events = (await caller.succeed("GET", f"/v1/events?subject=patient_attachment/{number}")).json["data"]
            if {event["type"] for event in events} >= {
                "priorbus.patient_attachment.created.v1",
                "priorbus.patient_attachment.processed.v1",
            }:
                break
            await asyncio.sleep(0.05)
    assert {(event["data"]["id"], event["data"]["patientId"]) for event in events} == {(number, patient)}


async def test_patt_54_links_lead_somewhere(k1: PatientsClient, patient: str) -> None:
    """PATT-54"""
    made = (await k1.add_document(patient)).json
    for member in ("patient", "user"):
        address = made[member]["links"]["self"]
        found = await k1.call("GET", "/v1/" + address.partition("/v1/")[2])
        assert (found.status, found.json["links"]["self"]) == (200, address)
    assert (await k1.succeed("GET", "/v1/" + made["user"]["links"]["self"].partition("/v1/")[2])).json["display_name"] == "clinic"
    assert (await k1.call("GET", "/v1/users/1")).status == 404


async def test_patt_56_scopes(k1: PatientsClient, reader: PatientsClient, patient: str) -> None:
    """PATT-56"""
    refused = await reader.call("POST", ATTACHMENTS, {})
    assert (refused.status, refused.json["message"]) == (403, "Forbidden")
    assert refused.json["details"] == {"requiredScopes": ["patient_attachments:write"]}
    assert (await reader.call("GET", f"{PATIENTS}/{patient}/attachment_presigned_post")).status == 403
    assert (await reader.call("POST", PATIENTS, {})).json["details"] == {"requiredScopes": ["patients:write"]}
    for path in (ATTACHMENTS, PATIENTS, CASES, f"{PATIENTS}/{patient}/patient_attachments"):
        assert (await reader.call("GET", path)).status == 200


async def test_patt_57_rate_limit(tenants: Tenants, patient: str) -> None:
    """PATT-57; reads of one attachment and other clients have windows of their own"""
    async with PatientsClient(tenants.base_url, tenants.limited) as limited:
        for left in range(199, -1, -1):
            answer = await limited.call("GET", f"{ATTACHMENTS}?per_page=1")
            assert answer.status == 200
            assert answer.headers["RateLimit"].startswith(f'"default";r={left};')
        refused = await limited.call("GET", f"{ATTACHMENTS}?per_page=1")
        assert (refused.status, refused.json["message"]) == (429, "Too many requests")
        assert time.time() - 5 < int(refused.headers["X-RateLimit-Reset"]) <= time.time() + 61
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert (await limited.call("GET", f"{PATIENTS}/{patient}")).status == 429
        read = await limited.call("GET", f"{ATTACHMENTS}/1")
        assert (read.status, read.headers["RateLimit-Policy"]) == (404, '"poll";q=300;w=60')


async def test_conv_04_other_tenants_are_like_unknown(k1: PatientsClient, k2: PatientsClient, patient: str) -> None:
    """Conventions 3.1, for every kind of record"""
    case, made = await k1.case(patient), (await k1.add_document(patient)).json["id"]
    for path in (f"{PATIENTS}/{{}}", f"{CASES}/{{}}", f"{ATTACHMENTS}/{{}}", f"{ATTACHMENTS}/{{}}/content"):
        for number in (patient, case, made):
            foreign, unknown = await k2.call("GET", path.format(number)), await k2.call("GET", path.format(7))
            assert foreign.status == unknown.status == 404
            assert {**foreign.json, "request_id": ""} == {**unknown.json, "request_id": ""}


async def test_stack_is_reached_at_every_instance(stack: Stack, tenants: Tenants, patient: str) -> None:
    """Conventions 1.5: what one instance has created any other lists at once."""
    here, there = (PatientsClient(gateway.base_url, tenants.k1) for gateway in stack.gateways)
    async with here, there:
        for _ in range(5):
            number = (await here.add_document(patient)).json["id"]
            listed = (await there.succeed("GET", f"{PATIENTS}/{patient}/patient_attachments?sort=id:desc")).json
            assert listed["patient_attachments"][0]["id"] == number
