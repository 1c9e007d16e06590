"""Acceptance cases: lists, reads and providers (authorizations.md 16)."""

from typing import Any
from urllib.parse import quote

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Client


async def test_auth_101_pages(lonely: Client) -> None:
    """AUTH-101"""
    ids = [(await lonely.create()).json["id"] for _ in range(60)]
    seen: list[str] = []
    sizes, cursor = [], ""
    while True:
        page = (await lonely.succeed("GET", f"{AUTHORIZATIONS}?limit=25{cursor}")).json
        sizes.append(len(page["data"]))
        seen += [case["id"] for case in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        cursor = f"&cursor={quote(page['pagination']['nextCursor'])}"
        await lonely.create()
    assert sizes == [25, 25, 10]
    assert seen == ids[::-1]


async def test_auth_102_filters(lonely: Client) -> None:
    """AUTH-102"""
    plain = (await lonely.create()).json
    marked = (await lonely.create(cases.mri_create(metadata={"externalCaseId": "case 7"}))).json
    canceled = await lonely.create()
    await lonely.succeed("POST", f"{AUTHORIZATIONS}/{canceled.json['id']}/cancel", {}, if_match=canceled.etag)

    async def ids(query: str) -> set[str]:
        return {case["id"] for case in (await lonely.succeed("GET", f"{AUTHORIZATIONS}?{query}")).json["data"]}

    everything = {plain["id"], marked["id"], canceled.json["id"]}
    assert await ids("status=canceled") == {canceled.json["id"]}
    assert await ids("status=canceled&status=requires_input") == everything
    assert await ids("metadata[externalCaseId]=case%207") == {marked["id"]}
    assert await ids("payerId=payer_evergreen&providerNpi=1234567893") == everything
    assert await ids("payerId=payer_harbor") == set()
    assert await ids("nextActionType=provide_requirements") == {plain["id"], marked["id"]}
    assert await ids("outcome=approved") == set()
    assert await ids(f"createdAfter={plain['createdAt']}") == {marked["id"], canceled.json["id"]}
    assert await ids(f"createdBefore={marked['createdAt']}") == {plain["id"]}
    assert await ids(f"createdAfter={plain['createdAt']}&createdBefore={canceled.json['createdAt']}") == {marked["id"]}
    assert await ids(f"updatedAfter={canceled.json['createdAt']}") == {canceled.json["id"]}
    assert await ids("metadata[externalCaseId]=case%207&metadata[other]=1") == set()
    unknown = ("colour=red", "status=requires_action", "outcome=x", "nextActionType=x", "createdAfter=yesterday", "metadata[a=1")
    for query in unknown:
        answer = await lonely.call("GET", f"{AUTHORIZATIONS}?{query}")
        assert (answer.status, answer.error_code) == (400, "bad_request"), query
    too_many = "&".join(f"metadata[k{number}]=v" for number in range(6))
    assert (await lonely.call("GET", f"{AUTHORIZATIONS}?{too_many}")).error_code == "bad_request"


async def test_auth_102_decided_cases(lonely: Client) -> None:
    """AUTH-102: outcomes and actions of cases that went their way"""
    approved = await lonely.confirm(await lonely.advance_case("SBX-APPROVE-NOW"))
    await lonely.until(approved.json["id"], "completed")
    advance = await lonely.advance_case()

    async def ids(query: str) -> list[str]:
        return [case["id"] for case in (await lonely.succeed("GET", f"{AUTHORIZATIONS}?{query}")).json["data"]]

    assert await ids("outcome=approved") == [approved.json["id"]]
    assert await ids("outcome=denied") == []
    assert await ids("status=completed") == [approved.json["id"]]
    assert await ids("nextActionType=advance_case") == [advance.json["id"]]
    assert await ids("status=completed&status=requires_confirmation") == [advance.json["id"], approved.json["id"]]
    (item,) = [case for case in (await lonely.succeed("GET", AUTHORIZATIONS)).json["data"] if case["id"] == approved.json["id"]]
    assert {"questionnaire", "questionnaireResponse", "attachments"}.isdisjoint(item)
    assert set(item["submission"]) == {"payerReceipt", "decision"}


async def test_auth_104_requirements_and_attachments_reads(api: Client) -> None:
    """AUTH-104, style B"""
    case = await api.advance_case()
    for member in ("requirements", "attachments"):
        answer = await api.succeed("GET", f"{AUTHORIZATIONS}/{case.json['id']}/{member}")
        assert (answer.json, answer.etag) == (case.json[member], case.etag)


async def test_auth_106_timeline(api: Client) -> None:
    """AUTH-106"""
    case = await api.advance_case()
    await api.confirm(case)
    await api.until(case.json["id"], "completed")
    entries: list[Any] = []
    cursor = ""
    while True:
        page = (await api.succeed("GET", f"{AUTHORIZATIONS}/{case.json['id']}/events?limit=2{cursor}")).json
        assert 1 <= len(page["data"]) <= 2
        entries += page["data"]
        if not page["pagination"]["hasMore"]:
            break
        cursor = f"&cursor={quote(page['pagination']['nextCursor'])}"
    assert len(entries) > 6
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    assert all(set(entry) == {"id", "sequence", "type", "timestamp", "actor", "payload"} for entry in entries)
    assert {entry["actor"] for entry in entries} == {"customer", "system", "payer"}
    for answer in ("Ada", "Probe", "1980-02-29", "Fresno", "93701", "SBX-APPROVE", "G43.909"):
        assert answer not in str(entries)


@pytest.mark.parametrize(("npi", "warnings"), [("1234567890", ["npi_check_digit"]), ("1003000126", [])])
async def test_auth_110_providers(lonely: Client, other_tenant: Client, npi: str, warnings: list[str]) -> None:
    """AUTH-110"""
    body = {"npi": npi, "displayName": "Test Clinic"}
    answer = await lonely.call("POST", "/v1/providers", body)
    assert (answer.status, answer.json["warnings"]) == (201, warnings)
    again = await lonely.call("POST", "/v1/providers", body)
    assert (again.status, again.error_code) == (409, "provider_already_exists")
    assert (await lonely.call("POST", "/v1/providers", body | {"npi": "12"})).error_code == "bad_request"
    foreign = await other_tenant.call("GET", f"/v1/providers/{npi}")
    assert (foreign.status, foreign.error_code) == (404, "provider_not_found")


async def test_auth_08_inactive_provider(lonely: Client) -> None:
    """AUTH-08"""
    await lonely.succeed("POST", "/v1/providers", {"npi": "1679576722", "displayName": "Closed Clinic", "status": "inactive"})
    answer = await lonely.call("POST", AUTHORIZATIONS, cases.mri_create(providerNpi="1679576722"))
    assert (answer.status, answer.error_code) == (409, "provider_access_not_configured")
