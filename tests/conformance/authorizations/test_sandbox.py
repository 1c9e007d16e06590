"""Acceptance cases: scenarios and injected payer events (authorizations.md 11, 16)."""

import asyncio
from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client

SCENARIO_IDS = (
    "quickstart_receipt",
    "approve_after_receipt",
    "approve_now",
    "deny_after_receipt",
    "modify_after_receipt",
    "not_required",
    "more_info_then_approve",
    "question_then_deny",
    "discovery",
    "fail",
    "outage_then_approve",
    "hold",
)
RECEIPT = {"type": "receipt", "payerReferenceNumber": "REF-1"}
APPROVAL = {
    "type": "approval",
    "certificationNumber": "CERT-1",
    "approvedStartDate": "2026-12-01",
    "approvedEndDate": "2027-02-28",
    "payerReferenceNumber": "REF-1",
}
DENIAL = {"type": "denial", "denialReasonCode": "3A", "denialReasonMessage": "Not medically necessary"}
MORE_INFORMATION = {"type": "more_info_request", "message": "Send the plan.", "requestedDocuments": ["treatment_plan"]}


async def inject(api: Client, case: Answer, event: Any, root: str = "prior-auth/authorizations", key: str | None = None) -> Answer:
    return await api.call("POST", f"/v1/sandbox/{root}/{case.json['id']}/payer-events", event, key=key)


async def types(api: Client, case: Answer) -> list[str]:
    return [entry["type"].removeprefix("authorization.") for entry in await api.timeline(case.json["id"])]


async def until_told(api: Client, case: Answer, kind: str) -> None:
    """Wait until the timeline has an entry of this kind."""
    async with asyncio.timeout(10):
        while kind not in await types(api, case):
            await asyncio.sleep(0.05)


async def held(api: Client) -> Answer:
    """A case that the payer was sent and says nothing about."""
    case = await api.confirm(await api.advance_case("SBX-HOLD"))
    await until_told(api, case, "submission_attempted")
    return await api.get(case.json["id"])


async def waiting(api: Client) -> Answer:
    case = await api.confirm(await api.advance_case("SBX-RECEIPT"))
    return await api.until(case.json["id"], "waiting_on_payer")


async def canceled(api: Client, case: Answer) -> Answer:
    return await api.succeed("POST", f"{AUTHORIZATIONS}/{case.json['id']}/cancel", {}, if_match=case.etag)


async def test_auth_75_a_receipt_after_the_cancel(api: Client) -> None:
    """AUTH-75"""
    case = await canceled(api, await held(api))
    taken = await inject(api, case, RECEIPT | {"eventId": "late-1"})
    assert (taken.status, taken.json) == (
        202,
        {"authorizationId": case.json["id"], "payerEventId": "late-1", "status": "accepted"},
    )
    after = (await api.get(case.json["id"])).json
    assert (after["status"], after["version"]) == ("canceled", case.json["version"] + 1)
    assert after["submission"]["payerReceipt"]["referenceNumber"] == "REF-1"
    await until_told(api, case, "late_payer_evidence")


async def test_auth_76_a_denial_after_the_end(api: Client) -> None:
    """AUTH-76"""
    case = await api.confirm(await api.advance_case("SBX-APPROVE-NOW"))
    done = await api.until(case.json["id"], "completed")
    assert (await inject(api, done, DENIAL)).status == 202
    after = await api.get(case.json["id"])
    assert (after.json["status"], after.json["outcome"], after.etag) == ("completed", "approved", done.etag)
    assert after.json == done.json
    await until_told(api, case, "late_payer_evidence")


async def test_auth_77_the_same_event_twice(api: Client) -> None:
    """AUTH-77"""
    case = await waiting(api)
    event = APPROVAL | {"eventId": "twice"}
    first, again = await inject(api, case, event), await inject(api, case, event, root="prior-authorizations")
    assert (first.status, again.status) == (202, 202)
    assert first.json == again.json
    await until_told(api, case, "completed")
    seen = await types(api, case)
    assert (seen.count("decision_recorded"), seen.count("completed"), seen.count("late_payer_evidence")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (RECEIPT, ("waiting_on_payer", None)),
        ({"type": "receipt"}, ("waiting_on_payer", None)),
        (APPROVAL, ("completed", "approved")),
        (APPROVAL | {"type": "modification", "modifications": ["Approved quantity 1 of 2"]}, ("completed", "modified")),
        (DENIAL, ("completed", "denied")),
        ({"type": "not_required"}, ("completed", "not_required")),
        ({"type": "failure", "code": "payer_rejected_request", "message": "No such plan."}, ("completed", "failed")),
        (MORE_INFORMATION, ("requires_input", None)),
    ],
)
async def test_auth_77_every_event_takes_effect(api: Client, event: dict[str, Any], expected: tuple[str, str | None]) -> None:
    """AUTH-77: each event type of 11.3 on a case that is held"""
    case = await held(api)
    taken = await inject(api, case, event)
    assert (taken.status, taken.json["payerEventId"][:4]) == (202, "pev_")
    after = (await api.get(case.json["id"])).json
    assert (after["status"], after["outcome"]) == expected
    decision = after["submission"].get("decision", {})
    if "certificationNumber" in event:
        assert (decision["authorizationNumber"], decision["effectiveFrom"][:10]) == ("CERT-1", "2026-12-01")
        assert after["submission"]["payerReceipt"]["referenceNumber"] == "REF-1"
    if event["type"] == "modification":
        assert decision["modifications"] == event["modifications"]
    if event["type"] == "denial":
        assert decision["denialReasons"] == ["Not medically necessary"]
        assert decision["denialReasonCodes"][0]["code"] == "3A"
    if event["type"] == "failure":
        assert after["failure"] == {"code": "payer_rejected_request", "message": "No such plan."}


async def test_auth_77_after_an_injected_request_the_case_goes_on(api: Client) -> None:
    """AUTH-77: a request for information blocks until it is met, and fits again after a receipt"""
    case = await waiting(api)
    await inject(api, case, MORE_INFORMATION | {"resolutionHint": "One page is enough.", "documentFileId": "file_x"})
    asked = await api.get(case.json["id"])
    assert [document["type"] for document in asked.json["requirements"]["documents"]] == ["treatment_plan"]
    assert asked.json["submission"]["payerReceipt"] == case.json["submission"]["payerReceipt"]
    ready = await api.attach(case.json["id"], asked.etag, await api.ready_file(), "treatment_plan")
    assert (await inject(api, ready, APPROVAL | {"documentFileId": "file_y"})).status == 202
    done = (await api.get(case.json["id"])).json
    assert (done["outcome"], done["submission"]["decision"]["details"]) == ("approved", {"documentFileId": "file_y"})


async def test_auth_77_a_repeated_request_is_one_event(api: Client) -> None:
    """AUTH-77: by idempotency key, where the event has no id"""
    case = await waiting(api)
    first, again = [await inject(api, case, APPROVAL, key=f"inject-{case.json['id']}") for _ in range(2)]
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (202, first.body, "true")
    await until_told(api, case, "completed")
    assert (await types(api, case)).count("decision_recorded") == 1


async def test_auth_117_an_event_before_the_payer_has_the_case(api: Client) -> None:
    """AUTH-117"""
    for case in (await api.create(), await api.advance_case()):
        for root in ("prior-auth/authorizations", "prior-authorizations"):
            answer = await inject(api, case, RECEIPT, root)
            assert (answer.status, answer.error_code) == (409, "payer_event_not_applicable")
        assert (await api.get(case.json["id"])).etag == case.etag


async def test_auth_117_bad_events(api: Client) -> None:
    """AUTH-117: the form of an event, and whose case it is"""
    case = await held(api)
    dates = {"approvedStartDate": "2023-02-29"}
    bad: list[Any] = [
        {},
        {"type": "x"},
        {"type": []},
        [],
        {"type": "denial"},
        RECEIPT | {"colour": 1},
        APPROVAL | dates,
        MORE_INFORMATION | {"message": ""},
    ]
    for event in bad:
        answer = await inject(api, case, event)
        assert (answer.status, answer.error_code) == (400, "bad_request"), event
    no_modification = await inject(api, case, APPROVAL | {"type": "modification", "modifications": []})
    assert no_modification.error_code == "bad_request"
    assert (await api.get(case.json["id"])).etag == case.etag
    gone = await api.call("POST", "/v1/sandbox/prior-auth/authorizations/auth_unknown/payer-events", RECEIPT)
    assert (gone.status, gone.error_code) == (404, "authorization_not_found")
    gone = await api.call("POST", "/v1/sandbox/prior-authorizations/auth_unknown/payer-events", b"{")
    assert (gone.status, gone.error_code) == (404, "prior_authorization_not_found")


async def test_auth_117_only_who_may_use_the_sandbox(reader: Client, api: Client) -> None:
    """AUTH-117: the scope sandbox:use"""
    case = await api.create()
    answers = [await reader.call("GET", "/v1/sandbox/scenarios"), await inject(reader, case, RECEIPT)]
    assert [(answer.status, answer.error_code) for answer in answers] == [(403, "insufficient_permissions")] * 2


async def test_auth_115_the_list_of_scenarios(api: Client) -> None:
    """AUTH-115: the resource of 11.4"""
    listed = (await api.succeed("GET", "/v1/sandbox/scenarios")).json
    assert set(listed) == {"version", "data"}
    assert tuple(scenario["id"] for scenario in listed["data"]) == SCENARIO_IDS
    members = {"id", "description", "memberId", "create", "expected", "ciSafe", "suggestedTimeoutSeconds", "endpoints"}
    for scenario in listed["data"]:
        assert set(scenario) == members
        assert set(scenario["expected"]) == {"statuses", "nextActions", "outcomes"}
        assert (await api.succeed("GET", f"/v1/sandbox/scenarios/{scenario['id']}")).json == scenario
    missing = await api.call("GET", "/v1/sandbox/scenarios/nope")
    assert (missing.status, missing.error_code) == (404, "scenario_not_found")


@pytest.mark.parametrize("scenario_id", SCENARIO_IDS)
async def test_auth_115_each_scenario_plays_as_told(api: Client, scenario_id: str) -> None:
    """AUTH-115"""
    scenario = (await api.succeed("GET", f"/v1/sandbox/scenarios/{scenario_id}")).json
    expected = scenario["expected"]
    case = await api.succeed("POST", PRIOR_AUTHORIZATIONS, scenario["create"])
    actions: list[str] = []
    async with asyncio.timeout(scenario["suggestedTimeoutSeconds"]):
        while not await played(api, case, expected["statuses"]):
            case = await api.succeed("GET", f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}")
            if case.json["status"] == "requires_action":
                actions.append(case.json["nextAction"]["type"])
                await resolve(api, case)
            else:
                await asyncio.sleep(0.05)
    done = (await api.succeed("GET", f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}")).json
    assert (done["status"], actions) == (expected["statuses"][-1], expected["nextActions"])
    assert [done["outcome"]] == (expected["outcomes"] or [None])


async def played(api: Client, case: Answer, statuses: list[str]) -> bool:
    """Whether the case went through exactly these statuses; fails as soon as it takes another way."""
    seen = ["requires_action"]
    for entry in await api.timeline(case.json["id"]):
        if entry["type"] == "authorization.status_changed":
            status = "requires_action" if entry["payload"]["to"].startswith("requires_") else entry["payload"]["to"]
            seen += [status] if status != seen[-1] else []
    assert seen == statuses[: len(seen)]
    return len(seen) == len(statuses)


async def resolve(api: Client, case: Answer) -> None:
    """Carry out the open action as a client of style C does."""
    path = f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}"
    if case.json["nextAction"]["resolution"]["kind"] == "confirm":
        await api.succeed("POST", f"{path}/confirm", {}, if_match=case.etag)
        return
    missing = case.json["requirements"]
    if missing["questions"]:
        items = [cases.item(question["linkId"], cases.text("Physical therapy")) for question in missing["questions"]]
        await api.succeed("PATCH", f"{path}/answers", {"answers": {"item": items}}, if_match=case.etag)
    else:
        body = {"fileId": await api.ready_file(), "documentTypes": [document["type"] for document in missing["documents"]]}
        await api.succeed("POST", f"{path}/attachments", body, if_match=case.etag)
