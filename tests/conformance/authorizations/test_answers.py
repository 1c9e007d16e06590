"""Acceptance cases: answers (authorizations.md 16)."""

from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client

PRIOR_IMAGING = "q.mri.priorImaging"


async def patch(api: Client, case: Answer, *items: Any) -> Answer:
    return await api.call("PATCH", f"{AUTHORIZATIONS}/{case.json['id']}/answers", cases.answers(*items), if_match=case.etag)


async def answered(api: Client, *items: Any) -> Answer:
    """A case with full answers and these on top."""
    case = await api.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()}))
    return await api.patch(case.json["id"], case.etag, *items) if items else case


def question_ids(answer: Answer) -> list[str]:
    return [question["linkId"] for question in answer.json["requirements"]["questions"]]


def issues(answer: Answer) -> list[tuple[str, str]]:
    return [(issue["code"], issue["severity"]) for issue in answer.json["requirements"]["issues"]]


def stored(answer: Answer) -> dict[str, Any]:
    return {item["linkId"]: item["answer"] for item in answer.json["questionnaireResponse"]["item"]}


def surface(answer: Answer) -> dict[str, Any]:
    return {item["linkId"]: item for group in answer.json["questionnaire"] for item in group["items"]}


def refused(answer: Answer) -> tuple[int, str, list[str]]:
    return answer.status, answer.error_code, [issue["code"] for issue in answer.json["error"]["issues"]]


async def test_auth_17_one_answer(api: Client) -> None:
    """AUTH-17"""
    case = await api.create()
    answer = await patch(api, case, cases.item("patient.firstName", cases.text("Ada")))
    assert (answer.status, answer.json["version"], answer.etag) == (200, 2, '"2"')
    assert question_ids(answer) == question_ids(case)[1:]
    assert answer.json["nextAction"]["id"] != case.json["nextAction"]["id"]


async def test_auth_18_same_answer_again(api: Client) -> None:
    """AUTH-18"""
    case = await api.create()
    first = await patch(api, case, cases.item("patient.firstName", cases.text("Ada")))
    entries = await api.timeline(case.json["id"])
    again = await patch(api, first, cases.item("patient.firstName", cases.text("Ada")))
    assert (again.status, again.json) == (200, first.json)
    assert await api.timeline(case.json["id"]) == entries


async def test_auth_19_stale_writer(api: Client) -> None:
    """AUTH-19"""
    case = await api.create()
    await patch(api, case, cases.item("patient.firstName", cases.text("Ada")))
    late = await patch(api, case, cases.item("patient.firstName", cases.text("Bea")))
    assert (late.status, late.error_code) == (409, "version_conflict")
    assert late.json["error"]["details"] == {"expectedVersion": 1, "actualVersion": 2}


@pytest.mark.parametrize(
    ("tag", "status", "code"), [(None, 428, "precondition_required"), *(((t), 400, "bad_request") for t in ('W/"2"', "2", "*"))]
)
async def test_auth_20_if_match_forms(api: Client, tag: str | None, status: int, code: str) -> None:
    """AUTH-20"""
    case_id = (await api.create()).json["id"]
    answer = await api.call("PATCH", f"{AUTHORIZATIONS}/{case_id}/answers", cases.answers(), if_match=tag)
    assert (answer.status, answer.error_code) == (status, code)


async def test_auth_21_unknown_link_id(api: Client) -> None:
    """AUTH-21"""
    case = await api.create()
    answer = await patch(api, case, cases.item("nope.x", cases.text("1")), cases.item("patient.firstName", cases.text("Ada")))
    assert refused(answer) == (400, "invalid_answer", ["unknown_link_id"])
    after = await api.get(case.json["id"])
    assert ("patient.firstName" in stored(after), after.etag) == (False, case.etag)


async def test_auth_22_duplicate_link_id(api: Client) -> None:
    """AUTH-22"""
    twice = cases.item("patient.firstName", cases.text("Ada"))
    assert refused(await patch(api, await api.create(), twice, twice)) == (400, "invalid_answer", ["duplicate_link_id"])


@pytest.mark.parametrize(
    "item",
    [
        cases.item(PRIOR_IMAGING, cases.text("true")),
        cases.item("patient.dateOfBirth", cases.date("2023-02-29")),
        cases.item("q.mri.symptomWeeks", {"valueDecimal": "8"}),
        cases.item("patient.firstName", {"valueString": "Ada", "valueBoolean": True}),
    ],
)
async def test_auth_23_wrong_types(api: Client, item: Any) -> None:
    """AUTH-23"""
    assert refused(await patch(api, await api.create(), item)) == (400, "invalid_answer", ["type_mismatch"])


async def test_auth_24_inactive_item(api: Client) -> None:
    """AUTH-24"""
    case = await answered(api)
    answer = await patch(api, case, cases.item("q.mri.priorImagingDate", cases.date("2026-01-05")))
    assert refused(answer) == (400, "invalid_answer", ["answer_not_allowed"])


async def imaged(api: Client) -> Answer:
    """A case with full answers and an earlier imaging."""
    return await answered(api, cases.item(PRIOR_IMAGING, cases.yes()), cases.item("q.mri.priorImagingDate", cases.date("2026-01-05")))


async def test_auth_25_one_body_activates_and_answers(api: Client) -> None:
    """AUTH-25"""
    case = await imaged(api)
    assert stored(case)[PRIOR_IMAGING] == [{"valueBoolean": True}]
    assert stored(case)["q.mri.priorImagingDate"] == [{"valueDate": "2026-01-05"}]
    assert [document["type"] for document in case.json["requirements"]["documents"]] == ["clinical_notes", "imaging_report"]


async def test_auth_26_a_deactivated_item_loses_its_answer(api: Client) -> None:
    """AUTH-26"""
    case = await imaged(api)
    cleared = await patch(api, case, cases.item(PRIOR_IMAGING, cases.no()))
    assert "q.mri.priorImagingDate" not in stored(cleared)
    assert [document["type"] for document in cleared.json["requirements"]["documents"]] == ["clinical_notes"]
    patches = [entry for entry in await api.timeline(case.json["id"]) if entry["type"] == "authorization.answers_patched"]
    assert patches[-1]["payload"]["clearedLinkIds"] == ["q.mri.priorImagingDate"]


async def test_auth_27_computed_item(api: Client) -> None:
    """AUTH-27"""
    answer = await patch(api, await api.create(), cases.item("providers.prescribing.identifiers.npi", cases.text("1")))
    assert refused(answer) == (400, "invalid_answer", ["answer_not_allowed"])


async def test_auth_28_pattern(api: Client) -> None:
    """AUTH-28"""
    case = await answered(api, cases.item("patient.address.zip", cases.text("1")))
    assert stored(case)["patient.address.zip"] == [{"valueString": "1"}]
    assert case.json["requirements"]["questions"] == [{"linkId": "patient.address.zip", "message": "Enter 5 or 9 digits."}]
    assert issues(case) == [("pattern_mismatch", "error")]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (cases.item("q.mri.symptomWeeks", cases.number(9999)), "out_of_range"),
        (cases.item("patient.firstName", cases.text("A" * 61)), "too_long"),
        (cases.item("q.mri.facilityType", cases.choice("emergency")), "option_not_allowed"),
    ],
)
async def test_auth_29_rule_breaking_answers_are_flagged(api: Client, item: Any, code: str) -> None:
    """AUTH-29"""
    case = await answered(api, item)
    assert issues(case) == [(code, "error")]
    assert question_ids(case) == [item["linkId"]]


async def test_auth_30_values_when(api: Client) -> None:
    """AUTH-30"""
    case = await answered(api, cases.item("request.isUrgent", cases.yes()))
    items = surface(case)
    assert items["request.urgencyReason"]["required"] is True
    assert [option["code"] for option in items["q.mri.facilityType"]["options"]] == ["hospital_outpatient", "emergency"]
    assert issues(case) == [("option_not_allowed", "error")]
    assert stored(case)["q.mri.facilityType"] == [{"valueCoding": {"code": "freestanding"}}]
    assert question_ids(case) == ["request.urgencyReason", "q.mri.facilityType"]


async def test_auth_31_text_when(api: Client) -> None:
    """AUTH-31"""
    items = surface(await answered(api, cases.item("q.mri.indication", cases.choice("seizure"))))
    assert items["q.mri.symptomWeeks"]["text"] == "Weeks since the first seizure"
    assert items["q.mri.redFlags"]["required"] is False


async def test_auth_32_answer_counts(api: Client) -> None:
    """AUTH-32"""
    flags = [cases.choice(code) for code in ("thunderclap", "neuro_deficit", "papilledema", "cancer_history", "none", "none")]
    case = await answered(api, cases.item("q.mri.redFlags", *flags[:2]))
    assert len(stored(case)["q.mri.redFlags"]) == 2
    assert refused(await patch(api, case, cases.item("q.mri.redFlags", *flags))) == (400, "invalid_answer", ["too_many_answers"])


async def test_auth_33_template_rule(api: Client) -> None:
    """AUTH-33"""
    flags, early = cases.item("q.mri.redFlags", cases.choice("none")), cases.item("q.mri.symptomWeeks", cases.number(2))
    case = await patch(api, await api.advance_case(), flags, early)
    assert (issues(case), case.json["status"]) == ([("headache_without_red_flags", "error")], "requires_input")
    case = await patch(api, case, cases.item("q.mri.symptomWeeks", cases.number(8)))
    assert (issues(case), case.json["status"]) == ([], "requires_confirmation")


async def test_auth_34_warning_does_not_block(api: Client) -> None:
    """AUTH-34"""
    case = await api.advance_case()
    labs = cases.item("q.mri.renalDisease", cases.yes()), cases.item("q.mri.egfr", cases.number(20))
    case = await api.patch(case.json["id"], case.etag, *labs)
    assert issues(case) == [("egfr_low", "warning")]
    case = await api.attach(case.json["id"], case.etag, await api.ready_file(), "lab_results")
    assert case.json["status"] == "requires_confirmation"


async def test_auth_35_clearing(api: Client) -> None:
    """AUTH-35"""
    assert question_ids(await answered(api, cases.item("patient.firstName"))) == ["patient.firstName"]


async def test_auth_36_next_occurrence_and_gap(api: Client) -> None:
    """AUTH-36"""
    case = await answered(api, cases.item("diagnoses.1.code", cases.text("G44.1")))
    assert (stored(case)["diagnoses.0.code"], stored(case)["diagnoses.1.code"]) == (
        [{"valueString": "G43.909"}],
        [{"valueString": "G44.1"}],
    )
    gap = await patch(api, case, cases.item("diagnoses.3.code", cases.text("G44.1")))
    assert refused(gap) == (400, "invalid_answer", ["occurrence_gap"])


async def test_auth_37_later_occurrences_move_down(api: Client) -> None:
    """AUTH-37"""
    case = await answered(api, cases.item("diagnoses.1.code", cases.text("G44.1")))
    case = await patch(api, case, cases.item("diagnoses.0.code"))
    assert (case.status, stored(case)["diagnoses.0.code"]) == (200, [{"valueString": "G44.1"}])
    assert "diagnoses.1.code" not in stored(case)


async def test_auth_38_too_many_occurrences(api: Client) -> None:
    """AUTH-38"""
    many = [cases.item(f"diagnoses.{n}.code", cases.text("G44.1")) for n in range(13)]
    answer = await patch(api, await api.create(), *many)
    assert (answer.status, answer.error_code) == (400, "invalid_answer")
    assert {issue["code"] for issue in answer.json["error"]["issues"]} == {"too_many_occurrences"}


def adalimumab() -> dict[str, Any]:
    selection = {
        "payerId": "payer_evergreen",
        "insuranceState": "CA",
        "serviceType": "drug",
        "serviceCode": "J0135",
        "serviceCodeSystem": "hcpcs",
    }
    return cases.mri_create(templateSelection=selection)


def therapy(number: int, outcome: str) -> list[Any]:
    group = f"q.priorTherapies.{number}"
    return [
        cases.item(f"{group}.name", cases.text("Methotrexate")),
        cases.item(f"{group}.startDate", cases.date("2025-01-10")),
        cases.item(f"{group}.outcome", cases.choice(outcome)),
    ]


async def test_auth_42_same_group_scope(api: Client) -> None:
    """AUTH-42"""
    case = await api.create(adalimumab())
    case = await api.patch(case.json["id"], case.etag, *therapy(0, "other"), *therapy(1, "intolerance"))
    items = surface(case)
    assert (items["q.priorTherapies.0.outcomeDetail"]["required"], items["q.priorTherapies.0.outcomeDetail"]["active"]) == (True, True)
    assert items["q.priorTherapies.1.outcomeDetail"]["active"] is False


async def test_auth_43_step_therapy(api: Client) -> None:
    """AUTH-43"""
    case = await api.create(adalimumab())
    case = await api.patch(case.json["id"], case.etag, cases.item("q.drug.therapyStage", cases.choice("new_start")))
    assert ("step_therapy", "error") in issues(case)
    case = await api.patch(case.json["id"], case.etag, *therapy(0, "intolerance"))
    assert ("step_therapy", "error") not in issues(case)


@pytest.mark.parametrize("body", [{"answers": {"item": []}}, {}])
async def test_auth_44_wrong_body_member(api: Client, body: Any) -> None:
    """AUTH-44, style B"""
    case = await api.create()
    answer = await api.call("PATCH", f"{AUTHORIZATIONS}/{case.json['id']}/answers", body, if_match=case.etag)
    assert (answer.status, answer.error_code) == (400, "bad_request")


async def test_auth_45_order_of_guards(api: Client) -> None:
    """AUTH-45"""
    case = await api.create()
    bad = {"questionnaireResponse": {"item": "none"}}
    answer = await api.call("PATCH", f"{AUTHORIZATIONS}/{case.json['id']}/answers", bad, if_match='"9"')
    assert (answer.status, answer.error_code) == (409, "version_conflict")
    held = await api.confirm(await api.advance_case("SBX-HOLD"))
    answer = await patch(api, held, cases.item("nope.x", cases.text("1")))
    assert (answer.status, answer.error_code) == (409, "authorization_not_mutable")


async def test_auth_46_same_inputs_same_requirements(api: Client) -> None:
    """AUTH-46, however the answers came"""
    file_id = await api.ready_file()
    special = [cases.item("request.isUrgent", cases.yes()), cases.item("patient.address.zip", cases.text("1"))]
    given = {item["linkId"]: item for item in [*cases.full_answers(), *special] if item["linkId"] != PRIOR_IMAGING}
    one = await api.create(cases.mri_create(questionnaireResponse={"item": list(given.values())}))
    one = await api.attach(one.json["id"], one.etag, file_id)
    two = await api.create()
    two = await api.attach(two.json["id"], two.etag, file_id)
    for item in reversed(given.values()):
        two = await api.patch(two.json["id"], two.etag, item)
    asked = ["patient.address.zip", "request.urgencyReason", PRIOR_IMAGING, "q.mri.facilityType"]
    assert question_ids(one) == asked
    assert {**one.json["requirements"], "version": 0} == {**two.json["requirements"], "version": 0}


async def test_auth_47_the_last_blocker(api: Client) -> None:
    """AUTH-47"""
    case = await api.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()[1:]}))
    case = await api.attach(case.json["id"], case.etag, await api.ready_file())
    case = await api.patch(case.json["id"], case.etag, cases.full_answers()[0])
    assert (case.json["status"], case.json["nextAction"]["type"]) == ("requires_confirmation", "advance_case")


async def test_auth_48_a_new_blocker(api: Client) -> None:
    """AUTH-48"""
    case = await api.advance_case()
    case = await api.patch(case.json["id"], case.etag, cases.item("q.mri.renalDisease", cases.yes()))
    assert (case.json["status"], case.json["nextAction"]["type"]) == ("requires_input", "provide_requirements")
