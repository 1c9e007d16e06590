from typing import Any

import orjson
import pytest

from priorbus.contracts.commands.requirements import AnswerSet
from priorbus.contracts.templates import Template
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style_c.answers import read_answers, render_answers
from priorbus.gateway.presentation.style_c.questionnaire import Form

AT = ("answers",)


def read(*items: Any) -> AnswerSet:
    findings = Findings()
    found = read_answers({"item": list(items)}, AT, findings)
    assert findings.issues == []
    return AnswerSet.model_validate(found)


def test_a_repeating_group_is_one_sibling_per_occurrence(template: Template) -> None:
    answers = {
        "patient.firstName": ["Ada"],
        "q.weeks": ["8.5"],
        "diagnoses": [{"code": ["A00"], "note": ["n"]}, {"code": ["B00"]}],
        "payer.request1.response": ["Yes"],
    }
    shown = orjson.loads(orjson.dumps(render_answers(answers, Form(template).value_members)))
    assert shown["item"] == [
        {"linkId": "patient.firstName", "answer": [{"valueString": "Ada"}]},
        {"linkId": "q.weeks", "answer": [{"valueDecimal": 8.5}]},
        {
            "linkId": "diagnoses",
            "item": [{"linkId": "code", "answer": [{"valueString": "A00"}]}, {"linkId": "note", "answer": [{"valueString": "n"}]}],
        },
        {"linkId": "diagnoses", "item": [{"linkId": "code", "answer": [{"valueString": "B00"}]}]},
        {"linkId": "payer.request1.response", "answer": [{"valueString": "Yes"}]},
    ]


def test_nested_items_are_read_as_such() -> None:
    answers = read(
        {"linkId": "patient.firstName", "answer": [{"valueString": "Ada"}]},
        {"linkId": "diagnoses", "item": [{"linkId": "code", "answer": [{"valueString": "A00"}]}]},
        {"linkId": "therapies", "item": []},
    )
    assert answers.addressing == "nested"
    name, diagnosis, therapies = answers.items
    assert (name.items, name.values[0].value) == (None, "Ada")
    assert diagnosis.items is not None
    assert (diagnosis.values, diagnosis.items[0].link_id) == ((), "code")
    assert therapies.items == ()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (None, [("invalid_type", "/answers")]),
        ({}, [("missing", "/answers/item")]),
        ({"item": {}}, [("invalid_type", "/answers/item")]),
        ({"item": ["x"]}, [("invalid_type", "/answers/item/0")]),
        ({"item": [{"item": []}]}, [("missing", "/answers/item/0/linkId")]),
        ({"item": [{"linkId": "g", "item": {}}]}, [("invalid_type", "/answers/item/0/item")]),
        ({"item": [{"linkId": "g", "item": [5]}]}, [("invalid_type", "/answers/item/0/item/0")]),
        ({"item": [{"linkId": "g", "item": [{"linkId": "a", "item": []}]}]}, [("unknown_property", "/answers/item/0/item/0/item")]),
        ({"item": [{"linkId": "g", "more": 1, "item": []}]}, [("unknown_property", "/answers/item/0/more")]),
    ],
)
def test_schema_errors(answers: Any, expected: list[tuple[str, str]]) -> None:
    findings = Findings()
    read_answers(answers, AT, findings)
    assert [(issue.code, issue.field) for issue in findings.issues] == expected
