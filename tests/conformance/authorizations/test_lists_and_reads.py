"""Acceptance cases: lists, reads and providers (authorizations.md 16)."""

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
    assert plain["id"] not in await ids(f"createdAfter={plain['createdAt']}")
    assert (await lonely.call("GET", f"{AUTHORIZATIONS}?colour=red")).error_code == "bad_request"


async def test_auth_104_requirements_and_attachments_reads(api: Client) -> None:
    """AUTH-104, style B"""
    case = await api.advance_case()
    for member in ("requirements", "attachments"):
        answer = await api.succeed("GET", f"{AUTHORIZATIONS}/{case.json['id']}/{member}")
        assert (answer.json, answer.etag) == (case.json[member], case.etag)


async def test_auth_106_timeline(api: Client) -> None:
    """AUTH-106"""
    case = await api.advance_case()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/events?limit=2"
    first = (await api.succeed("GET", path)).json
    assert [entry["sequence"] for entry in first["data"]] == [1, 2]
    entries = await api.timeline(case.json["id"])
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    assert "Probe" not in str(entries)
    assert "Fresno" not in str(entries)


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
