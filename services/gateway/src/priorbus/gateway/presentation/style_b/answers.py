"""Flat answers of style B: `questionnaireResponse.item[]`, written and read (authorizations.md 3.1.2, 5.3, 5.7)."""

from collections.abc import Iterator, Mapping
from typing import Any

from priorbus.gateway.http.schema import At, Findings
from priorbus.gateway.presentation.answer_values import read_item, render_item
from priorbus.gateway.presentation.members import Json


def render_answers(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    """Normalised answers as `{"item": [{linkId, answer}]}`."""
    return {"item": list(_items(answers, value_members))}


def _items(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Iterator[Json]:
    for name, values in answers.items():
        if values and isinstance(values[0], dict):
            for number, occurrence in enumerate(values):
                for leaf, leaf_values in occurrence.items():
                    yield render_item(f"{name}.{number}.{leaf}", leaf_values, value_members[f"{name}.{leaf}"])
        elif values:
            yield render_item(name, values, value_members.get(name, "valueString"))


def read_answers(response: Any, at: At, findings: Findings) -> Json | None:
    """A `questionnaireResponse` as the JSON of an AnswerSet. Schema violations go to `findings` with pointers below `at`."""
    if not findings.is_object(response, at) or not findings.members(response, at, allowed={"item"}, required={"item"}):
        return None
    items = response["item"]
    if not findings.is_array(items, (*at, "item")):
        return None
    return {"addressing": "flat", "items": [read_item(item, (*at, "item", number), findings) for number, item in enumerate(items)]}
