"""Acceptance cases of style C (authorizations.md 16): only what differs from style B, and what both styles see of one case."""

from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client

NEEDS_APPROVAL = {"finalSubmission": "requires_approval"}


async def create(api: Client, **changes: Any) -> Answer:
    return await api.succeed("POST", PRIOR_AUTHORIZATIONS, cases.mri_request(**changes))


async def read(api: Client, case_id: str, part: str = "") -> Answer:
    return await api.succeed("GET", f"{PRIOR_AUTHORIZATIONS}/{case_id}{part}")


async def patch(api: Client, case: Answer, *items: Any) -> Answer:
    path = f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}/answers"
    return await api.call("PATCH", path, {"answers": {"item": list(items)}}, if_match=case.etag)


async def post(api: Client, case: Answer, action: str, body: Any, **options: Any) -> Answer:
    path = f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}/{action}"
    return await api.call("POST", path, body, if_match=case.etag, **options)


async def advance_case(api: Client, member_id: str = "SBX-APPROVE", policy: Any = None) -> Answer:
    answers = {"item": cases.full_nested_answers(member_id)}
    case = await create(api, answers=answers, **({"policy": policy} if policy else {}))
    body = {"fileId": await api.ready_file(), "documentTypes": ["clinical_notes"]}
    return await post(api, case, "attachments", body)


async def approve_case(api: Client) -> Answer:
    case = await post(api, await advance_case(api, policy=NEEDS_APPROVAL), "confirm", {})
    await api.until(case.json["id"], "requires_confirmation:approve_submission")
    return await read(api, case.json["id"])


def groups(answer: Answer) -> dict[str, Any]:
    return {item["linkId"]: item for item in answer.json["questionnaire"]}


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error_code


async def test_auth_01_a_new_case_in_style_c(api: Client) -> None:
    """AUTH-01, style C"""
    case = await create(api, metadata={"externalCaseId": "7"})
    shown = case.json
    assert (case.status, case.etag, case.headers["Location"]) == (201, '"1"', f"{PRIOR_AUTHORIZATIONS}/{shown['id']}")
    assert (shown["status"], shown["policy"], shown["submission"]) == ("requires_action", {"finalSubmission": "automatic"}, {})
    assert shown["request"] == cases.mri_request()["request"]
    assert set(shown["route"]) == {"channel", "accessMode", "label"}
    assert shown["route"]["accessMode"] == "managed"
    assert shown["metadata"] == {"externalCaseId": "7"}
    action = shown["nextAction"]
    assert (action["type"], action["resolution"], action["owner"]) == ("resolve_requirements", {"kind": "update_authorization"}, "customer")
    covers = {"priorAuthorizationVersion": 1, "requirementsVersion": 1, "answersVersion": 1, "attachmentsVersion": 1}
    assert action["covers"] == covers
    style_b_only = {"portalAuthMode", "templateSelection", "questionnaireResponse"}
    assert style_b_only.isdisjoint(shown)
    assert (shown["outcome"], shown["completedAt"], shown["canceledAt"]) == (None, None, None)


async def test_the_questionnaire_in_style_c(api: Client) -> None:
    case = await create(api)
    sections = groups(case)
    assert list(sections)[:3] == ["patient", "subscriber", "coverage"]
    assert {(section["type"], section["repeats"]) for name, section in sections.items() if name != "diagnoses"} == {("group", False)}
    diagnoses = sections["diagnoses"]
    assert (diagnoses["repeats"], diagnoses["minOccurs"], diagnoses["maxOccurs"]) == (True, 1, 12)
    assert [leaf["linkId"] for leaf in diagnoses["item"]] == ["code", "qualifierCode"]
    (weeks,) = [item for section in sections.values() for item in section["item"] if item["linkId"] == "q.mri.symptomWeeks"]
    assert (weeks["type"], weeks["min"], weeks["max"], weeks["active"]) == ("number", "0", "520", True)


async def test_auth_06_policy_of_the_other_style(api: Client) -> None:
    """AUTH-06, style C"""
    answer = await api.call("POST", PRIOR_AUTHORIZATIONS, cases.mri_request(policy={"finalSubmission": "requires_confirmation"}))
    assert refused(answer) == (400, "bad_request")
    body = cases.mri_request()
    del body["policy"]
    assert refused(await api.call("POST", PRIOR_AUTHORIZATIONS, body)) == (400, "final_submission_policy_required")


async def test_auth_14_unknown_and_foreign_ids(api: Client, other_tenant: Client) -> None:
    """AUTH-14, style C"""
    case_id = (await create(api)).json["id"]
    for caller, unknown in ((api, "auth_unknown"), (other_tenant, case_id)):
        for part in ("", "/requirements", "/attachments", "/events"):
            answer = await caller.call("GET", f"{PRIOR_AUTHORIZATIONS}/{unknown}{part}")
            assert refused(answer) == (404, "prior_authorization_not_found")
        answer = await caller.call("POST", f"{PRIOR_AUTHORIZATIONS}/{unknown}/cancel", {}, if_match='"1"')
        assert refused(answer) == (404, "prior_authorization_not_found")
        without_if_match = await caller.call("POST", f"{PRIOR_AUTHORIZATIONS}/{unknown}/cancel", {})
        assert refused(without_if_match) == (404, "prior_authorization_not_found")


async def test_auth_39_siblings_replace_all_occurrences(api: Client) -> None:
    """AUTH-39"""
    case = await create(api, answers={"item": [cases.diagnosis(code) for code in ("G43.909", "G44.1", "R51.9")]})
    case = await patch(api, case, cases.diagnosis("G40.909"), cases.diagnosis("G44.1"))
    assert (case.status, case.json["version"]) == (200, 2)
    siblings = [item for item in case.json["answers"]["item"] if item["linkId"] == "diagnoses"]
    assert siblings == [cases.diagnosis("G40.909"), cases.diagnosis("G44.1")]
    flat = [item for item in (await api.get(case.json["id"])).json["questionnaireResponse"]["item"] if "diagnoses" in item["linkId"]]
    assert flat == [
        cases.item("diagnoses.0.code", cases.text("G40.909")),
        cases.item("diagnoses.1.code", cases.text("G44.1")),
    ]
    cleared = await patch(api, case, {"linkId": "diagnoses", "item": []})
    assert "diagnoses" not in [item["linkId"] for item in cleared.json["answers"]["item"]]


async def test_auth_40_index_keys_are_unknown(api: Client) -> None:
    """AUTH-40"""
    answer = await patch(api, await create(api), cases.item("diagnoses.0.code", cases.text("G43.909")))
    assert refused(answer) == (400, "invalid_answer")
    assert [(issue["code"], issue["field"]) for issue in answer.json["error"]["issues"]] == [("unknown_link_id", "diagnoses.0.code")]


async def test_auth_41_questions_name_leaf_and_path(api: Client) -> None:
    """AUTH-41"""
    only_qualifier = {"linkId": "diagnoses", "item": [cases.item("qualifierCode", cases.choice("ABK"))]}
    case = await patch(api, await create(api), only_qualifier)
    (question,) = [question for question in case.json["requirements"]["questions"] if "diagnoses" in question["path"]]
    assert (question["linkId"], question["path"]) == ("code", "diagnoses[0].code")
    wrong = await patch(api, case, {"linkId": "diagnoses", "item": [cases.item("code", cases.yes())]})
    (issue,) = wrong.json["error"]["issues"]
    assert (issue["code"], issue["field"], issue["path"]) == ("type_mismatch", "code", "diagnoses[0].code")
    flagged = await patch(api, case, cases.diagnosis("nonsense"))
    (issue,) = flagged.json["requirements"]["issues"]
    assert (issue["code"], issue["field"], issue["path"]) == ("pattern_mismatch", "code", "diagnoses[0].code")


async def test_leaves_are_accepted_inside_their_section(api: Client) -> None:
    """5.7"""
    section = {"linkId": "patient", "item": [cases.item("patient.firstName", cases.text("Ada"))]}
    case = await patch(api, await create(api), section)
    assert cases.item("patient.firstName", cases.text("Ada")) in case.json["answers"]["item"]


@pytest.mark.parametrize("body", [{"questionnaireResponse": {"item": []}}, {}, {"answers": {"item": [{"linkId": "a", "item": 5}]}}])
async def test_auth_44_wrong_body_member(api: Client, body: Any) -> None:
    """AUTH-44, style C"""
    case = await create(api)
    answer = await api.call("PATCH", f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}/answers", body, if_match=case.etag)
    assert refused(answer) == (400, "bad_request")


async def test_auth_52_confirm_with_open_requirements(api: Client) -> None:
    """AUTH-52, style C"""
    assert refused(await post(api, await create(api), "confirm", {})) == (409, "requirements_not_satisfied")


async def test_auth_54_confirm_in_a_later_state(api: Client) -> None:
    """AUTH-54, style C; answers and attachments are refused by its code too"""
    held = await post(api, await advance_case(api, "SBX-HOLD"), "confirm", {})
    assert (held.status, held.json["status"]) == (200, "processing")
    assert refused(await post(api, held, "confirm", {})) == (409, "prior_authorization_not_actionable")
    assert refused(await patch(api, held)) == (409, "prior_authorization_not_mutable")
    done = await post(api, await advance_case(api, "SBX-APPROVE-NOW"), "confirm", {})
    await api.until(done.json["id"], "completed")
    completed = await read(api, done.json["id"])
    assert (completed.json["status"], completed.json["outcome"]) == ("completed", "approved")
    assert refused(await post(api, completed, "confirm", {})) == (409, "prior_authorization_not_mutable")


async def test_auth_72_auth_73_cancel(api: Client) -> None:
    """AUTH-72 and AUTH-73, style C"""
    canceled = await post(api, await create(api), "cancel", {"reason": "No longer needed"})
    assert (canceled.status, canceled.json["status"], "nextAction" in canceled.json) == (200, "canceled", False)
    for action in ("confirm", "cancel"):
        assert refused(await post(api, canceled, action, {})) == (409, "prior_authorization_not_mutable")
    in_b = await api.call("POST", f"{AUTHORIZATIONS}/{canceled.json['id']}/cancel", {}, if_match=canceled.etag)
    assert refused(in_b) == (409, "authorization_not_mutable")


async def test_auth_59_accepted_review(api: Client) -> None:
    """AUTH-59"""
    case = await approve_case(api)
    action, snapshot = case.json["nextAction"], case.json["submission"]["reviewSnapshot"]
    assert (case.json["status"], action["type"], action["resolution"]) == ("requires_action", "approve_submission", {"kind": "confirm"})
    assert (snapshot["kind"], snapshot["status"], action["covers"]["reviewSnapshotId"]) == (
        "final_payer_submission",
        "current",
        snapshot["id"],
    )
    assert snapshot["covers"]["priorAuthorizationVersion"] == case.json["version"]
    assert snapshot["answers"] == case.json["answers"]
    missing = await post(api, case, "confirm", {})
    assert (refused(missing), missing.json["error"]["details"]["reason"]) == ((409, "review_stale"), "missing")
    changed = await post(api, case, "attachments", {"fileId": await api.ready_file(), "documentTypes": ["other"]})
    assert changed.json["nextAction"]["type"] == "continue_authorization"
    body = {"acceptedReviewSnapshotId": snapshot["id"]}
    assert refused(await post(api, case, "confirm", body)) == (409, "version_conflict")
    assert refused(await post(api, changed, "confirm", body)) == (409, "review_stale")


async def test_auth_51_an_accepted_review_is_submitted(api: Client) -> None:
    """AUTH-51, style C"""
    case = await approve_case(api)
    body = {"acceptedReviewSnapshotId": case.json["submission"]["reviewSnapshot"]["id"]}
    assert (await post(api, case, "confirm", body)).json["status"] == "processing"
    assert (await api.until(case.json["id"], "completed")).json["outcome"] == "approved"


async def test_auth_93_attach_as_seed_000_has_it(api: Client) -> None:
    """AUTH-93, along the steps of seed 000 in their own words"""
    case = await create(api, answers={"item": cases.full_nested_answers()})
    asked = {"fileName": "clinical-note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    created = (await api.succeed("POST", "/v1/files", asked)).json
    upload = created["upload"]
    assert (created["file"]["status"], upload["strategy"], upload["method"]) == ("pending_upload", "single_put", "PUT")
    await api.succeed(upload["method"], upload["url"], cases.pdf(), headers=upload["headers"])
    complete = await api.succeed("POST", f"/v1/files/{created['file']['id']}/complete")
    assert complete.json["status"] == "ready"

    latest = await read(api, case.json["id"])
    (wanted,) = latest.json["requirements"]["documents"]
    body = {
        "fileId": created["file"]["id"],
        "documentTypes": [wanted["type"]],
        "description": "Most recent oncology visit note",
    }
    attached = await post(api, latest, "attachments", body)
    assert (attached.status, attached.json["version"]) == (200, latest.json["version"] + 1)
    assert (attached.json["status"], attached.json["nextAction"]["type"]) == ("requires_action", "continue_authorization")
    assert attached.json["requirements"]["documents"] == []
    (attachment,) = attached.json["attachments"]
    assert {name: attachment[name] for name in body} == body


async def test_replacing_an_attachment_as_seed_000_has_it(api: Client) -> None:
    """The second list of seed 000: delete, upload and complete, attach with the current version."""
    case = await advance_case(api)
    (attachment,) = case.json["attachments"]
    path = f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}/attachments"
    removed = await api.succeed("DELETE", f"{path}/{attachment['id']}", if_match=case.etag)
    assert [document["type"] for document in removed.json["requirements"]["documents"]] == ["clinical_notes"]
    assert removed.json["nextAction"]["type"] == "resolve_requirements"
    file_id = await api.ready_file(cases.pdf(2048), "clinical-note-2.pdf")
    replaced = await post(api, removed, "attachments", {"fileId": file_id, "documentTypes": ["clinical_notes"]})
    assert [each["fileId"] for each in replaced.json["attachments"]] == [file_id]
    assert replaced.json["nextAction"]["type"] == "continue_authorization"


async def test_auth_103_list_by_status(lonely: Client) -> None:
    """AUTH-103"""
    blocked, advance, approve = await create(lonely), await advance_case(lonely), await approve_case(lonely)
    canceled = await post(lonely, await create(lonely), "cancel", {})

    async def ids(query: str) -> set[str]:
        return {case["id"] for case in (await lonely.succeed("GET", f"{PRIOR_AUTHORIZATIONS}?{query}")).json["data"]}

    assert await ids("status=requires_action") == {case.json["id"] for case in (blocked, advance, approve)}
    assert await ids("status=canceled") == {canceled.json["id"]}
    assert await ids("nextActionType=continue_authorization") == {advance.json["id"]}
    for query in ("status=requires_input", "nextActionType=advance_case"):
        assert refused(await lonely.call("GET", f"{PRIOR_AUTHORIZATIONS}?{query}")) == (400, "bad_request")
    items = (await lonely.succeed("GET", PRIOR_AUTHORIZATIONS)).json["data"]
    assert all({"questionnaire", "answers", "attachments"}.isdisjoint(item) for item in items)
    assert all("reviewSnapshot" not in item["submission"] for item in items)


async def test_auth_104_requirements_and_attachments_reads(api: Client) -> None:
    """AUTH-104, style C"""
    case = await post(api, await create(api), "attachments", {"fileId": await api.ready_file(), "documentTypes": ["clinical_notes"]})
    for member in ("requirements", "attachments"):
        answer = await read(api, case.json["id"], f"/{member}")
        assert (answer.json, answer.etag) == (case.json[member], case.etag)
        again = await api.call("GET", f"{PRIOR_AUTHORIZATIONS}/{case.json['id']}/{member}", headers={"If-None-Match": case.etag})
        assert (again.status, again.body) == (304, b"")


async def test_auth_111_one_case_in_both_styles(api: Client) -> None:
    """AUTH-111"""
    created = await create(api, policy=NEEDS_APPROVAL, answers={"item": cases.full_nested_answers()[1:]})
    case_id = created.json["id"]
    in_b = await api.get(case_id)
    assert (in_b.json["version"], in_b.json["status"]) == (1, "requires_input")
    assert in_b.json["policy"] == {"finalSubmission": "requires_confirmation"}
    assert in_b.json["nextAction"]["id"] == created.json["nextAction"]["id"]
    patched = await api.patch(case_id, in_b.etag, cases.full_answers()[0])
    attached = await api.attach(case_id, patched.etag, await api.ready_file())
    assert (attached.json["version"], attached.json["status"]) == (3, "requires_confirmation")
    in_c = await read(api, case_id)
    assert (in_c.json["version"], in_c.json["status"], in_c.etag) == (3, "requires_action", attached.etag)
    assert in_c.json["policy"] == NEEDS_APPROVAL
    confirmed = await post(api, in_c, "confirm", {})
    assert (confirmed.json["version"], confirmed.json["status"]) == (4, "processing")
    assert (await api.get(case_id)).json["version"] >= 4
    entries = (await read(api, case_id, "/events?limit=100")).json["data"]
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))


async def test_a_replay_is_in_the_style_of_its_path(api: Client) -> None:
    body, key = cases.mri_request(), "style-c-replay"
    first = await api.succeed("POST", PRIOR_AUTHORIZATIONS, body, key=key)
    again = await api.succeed("POST", PRIOR_AUTHORIZATIONS, body, key=key)
    assert (again.json, again.headers["Location"], again.headers["Idempotency-Replayed"]) == (first.json, first.headers["Location"], "true")


async def test_operations_are_in_the_style_of_their_request(api: Client) -> None:
    """1.3, Conventions 7.3"""
    soon = {"Prefer": "respond-async"}
    accepted = await api.succeed("POST", PRIOR_AUTHORIZATIONS, cases.mri_request(), headers=soon)
    done = await settled(api, accepted)
    assert set(done["resource"]) == {"type", "id", "href"}
    assert done["resource"]["href"] == f"{PRIOR_AUTHORIZATIONS}/{done['resource']['id']}"
    case = await read(api, done["resource"]["id"])
    refusal = await settled(api, await post(api, case, "confirm", {}, headers=soon))
    assert (refusal["status"], refusal["error"]["code"], refusal["error"]["httpStatus"]) == ("failed", "requirements_not_satisfied", 409)


async def settled(api: Client, accepted: Answer) -> Any:
    assert accepted.status == 202
    while True:
        operation = (await api.succeed("GET", accepted.headers["Location"])).json
        if operation["status"] != "pending":
            return operation
