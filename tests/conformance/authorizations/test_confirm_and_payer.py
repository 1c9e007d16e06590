"""Acceptance cases: confirm, payer steps, cancel (authorizations.md 16)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client


async def post(api: Client, case: Answer, action: str, body: object, etag: str | None = None, key: str | None = None) -> Answer:
    return await api.call("POST", f"{AUTHORIZATIONS}/{case.json['id']}/{action}", body, if_match=etag or case.etag, key=key)


async def confirmed(api: Client, member_id: str, policy: str = "automatic") -> Answer:
    return await api.confirm(await api.advance_case(member_id, policy))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def approve_case(api: Client) -> Answer:
    case = await confirmed(api, "SBX-APPROVE", "requires_confirmation")
    return await api.until(case.json["id"], "requires_confirmation:approve_submission")


async def types(api: Client, case: Answer) -> list[str]:
    return [entry["type"].removeprefix("authorization.") for entry in await api.timeline(case.json["id"])]


async def test_auth_49_confirm_to_approved(api: Client) -> None:
    """AUTH-49"""
    case = await confirmed(api, "SBX-APPROVE")
    assert case.json["status"] == "processing"
    assert "nextAction" not in case.json
    done = (await api.until(case.json["id"], "completed")).json
    assert (done["outcome"], done["completedAt"] is not None) == ("approved", True)
    assert done["submission"]["decision"]["authorizationNumber"]
    assert done["submission"]["payerReceipt"]
    expected = ["confirmed", "submission_attempted", "payer_receipt_recorded", "decision_recorded", "completed"]
    seen = await types(api, case)
    assert [kind for kind in seen if kind in expected] == expected


async def test_auth_50_auth_51_approve_submission(api: Client) -> None:
    """AUTH-50 and AUTH-51"""
    case = await approve_case(api)
    snapshot, action = case.json["submission"]["reviewSnapshot"], case.json["nextAction"]
    assert action["reviewSnapshotId"] == snapshot["id"]
    assert (snapshot["kind"], snapshot["status"]) == ("final_submission", "current")
    assert snapshot["covers"]["authorizationVersion"] == case.json["version"]
    assert moment(action["expiresAt"]) == moment(snapshot["generatedAt"]) + timedelta(days=7)
    assert (await api.confirm(case)).json["status"] == "processing"
    assert (await api.until(case.json["id"], "completed")).json["outcome"] == "approved"


async def test_auth_52_confirm_with_open_requirements(api: Client) -> None:
    """AUTH-52, style B"""
    case = await api.create()
    answer = await post(api, case, "confirm", {"nextActionId": case.json["nextAction"]["id"]})
    assert (answer.status, answer.error_code) == (409, "next_action_not_confirmable")


async def test_auth_53_confirm_names_the_open_action(api: Client) -> None:
    """AUTH-53"""
    before = await api.advance_case()
    case = await api.patch(before.json["id"], before.etag, cases.item("patient.middleName", cases.text("King")))
    missing = await post(api, case, "confirm", {})
    assert (missing.status, missing.error_code) == (409, "next_action_required")
    for other in (before.json["nextAction"]["id"], "act_00000000000000000000000000"):
        answer = await post(api, case, "confirm", {"nextActionId": other})
        assert (answer.status, answer.error_code) == (409, "next_action_mismatch")


async def test_auth_54_confirm_in_a_later_state(api: Client) -> None:
    """AUTH-54, style B"""
    advance = await api.advance_case("SBX-HOLD")
    body = {"nextActionId": advance.json["nextAction"]["id"]}
    held = await api.confirm(advance)
    assert (await post(api, held, "confirm", body)).error_code == "authorization_not_confirmable"
    done = await api.until((await confirmed(api, "SBX-APPROVE-NOW")).json["id"], "completed")
    assert (await post(api, done, "confirm", body)).error_code == "authorization_not_mutable"


async def test_auth_55_auth_56_confirm_with_a_key(api: Client) -> None:
    """AUTH-55 and AUTH-56"""
    case = await api.advance_case()
    body = {"nextActionId": case.json["nextAction"]["id"]}
    key = f"confirm-{case.json['id']}"
    first = await post(api, case, "confirm", body, key=key)
    await api.until(case.json["id"], "completed")
    again = await post(api, case, "confirm", body, key=key)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    seen = await types(api, case)
    assert (seen.count("confirmed"), seen.count("submission_attempted")) == (1, 1)
    other = await post(api, case, "confirm", {"nextActionId": "act_00000000000000000000000000"}, key=key)
    assert (other.status, other.error_code) == (409, "idempotency_key_reused")


async def test_auth_57_parallel_confirms(api: Client) -> None:
    """AUTH-57"""
    case = await api.advance_case()
    body = {"nextActionId": case.json["nextAction"]["id"]}
    answers = await asyncio.gather(*(post(api, case, "confirm", body) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert next(answer for answer in answers if answer.status == 409).error_code == "authorization_not_confirmable"
    await api.until(case.json["id"], "completed")
    assert (await types(api, case)).count("submission_attempted") == 1


async def test_auth_58_attach_discards_the_preparation(api: Client) -> None:
    """AUTH-58"""
    case = await approve_case(api)
    old = {"nextActionId": case.json["nextAction"]["id"]}
    changed = await api.attach(case.json["id"], case.etag, await api.ready_file(), "other")
    assert changed.json["submission"]["reviewSnapshot"]["status"] == "stale"
    assert changed.json["nextAction"]["type"] == "advance_case"
    assert (await post(api, case, "confirm", old)).error_code == "version_conflict"
    assert (await post(api, changed, "confirm", old)).error_code == "next_action_mismatch"


async def test_auth_60_patch_discards_the_preparation(api: Client) -> None:
    """AUTH-60"""
    case = await approve_case(api)
    changed = await api.patch(case.json["id"], case.etag, cases.item("patient.middleName", cases.text("King")))
    assert (changed.json["status"], changed.json["nextAction"]["type"]) == ("requires_confirmation", "advance_case")
    assert changed.json["submission"]["reviewSnapshot"]["status"] == "stale"


@pytest.mark.parametrize(("urgent", "kind", "hours"), [(False, "standard", 7 * 24), (True, "expedited", 72)])
async def test_auth_62_auth_63_receipt_starts_the_sla_clock(api: Client, urgent: bool, kind: str, hours: int) -> None:
    """AUTH-62 and AUTH-63"""
    case = await api.advance_case("SBX-RECEIPT")
    if urgent:
        items = (
            cases.item("request.isUrgent", cases.yes()),
            cases.item("request.urgencyReason", cases.text("Worsening")),
            cases.item("q.mri.facilityType", cases.choice("hospital_outpatient")),
        )
        case = await api.patch(case.json["id"], case.etag, *items)
    await api.confirm(case)
    waiting = (await api.until(case.json["id"], "waiting_on_payer")).json
    receipt = waiting["submission"]["payerReceipt"]
    assert (receipt["channel"], receipt["referenceNumber"][:4]) == ("sandbox", "SBX-")
    sla = waiting["sla"]
    assert sla["kind"] == kind
    assert moment(sla["dueAt"]) == moment(sla["startedAt"]) + timedelta(hours=hours)
    assert sla["startedAt"] == receipt["receivedAt"]


async def test_auth_64_waiting_on_payer_refuses_writes(api: Client) -> None:
    """AUTH-64"""
    advance = await api.advance_case("SBX-RECEIPT")
    action = advance.json["nextAction"]["id"]
    attachment = advance.json["attachments"][0]["id"]
    await api.confirm(advance)
    case = await api.until(advance.json["id"], "waiting_on_payer")
    path = f"{AUTHORIZATIONS}/{case.json['id']}"
    writes = [
        await api.call("PATCH", f"{path}/answers", cases.answers(), if_match=case.etag),
        await api.call("POST", f"{path}/attachments", {"fileId": "file_x", "documentTypes": ["other"]}, if_match=case.etag),
        await api.call("DELETE", f"{path}/attachments/{attachment}", if_match=case.etag),
        await post(api, case, "confirm", {"nextActionId": action}),
    ]
    assert [write.error_code for write in writes] == ["authorization_not_mutable"] * 3 + ["authorization_not_confirmable"]


async def test_auth_65_payer_asks_for_a_document(api: Client) -> None:
    """AUTH-65"""
    case = await confirmed(api, "SBX-INFO")
    asked = await api.until(case.json["id"], "requires_input")
    assert [document["type"] for document in asked.json["requirements"]["documents"]] == ["treatment_plan"]
    assert asked.json["submission"]["payerReceipt"]
    stale = await api.call("PATCH", f"{AUTHORIZATIONS}/{case.json['id']}/answers", cases.answers(), if_match=case.etag)
    assert (stale.status, stale.error_code) == (409, "version_conflict")
    known, present = case.json["version"], asked.json["version"]
    assert stale.json["error"]["details"] == {"expectedVersion": known, "actualVersion": present}
    ready = await api.attach(case.json["id"], asked.etag, await api.ready_file(), "treatment_plan")
    await api.confirm(ready)
    assert (await api.until(case.json["id"], "completed")).json["outcome"] == "approved"
    assert (await types(api, case)).count("submission_attempted") == 2


async def test_auth_66_earlier_document_does_not_satisfy_the_payer(api: Client) -> None:
    """AUTH-66"""
    case = await api.advance_case("SBX-INFO")
    case = await api.attach(case.json["id"], case.etag, await api.ready_file(), "treatment_plan")
    await api.confirm(case)
    asked = await api.until(case.json["id"], "requires_input")
    assert [document["type"] for document in asked.json["requirements"]["documents"]] == ["treatment_plan"]


async def test_auth_67_payer_asks_a_question(api: Client) -> None:
    """AUTH-67"""
    case = await confirmed(api, "SBX-QUESTION")
    asked = await api.until(case.json["id"], "requires_input")
    assert [question["linkId"] for question in asked.json["requirements"]["questions"]] == ["payer.request1.response"]
    group = asked.json["questionnaire"][-1]
    assert (group["title"], [(item["linkId"], item["required"]) for item in group["items"]]) == (
        "Payer requests",
        [("payer.request1.response", True)],
    )
    ready = await api.patch(case.json["id"], asked.etag, cases.item("payer.request1.response", cases.text("Six weeks of therapy")))
    await api.confirm(ready)
    done = (await api.until(case.json["id"], "completed")).json
    assert done["outcome"] == "denied"
    assert done["submission"]["decision"]["denialReasons"]


async def test_auth_68_preparation_finds_a_document(api: Client) -> None:
    """AUTH-68"""
    case = await confirmed(api, "SBX-DISCOVER")
    found = await api.until(case.json["id"], "requires_input")
    assert [document["type"] for document in found.json["requirements"]["documents"]] == ["treatment_plan"]
    ready = await api.attach(case.json["id"], found.etag, await api.ready_file(), "treatment_plan")
    await api.confirm(ready)
    assert (await api.until(case.json["id"], "completed")).json["outcome"] == "approved"

    supplied = await api.advance_case("SBX-DISCOVER")
    supplied = await api.attach(supplied.json["id"], supplied.etag, await api.ready_file(), "treatment_plan")
    await api.confirm(supplied)
    again = await api.until(supplied.json["id"], "requires_confirmation")
    assert again.json["nextAction"]["type"] == "advance_case"
    await api.confirm(again)
    assert (await api.until(supplied.json["id"], "completed")).json["outcome"] == "approved"


@pytest.mark.parametrize(
    ("member_id", "outcome"),
    [
        ("SBX-APPROVE-NOW", "approved"),
        ("SBX-DENY", "denied"),
        ("SBX-MODIFY", "modified"),
        ("SBX-NOTREQ", "not_required"),
        ("SBX-FAIL", "failed"),
    ],
)
async def test_auth_69_outcomes(api: Client, member_id: str, outcome: str) -> None:
    """AUTH-69"""
    case = await confirmed(api, member_id)
    done = (await api.until(case.json["id"], "completed")).json
    decision = done["submission"].get("decision")
    assert done["outcome"] == outcome
    assert (decision is None) == (outcome in {"not_required", "failed"})
    if outcome == "modified":
        assert decision["modifications"] == ["Approved quantity 1 of 2"]
    if outcome == "denied":
        assert decision["denialReasons"] == ["Not medically necessary"]
    if outcome == "failed":
        assert done["failure"]["code"] == "payer_rejected_request"


async def test_auth_70_outage_is_retried(api: Client) -> None:
    """AUTH-70"""
    case = await confirmed(api, "SBX-OUTAGE")
    assert (await api.until(case.json["id"], "completed", seconds=60)).json["outcome"] == "approved"
    seen = await types(api, case)
    assert (seen.count("submission_attempted"), seen.count("submission_failed")) == (3, 2)


async def test_auth_72_cancel_at_every_point(api: Client) -> None:
    """AUTH-72"""
    advance = await api.advance_case()
    waiting = await api.until((await confirmed(api, "SBX-RECEIPT")).json["id"], "waiting_on_payer")
    for case in (await api.create(), advance, await approve_case(api), await confirmed(api, "SBX-HOLD"), waiting):
        current = await api.get(case.json["id"])
        answer = await post(api, current, "cancel", {"reason": "Patient moved"})
        if answer.status == 409:  # a worker step of the held case came in between
            answer = await post(api, await api.get(case.json["id"]), "cancel", {"reason": "Patient moved"})
        assert (answer.status, answer.json["status"], answer.json["outcome"]) == (200, "canceled", None)
        assert answer.json["canceledAt"]
        assert "nextAction" not in answer.json


async def test_auth_73_cancel_refusals_and_replay(api: Client) -> None:
    """AUTH-73"""
    case = await api.create()
    assert (await post(api, case, "cancel", {}, etag='"7"')).error_code == "version_conflict"
    key = f"cancel-{case.json['id']}"
    first = await post(api, case, "cancel", {}, key=key)
    again = await post(api, case, "cancel", {}, key=key)
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (200, first.body, "true")
    done = await api.until((await confirmed(api, "SBX-APPROVE-NOW")).json["id"], "completed")
    assert (await post(api, done, "cancel", {})).error_code == "authorization_not_mutable"
