from typing import Any

import orjson

from priorbus.contracts.templates import Template
from priorbus.gateway.presentation.style_c.questionnaire import Form

NOTE_INACTIVE = {"active": False, "required": None, "text": None, "options": None}
NOTE_WANTED = {"active": None, "required": True, "text": "Why?", "options": None}


def shown(template: Template, surface: Any = None, answers: Any = None, requests: Any = ()) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = orjson.loads(orjson.dumps(Form(template).questionnaire(surface or {}, answers or {}, requests)))
    return groups


def test_a_section_is_an_item_of_type_group(template: Template) -> None:
    patient = shown(template)[0]
    assert {name: value for name, value in patient.items() if name != "item"} == {
        "linkId": "patient", "text": "Patient", "type": "group", "repeats": False, "minOccurs": 1, "maxOccurs": 1,
    }  # fmt: skip
    first_name = patient["item"][0]
    assert (first_name["linkId"], first_name["type"], first_name["required"], "answerType" in first_name) == (
        "patient.firstName", "string", True, False,
    )  # fmt: skip


def test_a_decimal_is_a_number(template: Template) -> None:
    assert [item["type"] for item in shown(template)[1]["item"]] == ["number", "boolean", "choice"]


def test_deviations_are_merged(template: Template) -> None:
    weeks = shown(template, {"q.weeks": NOTE_INACTIVE})[1]["item"][0]
    assert (weeks["linkId"], weeks["active"], weeks["required"]) == ("q.weeks", False, False)


def test_a_repeating_group_is_one_item_with_leaves(template: Template) -> None:
    group = shown(template, answers={"diagnoses": [{"code": ["A"]}, {"code": ["B"]}]})[2]
    assert (group["type"], group["repeats"], group["minOccurs"], group["maxOccurs"]) == ("group", True, 1, 3)
    assert [leaf["linkId"] for leaf in group["item"]] == ["code", "note"]


def note(template: Template, surface: Any) -> dict[str, Any]:
    leaf: dict[str, Any] = shown(template, surface, {"diagnoses": [{"code": ["A"]}]})[2]["item"][1]
    return leaf


def test_a_leaf_is_active_if_any_occurrence_may_answer_it(template: Template) -> None:
    assert note(template, {"diagnoses.0.note": NOTE_WANTED, "diagnoses.1.note": NOTE_INACTIVE})["active"] is True
    assert note(template, {"diagnoses.0.note": NOTE_INACTIVE, "diagnoses.1.note": NOTE_INACTIVE})["active"] is False


def test_a_leaf_is_required_if_every_occurrence_demands_it(template: Template) -> None:
    assert note(template, {"diagnoses.0.note": NOTE_WANTED})["required"] is False
    assert note(template, {"diagnoses.0.note": NOTE_WANTED, "diagnoses.1.note": NOTE_WANTED})["required"] is True


def test_a_leaf_is_worded_as_in_the_next_occurrence(template: Template) -> None:
    assert note(template, {"diagnoses.0.note": NOTE_WANTED})["text"] == "Note"
    assert note(template, {"diagnoses.1.note": NOTE_WANTED})["text"] == "Why?"


def test_a_leaf_offers_what_some_occurrence_offers(template: Template) -> None:
    coded = template.groups[1].items[2].model_copy(update={"link_id": "diagnoses.note"})
    group = template.groups[2].model_copy(update={"items": (template.groups[2].items[0], coded)})
    changed = template.model_copy(update={"groups": (*template.groups[:2], group)})
    only = {"diagnoses.0.note": {"options": ["clinic"]}, "diagnoses.1.note": {"options": []}}
    assert [option["code"] for option in note(changed, only)["options"]] == ["clinic"]
    assert len(note(changed, {"diagnoses.0.note": {"options": ["clinic"]}})["options"]) == 2


def test_payer_requests_without_documents_are_questions(template: Template) -> None:
    requests = [{"number": 2, "message": "Why twice?", "document_types": []}]
    group = shown(template, requests=requests)[-1]
    assert (group["linkId"], group["type"], [item["linkId"] for item in group["item"]]) == (
        "payer_requests", "group", ["payer.request2.response"],
    )  # fmt: skip
