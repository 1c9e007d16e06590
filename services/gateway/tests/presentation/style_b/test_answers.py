from typing import Any

import orjson
import pytest

from priorbus.contracts.commands.requirements import AnswerSet
from priorbus.contracts.templates import Template
from priorbus.gateway.http.json_body import parse
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.answer_values import MAX_ANSWER_BYTES, check_answer_size
from priorbus.gateway.presentation.style_b.answers import read_answers, render_answers
from priorbus.gateway.presentation.style_b.questionnaire import Form

AT = ("questionnaireResponse",)


def read_one(answer: str) -> dict[str, Any]:
    findings = Findings()
    body = parse(b'{"item":[{"linkId":"a.b","answer":[' + answer.encode() + b"]}]}")
    read = read_answers(body, AT, findings)
    assert findings.issues == []
    (value,) = AnswerSet.model_validate(read).items[0].values
    return value.model_dump()


@pytest.mark.parametrize(
    ("answer", "kind", "value"),
    [
        ('{"valueString":"x"}', "string", "x"),
        ('{"valueBoolean":false}', "boolean", False),
        ('{"valueDate":"2024-02-29"}', "date", "2024-02-29"),
        ('{"valueDecimal":8}', "decimal", "8"),
        ('{"valueDecimal":8.50}', "decimal", "8.5"),
        ('{"valueDecimal":1e2}', "decimal", "100"),
        ('{"valueDecimal":0.1234567890123456789012345678901234}', "decimal", "0.1234567890123456789012345678901234"),
        ('{"valueDecimal":-0.01234567890123456789012345678901234}', "decimal", "-0.01234567890123456789012345678901234"),
        ('{"valueDecimal":0.12345678901234567890123456789012345}', "invalid", None),
        ('{"valueDecimal":1.2345678901234567890123456789012345}', "invalid", None),
        ('{"valueCoding":{"code":"c","display":"d","system":"s"}}', "coding", "c"),
    ],
)
def test_values(answer: str, kind: str, value: Any) -> None:
    assert read_one(answer) == {"kind": kind, "value": value}


@pytest.mark.parametrize(
    "answer",
    [
        "{}", '{"valueString":"x","valueBoolean":true}', '{"valueString":1}', '{"valueBoolean":"true"}', '{"valueDate":"2023-02-29"}',
        '{"valueDate":"2024-2-9"}', '{"valueDate":"2024-02-29T00:00:00Z"}', '{"valueDate":"2024-W09-4"}', '{"valueDecimal":"8"}',
        '{"valueDecimal":true}', '{"valueDecimal":1e40}', '{"valueCoding":{}}', '{"valueCoding":"c"}', '{"valueCoding":{"code":1}}',
        '{"valueString":null}',
    ],
)  # fmt: skip
def test_what_is_not_one_well_typed_value(answer: str) -> None:
    assert read_one(answer)["kind"] == "invalid"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (None, [("invalid_type", "/questionnaireResponse")]),
        ({}, [("missing", "/questionnaireResponse/item")]),
        ({"item": {}}, [("invalid_type", "/questionnaireResponse/item")]),
        ({"item": [5]}, [("invalid_type", "/questionnaireResponse/item/0")]),
        ({"item": [{"answer": []}]}, [("missing", "/questionnaireResponse/item/0/linkId")]),
        ({"item": [{"linkId": 1}]}, [("invalid_type", "/questionnaireResponse/item/0/linkId")]),
        ({"item": [{"linkId": "a", "answer": {}}]}, [("invalid_type", "/questionnaireResponse/item/0/answer")]),
        ({"item": [{"linkId": "a", "answer": ["x"]}]}, [("invalid_type", "/questionnaireResponse/item/0/answer/0")]),
        ({"item": [{"linkId": "a", "answer": [{"valueX": 1}]}]}, [("unknown_property", "/questionnaireResponse/item/0/answer/0/valueX")]),
        ({"item": [], "more": 1}, [("unknown_property", "/questionnaireResponse/more")]),
    ],
)
def test_schema_errors(response: Any, expected: list[tuple[str, str]]) -> None:
    findings = Findings()
    read_answers(response, AT, findings)
    assert [(issue.code, issue.field) for issue in findings.issues] == expected


def test_a_missing_or_empty_answer_clears() -> None:
    read = read_answers({"item": [{"linkId": "a"}, {"linkId": "b", "answer": []}]}, AT, Findings())
    assert [item.values for item in AnswerSet.model_validate(read).items] == [(), ()]


def test_answers_are_shown_by_type_and_repeating_groups_flat(template: Template) -> None:
    answers = {
        "patient.firstName": ["Ada"],
        "q.weeks": ["8.5"],
        "q.urgent": [False],
        "q.place": ["home", "clinic"],
        "diagnoses": [{"code": ["A00"], "note": ["n"]}, {"code": ["B00"]}],
        "payer.request1.response": ["Yes"],
    }
    shown = orjson.dumps(render_answers(answers, Form(template).value_members))
    assert b'"valueDecimal":8.5' in shown
    assert orjson.loads(shown)["item"] == [
        {"linkId": "patient.firstName", "answer": [{"valueString": "Ada"}]},
        {"linkId": "q.weeks", "answer": [{"valueDecimal": 8.5}]},
        {"linkId": "q.urgent", "answer": [{"valueBoolean": False}]},
        {"linkId": "q.place", "answer": [{"valueCoding": {"code": "home"}}, {"valueCoding": {"code": "clinic"}}]},
        {"linkId": "diagnoses.0.code", "answer": [{"valueString": "A00"}]},
        {"linkId": "diagnoses.0.note", "answer": [{"valueString": "n"}]},
        {"linkId": "diagnoses.1.code", "answer": [{"valueString": "B00"}]},
        {"linkId": "payer.request1.response", "answer": [{"valueString": "Yes"}]},
    ]


def test_too_many_bytes_of_answers_are_refused() -> None:
    findings = Findings()
    check_answer_size({"item": [{"linkId": "x" * MAX_ANSWER_BYTES, "answer": [{"valueString": "a" * MAX_ANSWER_BYTES}]}]}, findings)
    assert not findings.refused
    check_answer_size({"item": [{"linkId": "x", "answer": [{"valueString": "a" * MAX_ANSWER_BYTES + "b"}]}]}, findings)
    assert (findings.refused, findings.refusal()["code"]) == (True, "payload_too_large")
