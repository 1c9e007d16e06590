"""Nested answers of style C: `answers.item[]`, a repeating group as one sibling per occurrence (authorizations.md 5.7)."""

from collections.abc import Iterator, Mapping
from typing import Any

from priorbus.gateway.http.schema import At, Findings
from priorbus.gateway.presentation.answer_values import read_item, render_item
from priorbus.gateway.presentation.members import Json


def render_answers(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Json:
    """Normalised answers; leaves of ordinary groups stand at the top level with their full linkId."""
    return {"item": list(_items(answers, value_members))}


def _items(answers: Mapping[str, Any], value_members: Mapping[str, str]) -> Iterator[Json]:
    for name, values in answers.items():
        if values and isinstance(values[0], dict):
            for occurrence in values:
                leaves = [render_item(leaf, given, value_members[f"{name}.{leaf}"]) for leaf, given in occurrence.items()]
                yield {"linkId": name, "item": leaves}
        elif values:
            yield render_item(name, values, value_members.get(name, "valueString"))


def read_answers(answers: Any, at: At, findings: Findings) -> Json | None:
    """An `answers` member as the JSON of an AnswerSet; groups do not nest (6.1.1), so neither do items inside items."""
    if not findings.is_object(answers, at) or not findings.members(answers, at, allowed={"item"}, required={"item"}):
        return None
    items = answers["item"]
    if not findings.is_array(items, (*at, "item")):
        return None
    return {"addressing": "nested", "items": [_read_top(item, (*at, "item", number), findings) for number, item in enumerate(items)]}


def _read_top(item: Any, at: At, findings: Findings) -> Json | None:
    if not isinstance(item, dict) or "item" not in item:
        return read_item(item, at, findings)
    inner = item["item"]
    read = read_item({name: member for name, member in item.items() if name != "item"}, at, findings)
    if not findings.is_array(inner, (*at, "item")) or read is None:
        return None
    return read | {"items": [read_item(leaf, (*at, "item", number), findings) for number, leaf in enumerate(inner)]}
