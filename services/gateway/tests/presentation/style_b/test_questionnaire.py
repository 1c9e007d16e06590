from typing import Any

import orjson

from priorbus.contracts.templates import Template
from priorbus.gateway.presentation.style_b.questionnaire import Form


def shown(template: Template, surface: Any = None, answers: Any = None, requests: Any = ()) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = orjson.loads(orjson.dumps(Form(template).questionnaire(surface or {}, answers or {}, requests)))
    return groups


def link_ids(group: dict[str, Any]) -> list[str]:
    return [item["linkId"] for item in group["items"]]


def test_an_item_has_its_static_members(template: Template) -> None:
    item = shown(template)[0]["items"][0]
    assert item == {
        "linkId": "patient.firstName",
        "text": "First name",
        "required": True,
        "answerType": "string",
        "maxLength": 60,
        "mode": "editable",
        "defaultValue": {},
        "requiredWhen": {},
        "notAllowedWhen": {},
        "valuesWhen": {},
        "textWhen": {},
        "active": True,
        "maxAnswers": 1,
    }


def test_only_choices_have_options(template: Template) -> None:
    weeks, urgent, place = shown(template)[1]["items"]
    assert "options" not in weeks
    assert "options" not in urgent
    assert place["options"] == [{"code": "home", "display": "Home"}, {"code": "clinic", "display": "Clinic"}]


def test_deviations_are_merged_and_the_others_stay(template: Template) -> None:
    surface = {
        "q.weeks": {"active": False, "required": None, "text": None, "options": None},
        "q.urgent": {"active": None, "required": True, "text": "Really?", "options": None},
        "q.place": {"active": None, "required": None, "text": None, "options": ["clinic"]},
    }
    weeks, urgent, place = shown(template, surface)[1]["items"]
    assert (weeks["active"], weeks["required"]) == (False, False)
    assert (urgent["active"], urgent["required"], urgent["text"]) == (True, True, "Really?")
    assert place["options"] == [{"code": "clinic", "display": "Clinic"}]
    assert shown(template, surface)[0] == shown(template)[0]


def test_a_rendering_leaves_no_trace_in_the_next(template: Template) -> None:
    form = Form(template)
    before = orjson.dumps(form.questionnaire({}, {}, ()))
    form.questionnaire({"q.place": {"options": [], "active": False}}, {"diagnoses": [{}, {}]}, ())
    assert orjson.dumps(form.questionnaire({}, {}, ())) == before


def test_a_repeating_group_shows_its_occurrences_and_one_empty_next(template: Template) -> None:
    assert link_ids(shown(template)[2]) == ["diagnoses.0.code", "diagnoses.0.note"]
    assert link_ids(shown(template, answers={"diagnoses": [{"code": ["A"]}]})[2]) == [
        "diagnoses.0.code", "diagnoses.0.note", "diagnoses.1.code", "diagnoses.1.note",
    ]  # fmt: skip


def test_a_full_repeating_group_shows_no_next_one(template: Template) -> None:
    answers = {"diagnoses": [{"code": ["A"]}] * 3}
    assert link_ids(shown(template, answers=answers)[2])[-1] == "diagnoses.2.note"


def test_an_occurrence_deviates_by_its_flat_name(template: Template) -> None:
    items = shown(template, {"diagnoses.1.note": {"active": False}}, {"diagnoses": [{"code": ["A"]}]})[2]["items"]
    assert [item["active"] for item in items] == [True, True, True, False]


def test_payer_requests_without_documents_are_questions(template: Template) -> None:
    requests = [
        {"number": 1, "message": "Send notes.", "document_types": ["clinical_notes"]},
        {"number": 2, "message": "Why twice?", "document_types": []},
    ]
    group = shown(template, requests=requests)[-1]
    assert (group["id"], group["title"], link_ids(group)) == ("payer_requests", "Payer requests", ["payer.request2.response"])
    assert (group["items"][0]["text"], group["items"][0]["required"]) == ("Why twice?", True)
