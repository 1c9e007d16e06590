"""Acceptance cases: preview, routes, payers and providers (authorizations.md 16)."""

import asyncio
from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client

RESOLUTIONS = "/v1/prior-auth/authorization-route-resolutions"
ROUTES = "/v1/prior-authorization-routes"
PREVIEW = {
    "submittable",
    "authorizationVersion",
    "requirementsVersion",
    "status",
    "validationIssues",
    "questionStates",
    "supportingDocumentRequests",
}


async def preview(api: Client, case: Answer, body: Any = None, root: str = AUTHORIZATIONS) -> Answer:
    return await api.call("POST", f"{root}/{case.json['id']}/preview", body)


def states(answer: Answer) -> dict[str, Any]:
    return {state.get("path", state["linkId"]): state for state in answer.json["questionStates"]}


async def told_of(api: Client, case: Answer) -> list[Any]:
    """The timeline once the creation is on it."""
    async with asyncio.timeout(10):
        while not (told := await api.timeline(case.json["id"])):
            await asyncio.sleep(0.05)
    return told


async def test_auth_105_preview(api: Client) -> None:
    """AUTH-105"""
    case = await api.create()
    told = await told_of(api, case)
    now = await preview(api, case)
    assert (now.status, set(now.json), now.json["submittable"]) == (200, PREVIEW, False)
    assert (now.json["authorizationVersion"], now.json["requirementsVersion"], now.json["status"]) == (1, 1, "requires_input")
    questions = [issue["field"] for issue in now.json["validationIssues"] if issue["ruleType"] in {"required", "condition"}]
    assert questions == [question["linkId"] for question in case.json["requirements"]["questions"]]
    members = {"field", "code", "message", "severity", "blocking", "ruleType", "relatedKeys"}
    assert all(set(issue) == members for issue in now.json["validationIssues"])
    first_name = {"linkId": "patient.firstName", "enabled": True, "required": True, "answered": False, "blocking": True}
    assert states(now)["patient.firstName"] == first_name
    assert states(now)["q.mri.priorImagingDate"]["enabled"] is False

    full = await preview(api, case, {"questionnaireResponse": {"item": cases.full_answers()}})
    assert (full.json["submittable"], full.json["authorizationVersion"]) == (False, 1)
    assert [(issue["ruleType"], issue["field"]) for issue in full.json["validationIssues"]] == [("document", "clinical_notes")]
    (document,) = full.json["supportingDocumentRequests"]
    assert (document["type"], document["satisfied"]) == ("clinical_notes", False)
    assert states(full)["patient.firstName"]["answered"] is True

    after = await api.get(case.json["id"])
    assert (after.etag, after.json) == (case.etag, case.json)
    assert await api.timeline(case.json["id"]) == told


async def test_auth_105_preview_in_style_c(api: Client) -> None:
    """AUTH-105, style C"""
    case = await api.create()
    now = await preview(api, case, root=PRIOR_AUTHORIZATIONS)
    assert (now.status, set(now.json), now.json["status"]) == (200, PREVIEW, "requires_action")
    assert states(now)["diagnoses[0].code"]["linkId"] == "code"
    full = await preview(api, case, {"answers": {"item": cases.full_nested_answers()}}, PRIOR_AUTHORIZATIONS)
    assert [issue["field"] for issue in full.json["validationIssues"]] == ["clinical_notes"]


async def test_auth_105_preview_follows_the_rules_of_answers(api: Client) -> None:
    """AUTH-105: the rules of 5.3, and every state"""
    case = await api.create()
    unknown = await preview(api, case, {"questionnaireResponse": {"item": [cases.item("nope.x", cases.text("x"))]}})
    assert (unknown.status, unknown.error_code) == (400, "invalid_answer")
    assert [issue["code"] for issue in unknown.json["error"]["issues"]] == ["unknown_link_id"]
    bad: list[Any] = [{"answers": {"item": []}}, {"questionnaireResponse": 1}, []]
    for body in bad:
        assert (await preview(api, case, body)).error_code == "bad_request"
    assert (await preview(api, case, b"{")).error_code == "bad_request"
    gone = await api.call("POST", f"{AUTHORIZATIONS}/auth_unknown/preview", b"{")
    assert (gone.status, gone.error_code) == (404, "authorization_not_found")
    gone = await api.call("POST", f"{PRIOR_AUTHORIZATIONS}/auth_unknown/preview")
    assert (gone.status, gone.error_code) == (404, "prior_authorization_not_found")
    canceled = await api.succeed("POST", f"{AUTHORIZATIONS}/{case.json['id']}/cancel", {}, if_match=case.etag)
    assert (await preview(api, canceled)).json["status"] == "canceled"


async def test_auth_105_a_case_without_blockers_is_submittable(api: Client) -> None:
    """AUTH-105: nothing missing"""
    case = await api.advance_case()
    now = (await preview(api, case, {})).json
    assert (now["submittable"], now["validationIssues"]) == (True, [])
    assert [document["satisfied"] for document in now["supportingDocumentRequests"]] == [True]


def selection(**changes: Any) -> dict[str, Any]:
    return dict(cases.mri_create()["templateSelection"], **changes)


async def resolve(api: Client, npi: str = cases.PROVIDER_NPI, /, **changes: Any) -> Answer:
    mode = {"portalAuthMode": changes.pop("portalAuthMode")} if "portalAuthMode" in changes else {}
    return await api.call("POST", RESOLUTIONS, {"providerNpi": npi, "templateSelection": selection(**changes), **mode})


async def test_auth_107_route_resolution(lonely: Client) -> None:
    """AUTH-107"""
    found = await resolve(lonely)
    assert found.status == 200
    assert found.json == {
        "payerDisplayName": "Evergreen Health Plan",
        "defaultPortalAuthMode": "automated",
        "label": found.json["label"],
        "portalAuthModes": ["automated"],
        "templateId": "imaging-mri-brain",
        "templateVersion": 1,
    }
    assert (await lonely.succeed("GET", AUTHORIZATIONS)).json["data"] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payerId": "payer_dormant"}, "payer_inactive"),
        ({"insuranceState": "NY"}, "state_not_supported"),
        ({"payerId": "payer_summit", "insuranceState": "TX", "serviceType": "drug"}, "service_type_not_supported"),
        ({"payerId": "payer_summit", "insuranceState": "TX"}, "service_code_not_supported"),
        ({"portalAuthMode": "customer_login"}, "portal_auth_mode_not_supported"),
    ],
)
async def test_auth_107_unsupported_routes(api: Client, changes: dict[str, str], reason: str) -> None:
    """AUTH-107 for the cases of AUTH-10: the same answer as create gives"""
    asked = await resolve(api, **changes)
    mode = {name: value for name, value in changes.items() if name == "portalAuthMode"}
    wanted = selection(**{name: value for name, value in changes.items() if name != "portalAuthMode"})
    created = await api.call("POST", AUTHORIZATIONS, cases.mri_create(templateSelection=wanted, **mode))
    assert (asked.status, asked.error_code, asked.json["error"]["details"]) == (409, "unsupported_route", {"reason": reason})
    assert (created.status, created.json["error"]) == (asked.status, asked.json["error"])


async def test_auth_107_other_refusals(lonely: Client) -> None:
    """AUTH-107: provider, payer, form"""
    await lonely.succeed("POST", "/v1/providers", {"npi": "1003000126", "displayName": "Closed Clinic", "status": "inactive"})
    answers = [await resolve(lonely, "1679576722"), await resolve(lonely, "1003000126"), await resolve(lonely, payerId="payer_none")]
    expected = [(404, "provider_not_found"), (409, "provider_access_not_configured"), (404, "payer_not_found")]
    assert [(answer.status, answer.error_code) for answer in answers] == expected
    bad = await resolve(lonely, insuranceState="California", serviceType="home")
    assert (bad.status, bad.error_code, len(bad.json["error"]["issues"])) == (400, "bad_request", 2)


async def test_auth_107_route_resolution_in_style_c(api: Client) -> None:
    """AUTH-107, style C"""
    request = cases.mri_request()["request"]
    found = await api.succeed("POST", f"{ROUTES}/resolve", {"providerNpi": cases.PROVIDER_NPI, "request": request})
    assert found.json == {
        "payerId": "payer_evergreen",
        "payerDisplayName": "Evergreen Health Plan",
        "coverageState": "CA",
        "requestType": "outpatient",
        "supportedServiceCodeSystems": ["cpt"],
        "channel": "fhir_pas",
        "accessMode": "managed",
        "label": found.json["label"],
        "templateId": "imaging-mri-brain",
        "templateVersion": 1,
    }
    refused = await api.call("POST", f"{ROUTES}/resolve", {"providerNpi": cases.PROVIDER_NPI, "request": request | {"coverageState": "NY"}})
    assert (refused.status, refused.json["error"]["details"]) == (409, {"reason": "state_not_supported"})


async def test_auth_108_routes_of_a_provider(api: Client) -> None:
    """AUTH-108"""
    listed = (await api.succeed("GET", f"{ROUTES}?providerNpi=1234567893&payerId=payer_evergreen")).json
    assert listed["providerNpi"] == "1234567893"
    assert {option["coverageState"] for option in listed["options"]} == {"CA", "OR", "WA"}
    assert {option["payerId"] for option in listed["options"]} == {"payer_evergreen"}
    assert listed["pagination"] == {"hasMore": False, "nextCursor": None}
    missing = await api.call("GET", f"{ROUTES}?payerId=payer_evergreen")
    assert (missing.status, missing.error_code) == (400, "bad_request")
    unknown = await api.call("GET", f"{ROUTES}?providerNpi=1679576722")
    assert (unknown.status, unknown.error_code) == (404, "provider_not_found")


async def test_auth_108_filters_and_pages(api: Client) -> None:
    """AUTH-108: what is listed can be resolved, and pages make the whole list"""
    whole = (await api.succeed("GET", f"{ROUTES}?providerNpi=1234567893&limit=100")).json["options"]
    assert {option["payerId"] for option in whole} == {"payer_evergreen", "payer_harbor", "payer_summit"}
    drugs = (await api.succeed("GET", f"{ROUTES}?providerNpi=1234567893&requestType=drug&coverageState=NY")).json["options"]
    assert [(option["payerId"], option["templateId"]) for option in drugs] == [("payer_harbor", "drug-adalimumab")]
    seen: list[Any] = []
    cursor = ""
    while True:
        page = (await api.succeed("GET", f"{ROUTES}?providerNpi=1234567893&limit=4{cursor}")).json
        seen += page["options"]
        if not page["pagination"]["hasMore"]:
            break
        cursor = f"&cursor={page['pagination']['nextCursor']}"
    assert seen == whole
    for query in ("colour=red", "coverageState=California", "requestType=home", "limit=0", "cursor=x"):
        assert (await api.call("GET", f"{ROUTES}?providerNpi=1234567893&{query}")).error_code == "bad_request"


async def test_auth_109_payers(api: Client) -> None:
    """AUTH-109"""

    async def ids(query: str) -> list[str]:
        return [payer["id"] for payer in (await api.succeed("GET", f"/v1/payers?{query}")).json["data"]]

    assert await ids("q=ehp") == ["payer_evergreen"]
    assert await ids("q=MUTUAL") == ["payer_harbor"]
    assert await ids("state=NY") == ["payer_harbor"]
    assert await ids("serviceType=drug") == ["payer_evergreen", "payer_harbor"]
    assert await ids("status=inactive") == ["payer_dormant"]
    assert await ids("") == ["payer_dormant", "payer_evergreen", "payer_harbor", "payer_summit"]
    missing = await api.call("GET", "/v1/payers/payer_none")
    assert (missing.status, missing.error_code) == (404, "payer_not_found")
    assert (await api.call("GET", "/v1/payers?colour=red")).error_code == "bad_request"


async def test_auth_109_one_payer_and_pages(api: Client) -> None:
    """AUTH-109: by id, and page by page"""
    payer = (await api.succeed("GET", "/v1/payers/payer_evergreen")).json
    assert payer == {
        "id": "payer_evergreen",
        "displayName": "Evergreen Health Plan",
        "supportedStates": ["CA", "OR", "WA"],
        "supportedServiceTypes": ["inpatient", "outpatient", "drug"],
        "aliases": ["EHP"],
        "status": "active",
        "lineOfBusiness": "commercial",
    }
    first = (await api.succeed("GET", "/v1/payers?limit=3")).json
    second = (await api.succeed("GET", f"/v1/payers?limit=3&cursor={first['pagination']['nextCursor']}")).json
    assert [payer["id"] for payer in first["data"] + second["data"]][-2:] == ["payer_harbor", "payer_summit"]
    assert second["pagination"]["hasMore"] is False


async def test_auth_110_providers_are_listed_by_npi(lonely: Client, other_tenant: Client) -> None:
    """AUTH-110: the list of the tenant's providers"""
    body = {"npi": "1003000126", "displayName": "B", "taxId": "12-3456789", "metadata": {"site": "7"}}
    made = await lonely.succeed("POST", "/v1/providers", body)
    assert made.headers["Location"] == "/v1/providers/1003000126"
    assert (await lonely.succeed("GET", "/v1/providers/1003000126")).json == made.json
    assert {name: made.json[name] for name in body} == body
    assert (made.json["status"], made.json["warnings"]) == ("active", [])
    first = (await lonely.succeed("GET", "/v1/providers?limit=1")).json
    second = (await lonely.succeed("GET", f"/v1/providers?limit=1&cursor={first['pagination']['nextCursor']}")).json
    assert [provider["npi"] for provider in first["data"] + second["data"]] == ["1003000126", "1234567893"]
    foreign = {provider["npi"] for provider in (await other_tenant.succeed("GET", "/v1/providers?limit=100")).json["data"]}
    assert "1003000126" not in foreign
