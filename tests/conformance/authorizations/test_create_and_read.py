"""Acceptance cases: create and read (authorizations.md 16)."""

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Client

MRI_QUESTIONS = [
    "patient.firstName",
    "patient.lastName",
    "patient.dateOfBirth",
    "patient.gender",
    "patient.address.line1",
    "patient.address.city",
    "patient.address.state",
    "patient.address.zip",
    "coverage.memberId",
    "service.startDate",
    "diagnoses.0.code",
    "q.mri.indication",
    "q.mri.symptomWeeks",
    "q.mri.priorImaging",
    "q.mri.contrastAllergy",
    "q.mri.renalDisease",
    "q.mri.facilityType",
]
REQUIRED_MEMBERS = {
    "id",
    "version",
    "status",
    "policy",
    "providerNpi",
    "payer",
    "templateSelection",
    "questionnaire",
    "questionnaireResponse",
    "requirements",
    "submission",
    "createdAt",
    "updatedAt",
}


async def test_auth_01_create_without_answers(api: Client) -> None:
    """AUTH-01"""
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create())
    case = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"{AUTHORIZATIONS}/{case['id']}"
    assert answer.etag == '"1"'
    assert (case["version"], case["status"], case["portalAuthMode"]) == (1, "requires_input", "automated")
    action = case["nextAction"]
    assert (action["type"], action["owner"], action["authorizationVersion"]) == ("provide_requirements", "customer", 1)
    assert [case["outcome"], case["completedAt"], case["canceledAt"]] == [None, None, None]
    assert case["submission"] == {}


async def test_auth_02_requirements_of_a_new_case(api: Client) -> None:
    """AUTH-02"""
    requirements = (await api.create()).json["requirements"]
    assert requirements["version"] == 1
    assert [question["linkId"] for question in requirements["questions"]] == MRI_QUESTIONS
    assert [document["type"] for document in requirements["documents"]] == ["clinical_notes"]
    assert requirements["issues"] == []


async def test_auth_03_defaults_and_computed_answers(api: Client) -> None:
    """AUTH-03"""
    items = {item["linkId"]: item["answer"] for item in (await api.create()).json["questionnaireResponse"]["item"]}
    assert items["subscriber.isPatient"] == [{"valueBoolean": True}]
    assert items["request.isUrgent"] == [{"valueBoolean": False}]
    assert items["providers.prescribing.identifiers.npi"] == [{"valueString": cases.PROVIDER_NPI}]
    assert items["service.code"] == [{"valueString": "70553"}]


async def test_auth_04_create_with_full_answers(api: Client) -> None:
    """AUTH-04"""
    case = (await api.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()}))).json
    assert case["status"] == "requires_input"
    assert (case["requirements"]["questions"], case["requirements"]["issues"]) == ([], [])
    assert [document["type"] for document in case["requirements"]["documents"]] == ["clinical_notes"]


async def test_auth_05_policy_is_required(api: Client) -> None:
    """AUTH-05"""
    body = cases.mri_create()
    del body["policy"]
    answer = await api.call("POST", AUTHORIZATIONS, body)
    assert (answer.status, answer.error_code) == (400, "final_submission_policy_required")


async def test_auth_06_policy_of_the_other_style(api: Client) -> None:
    """AUTH-06, style B"""
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create(policy={"finalSubmission": "requires_approval"}))
    assert (answer.status, answer.error_code) == (400, "bad_request")


async def test_auth_07_unknown_provider(api: Client) -> None:
    """AUTH-07"""
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create(providerNpi="1679576722"))
    assert (answer.status, answer.error_code) == (404, "provider_not_found")


async def test_auth_09_unknown_payer(api: Client) -> None:
    """AUTH-09"""
    selection = cases.mri_create()["templateSelection"] | {"payerId": "payer_none"}
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create(templateSelection=selection))
    assert (answer.status, answer.error_code) == (404, "payer_not_found")


@pytest.mark.parametrize(
    ("selection", "members", "reason"),
    [
        ({"payerId": "payer_dormant"}, {}, "payer_inactive"),
        ({"insuranceState": "NY"}, {}, "state_not_supported"),
        ({"payerId": "payer_summit", "insuranceState": "TX", "serviceType": "drug"}, {}, "service_type_not_supported"),
        ({"payerId": "payer_summit", "insuranceState": "TX"}, {}, "service_code_not_supported"),
        ({}, {"portalAuthMode": "customer_login"}, "portal_auth_mode_not_supported"),
    ],
)
async def test_auth_10_unsupported_routes(api: Client, selection: dict[str, str], members: dict[str, str], reason: str) -> None:
    """AUTH-10"""
    body = cases.mri_create(templateSelection=cases.mri_create()["templateSelection"] | selection, **members)
    answer = await api.call("POST", AUTHORIZATIONS, body)
    assert (answer.status, answer.error_code) == (409, "unsupported_route")
    assert answer.json["error"]["details"]["reason"] == reason


async def test_auth_11_bad_initial_answer_creates_nothing(lonely: Client) -> None:
    """AUTH-11"""
    before = (await lonely.succeed("GET", AUTHORIZATIONS)).json["data"]
    body = cases.mri_create(questionnaireResponse={"item": [cases.item("nope.x", cases.text("1"))]})
    answer = await lonely.call("POST", AUTHORIZATIONS, body)
    assert (answer.status, answer.error_code) == (400, "invalid_answer")
    assert answer.json["error"]["issues"][0]["code"] == "unknown_link_id"
    assert (await lonely.succeed("GET", AUTHORIZATIONS)).json["data"] == before


async def test_auth_12_selection_outside_its_enums(api: Client) -> None:
    """AUTH-12"""
    selection = cases.mri_create()["templateSelection"] | {"insuranceState": "California", "serviceType": "home"}
    answer = await api.call("POST", AUTHORIZATIONS, cases.mri_create(templateSelection=selection))
    assert (answer.status, answer.error_code) == (400, "bad_request")
    assert len(answer.json["error"]["issues"]) == 2


async def test_auth_13_not_modified(api: Client) -> None:
    """AUTH-13"""
    case = await api.create()
    answer = await api.call("GET", f"{AUTHORIZATIONS}/{case.json['id']}", headers={"If-None-Match": case.etag})
    assert (answer.status, answer.body) == (304, b"")


async def test_auth_14_unknown_and_foreign_ids(api: Client, other_tenant: Client) -> None:
    """AUTH-14, style B"""
    case_id = (await api.create()).json["id"]
    for caller, unknown in ((api, "auth_unknown"), (other_tenant, case_id)):
        answer = await caller.call("GET", f"{AUTHORIZATIONS}/{unknown}")
        assert (answer.status, answer.error_code) == (404, "authorization_not_found")


async def test_auth_15_read_your_writes(gateways: list[Client]) -> None:
    """AUTH-15"""
    case = await gateways[0].create()
    for turn in range(100):
        writer, reader = gateways[turn % len(gateways)], gateways[(turn + 1) % len(gateways)]
        case = await writer.patch(case.json["id"], case.etag, cases.item("patient.firstName", cases.text(f"Ada{turn}")))
        assert (await reader.get(case.json["id"])).json["version"] >= case.json["version"]


async def test_auth_16_required_members(api: Client) -> None:
    """AUTH-16, style B members"""
    created = await api.create()
    read = await api.get(created.json["id"])
    assert created.json.keys() >= REQUIRED_MEMBERS
    assert read.json == created.json
