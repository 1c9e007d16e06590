"""Every finding of authorizations.md 6.2; each defect alone gives exactly one (AUTH-113)."""

from typing import Any

import pytest
from services.requirements.tests.domain.questionnaire.conftest import example, tiny

from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire import InvalidTemplate, compile_template, lint_template

X = {"linkId": "q.x", "op": "exists"}
CHOICE = {"answerType": "choice", "options": [{"code": "a", "display": "A"}, {"code": "b", "display": "B"}]}


def nested(depth: int) -> dict[str, Any]:
    predicate: dict[str, Any] = X
    for _ in range(depth - 1):
        predicate = {"not": predicate}
    return predicate


def codes(template: Template) -> list[tuple[str, str]]:
    return [(finding.place, finding.code) for finding in lint_template(template)]


@pytest.mark.parametrize("template_id", ["dme-hospital-bed", "imaging-mri-brain", "drug-adalimumab"])
def test_the_examples_are_clean(template_id: str) -> None:
    assert codes(Template.model_validate(example(template_id))) == []


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"linkId": "q.1.y"}, "malformed_link_id"),
        ({"linkId": "q..y"}, "malformed_link_id"),
        ({"linkId": "q.y z"}, "malformed_link_id"),
        ({"linkId": "q._y"}, "malformed_link_id"),
        ({"linkId": "own.y"}, "unreserved_link_id"),
        ({"linkId": "payer.request1.response"}, "unreserved_link_id"),
        ({"linkId": "patient.dateOfBirth"}, "canonical_type"),
        ({"linkId": "patient.gender", **CHOICE}, "canonical_type"),
        ({"linkId": "diagnoses.code"}, "canonical_type"),
        ({"linkId": "q.y", "answerType": "choice"}, "invalid_item"),
        ({"linkId": "q.y", "options": CHOICE["options"]}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "choice", "options": [{"code": "a", "display": "A"}] * 2}, "invalid_item"),
        ({"linkId": "q.y", "maxAnswers": 0}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "date", "pattern": "a"}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "boolean", "maxLength": 3}, "invalid_item"),
        ({"linkId": "q.y", "maxLength": 10_001}, "invalid_item"),
        ({"linkId": "q.y", "min": "1"}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "date", "min": "1"}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "decimal", "max": "many"}, "invalid_item"),
        ({"linkId": "q.y", "mode": "computed"}, "invalid_item"),
        ({"linkId": "q.y", "computedFrom": "payerId"}, "invalid_item"),
        ({"linkId": "q.y", "answerType": "boolean", "mode": "computed", "computedFrom": "payerId"}, "invalid_item"),
        ({"linkId": "q.y", "mode": "computed", "computedFrom": "payerId", "defaultValue": {"valueString": "x"}}, "invalid_item"),
        ({"linkId": "q.y", "mode": "read_only"}, "invalid_item"),
        ({"linkId": "q.y", "pattern": "("}, "invalid_expression"),
        ({"linkId": "q.y", "pattern": "(?=a)a"}, "invalid_expression"),
        ({"linkId": "q.y", "defaultValue": {"valueBoolean": True}}, "invalid_default"),
        ({"linkId": "q.y", "defaultValue": {"valueString": " "}}, "invalid_default"),
        ({"linkId": "q.y", "answerType": "boolean", "defaultValue": {"valueBoolean": "true"}}, "invalid_default"),
        ({"linkId": "q.y", "answerType": "date", "defaultValue": {"valueDate": "2023-02-29"}}, "invalid_default"),
        ({"linkId": "q.y", **CHOICE, "defaultValue": {"valueCoding": {"code": "z"}}}, "invalid_default"),
        ({"linkId": "q.y", **CHOICE, "defaultValue": {"valueCoding": "a"}}, "invalid_default"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.nope", "op": "exists"}}, "unknown_operand"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "gt", "value": 1}}, "operand_type"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "eq", "value": 1}}, "operand_type"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "in", "values": ["a", True]}}, "operand_type"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "matches", "value": "["}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {**X, "scope": "same_group"}}, "operand_scope"),
        ({"linkId": "q.y", "requiredWhen": {**X, "scope": "elsewhere"}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {**X, "value": "a"}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "eq"}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "eq", "values": ["a"]}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "in", "values": []}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "like", "value": "a"}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.x", "op": "eq", "value": {}}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"op": "exists"}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"all": []}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"all": [X], "any": [X]}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"not": [X]}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": {"sometimes": X}}, "invalid_expression"),
        ({"linkId": "q.y", "requiredWhen": nested(17)}, "limit_exceeded"),
        ({"linkId": "q.y", "requiredWhen": {"all": [X] * 128}, "notAllowedWhen": {"any": [X] * 127}}, "limit_exceeded"),
        ({"linkId": "q.y", "requiredWhen": {"linkId": "q.y", "op": "exists"}}, "cycle"),
        ({"linkId": "q.y", "textWhen": {"rules": [{"when": X}]}}, "invalid_expression"),
        ({"linkId": "q.y", "textWhen": {"rules": [{"when": X, "text": ""}]}}, "invalid_expression"),
        ({"linkId": "q.y", "textWhen": {"rules": {}, "otherwise": "x"}}, "invalid_expression"),
        ({"linkId": "q.y", "valuesWhen": {"rules": []}}, "invalid_item"),
        ({"linkId": "q.y", **CHOICE, "valuesWhen": {"rules": [{"when": X, "values": ["z"]}]}}, "invalid_expression"),
        ({"linkId": "q.y", **CHOICE, "valuesWhen": {"rules": [{"when": X, "values": "a"}]}}, "invalid_expression"),
        ({"linkId": "q.y", **CHOICE, "valuesWhen": {"rules": [], "otherwise": ["z"]}}, "invalid_expression"),
        ({"linkId": "q.y", **CHOICE, "valuesWhen": {"rules": [{"when": {"op": "eq"}, "values": ["a"]}]}}, "invalid_expression"),
    ],
)
def test_a_defective_item(item: dict[str, Any], code: str) -> None:
    assert codes(tiny({"linkId": "q.x"}, item)) == [(item["linkId"], code)]


@pytest.mark.parametrize(
    "item",
    [
        {"requiredWhen": nested(16)},
        {"requiredWhen": {"all": [X] * 127}, "notAllowedWhen": {"any": [X] * 127}},
        {"answerType": "decimal", "defaultValue": {"valueDecimal": 0.5}, "min": "-1.5", "max": "1e3"},
        {**CHOICE, "valuesWhen": {"rules": [{"when": X, "values": ["b"]}], "otherwise": []}},
        {"answerType": "attachment", "requiredWhen": X},
        {"mode": "read_only", "defaultValue": {"valueString": "x"}},
    ],
)
def test_a_sound_item(item: dict[str, Any]) -> None:
    assert codes(tiny({"linkId": "q.x"}, {"linkId": "q.y", **item})) == []


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"linkId": "q.g.y", "defaultValue": {"valueString": "x"}}, "default_in_repeating_group"),
        ({"linkId": "q.other"}, "group_link_id"),
        ({"linkId": "q.g.0.y"}, "malformed_link_id"),
        ({"linkId": "q.g.y", "mode": "computed", "computedFrom": "payerId"}, "invalid_item"),
        ({"linkId": "q.g.y", "answerType": "attachment"}, "invalid_item"),
    ],
)
def test_a_defective_item_of_a_repeating_group(item: dict[str, Any], code: str) -> None:
    assert codes(tiny({"linkId": "q.g.x"}, item, repeats=True)) == [(item["linkId"], code)]


@pytest.mark.parametrize(
    ("comparison", "code"),
    [
        ({"linkId": "q.d", "op": "gt", "value": "2023-02-29"}, "operand_type"),
        ({"linkId": "q.d", "op": "contains", "value": "2023"}, "operand_type"),
        ({"linkId": "q.n", "op": "eq", "value": True}, "operand_type"),
        ({"linkId": "q.n", "op": "gt", "value": "1"}, "operand_type"),
        ({"linkId": "q.b", "op": "eq", "value": "true"}, "operand_type"),
        ({"linkId": "q.b", "op": "lt", "value": True}, "operand_type"),
        ({"linkId": "q.c", "op": "matches", "value": "a"}, "operand_type"),
        ({"linkId": "q.p", "op": "eq", "value": "a"}, "operand_type"),
    ],
)
def test_operators_fit_types(comparison: dict[str, Any], code: str) -> None:
    items: list[dict[str, Any]] = [
        {"linkId": "q.d", "answerType": "date"},
        {"linkId": "q.n", "answerType": "decimal"},
        {"linkId": "q.b", "answerType": "boolean"},
        {"linkId": "q.c", **CHOICE},
        {"linkId": "q.p", "answerType": "attachment"},
    ]
    assert codes(tiny(*items, {"linkId": "q.y", "requiredWhen": comparison})) == [("q.y", code)]


def test_a_duplicate_link_id() -> None:
    assert codes(tiny({"linkId": "q.x"}, {"linkId": "q.x"})) == [("q.x", "duplicate_link_id")]


def test_a_cycle_over_several_items_is_one_finding() -> None:
    ring = [{"linkId": f"q.{a}", "notAllowedWhen": {"linkId": f"q.{b}", "op": "exists"}} for a, b in ("ab", "bc", "ca")]
    (finding,) = lint_template(tiny(*ring))
    assert finding.code == "cycle"
    assert all(f"q.{name}" in finding.message for name in "abc")


def test_documents_and_rules() -> None:
    unknown = {"linkId": "q.nope", "op": "exists"}
    template = tiny(
        {"linkId": "q.x"},
        documents=[{"type": "own", "message": "m", "requiredWhen": unknown}],
        rules=[
            {"code": "empty", "message": "m", "field": "q.x", "severity": "error", "failWhen": {}},
            {"code": "scoped", "message": "m", "field": "q.x", "severity": "error", "failWhen": {**X, "scope": "same_group"}},
        ],
    )
    assert codes(template) == [("own", "unknown_operand"), ("empty", "invalid_expression"), ("scoped", "operand_scope")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "payer"}, "malformed_link_id"),
        ({"id": "payer_requests"}, "malformed_link_id"),
        ({"id": "1"}, "malformed_link_id"),
        ({"items": ()}, "schema"),
        ({"repeats": True, "max_occurs": 0, "min_occurs": 0, "items": ()}, "schema"),
        ({"repeats": True, "max_occurs": 2, "min_occurs": 3, "items": ()}, "schema"),
    ],
)
def test_defective_groups(change: dict[str, Any], code: str) -> None:
    template = tiny({"linkId": "q.x"})
    group = template.groups[0].model_copy(update=change)
    assert {found for _, found in codes(template.model_copy(update={"groups": (group,)}))} == {code}


def test_versions_count_from_one() -> None:
    assert codes(tiny({"linkId": "q.x"}, version=0)) == [("tiny", "schema")]


@pytest.mark.parametrize(("count", "found"), [(2000, []), (2001, [("tiny", "limit_exceeded")])])
def test_at_most_two_thousand_items(count: int, found: list[tuple[str, str]]) -> None:
    assert codes(tiny(*({"linkId": f"q.x{number}"} for number in range(count)))) == found


def test_occurrences_count_as_items() -> None:
    template = tiny({"linkId": "q.g.x"}, repeats=True)
    group = template.groups[0].model_copy(update={"max_occurs": 2001})
    assert codes(template.model_copy(update={"groups": (group,)})) == [("tiny", "limit_exceeded")]


def test_a_defective_template_is_not_compiled() -> None:
    with pytest.raises(InvalidTemplate) as caught:
        compile_template(tiny({"linkId": "q.x"}, {"linkId": "q.x"}))
    assert [finding.code for finding in caught.value.findings] == ["duplicate_link_id"]
