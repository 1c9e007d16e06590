"""The full editable question surface of style B (authorizations.md 5.1, 5.7).

Everything that a template fixes is turned into JSON once, when the template is first seen. A rendering then only replaces the items
whose state deviates, which `surface` lists.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from priorbus.contracts.templates import Group, Item, Template
from priorbus.gateway.presentation.members import Json

PAYER_REQUESTS = "payer_requests"
_VALUE_MEMBER = {
    "string": "valueString",
    "boolean": "valueBoolean",
    "date": "valueDate",
    "decimal": "valueDecimal",
    "choice": "valueCoding",
}

Surface = Mapping[str, Mapping[str, Any]]


def static_members(item: Item, link_id: str) -> Json:
    """An item as its template has it: active, required as declared, all options."""
    members: Json = {"linkId": link_id, "text": item.text, "required": item.required, "answerType": item.answer_type}
    if item.answer_type == "choice":
        members["options"] = [{"code": option.code, "display": option.display} for option in item.options]
    optional = {"pattern": item.pattern, "maxLength": item.max_length, "min": item.min, "max": item.max, "errorMessage": item.error_message}
    members.update({name: value for name, value in optional.items() if value is not None})
    return members | {
        "mode": item.mode,
        "defaultValue": item.default_value,
        "requiredWhen": item.required_when,
        "notAllowedWhen": item.not_allowed_when,
        "valuesWhen": item.values_when,
        "textWhen": item.text_when,
        "active": True,
        "maxAnswers": item.max_answers,
    }


class _Question:
    """One item, ready to be shown as it stands in the template or with deviations."""

    def __init__(self, item: Item, link_id: str) -> None:
        self.link_id = link_id
        self._members = static_members(item, link_id)
        self.fragment = orjson.Fragment(orjson.dumps(self._members))

    def render(self, surface: Surface) -> Any:
        """The fragment, or the members with what deviates merged in."""
        deviation = surface.get(self.link_id)
        if deviation is None:
            return self.fragment
        members = self._members.copy()
        for name in ("active", "required", "text"):
            if deviation.get(name) is not None:
                members[name] = deviation[name]
        codes = deviation.get("options")
        if codes is not None:
            members["options"] = [option for option in members["options"] if option["code"] in codes]
        return members


class _Section:
    """An ordinary group."""

    def __init__(self, group: Group) -> None:
        self._head: Json = {"id": group.id, "title": group.title}
        self._questions = [_Question(item, item.link_id) for item in group.items]
        self._link_ids = frozenset(question.link_id for question in self._questions)
        self._whole = orjson.Fragment(orjson.dumps(self._head | {"items": [question.fragment for question in self._questions]}))

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Any:
        """The group; as a whole from stock when nothing in it deviates."""
        if self._link_ids.isdisjoint(surface):
            return self._whole
        return self._head | {"items": [question.render(surface) for question in self._questions]}


class _RepeatingSection:
    """A repeating group: every occurrence and one empty next one, flat."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._occurrences: list[list[_Question]] = []

    def render(self, surface: Surface, answers: Mapping[str, Any]) -> Json:
        """The group with as many occurrences as the answers call for."""
        present = len(answers.get(self._group.id, ()))
        shown = min(self._group.max_occurs, max(present + 1, self._group.min_occurs))
        items = [question.render(surface) for number in range(shown) for question in self._occurrence(number)]
        return {"id": self._group.id, "title": self._group.title, "items": items}

    def _occurrence(self, number: int) -> list[_Question]:
        while len(self._occurrences) <= number:
            made, prefix = len(self._occurrences), len(self._group.id) + 1
            questions = [_Question(item, f"{self._group.id}.{made}.{item.link_id[prefix:]}") for item in self._group.items]
            self._occurrences.append(questions)
        return self._occurrences[number]


class Form:
    """One template version in style B. Immutable apart from what it keeps in stock; make one per version."""

    def __init__(self, template: Template) -> None:
        self._sections = [_RepeatingSection(group) if group.repeats else _Section(group) for group in template.groups]
        items = [item for group in template.groups for item in group.items]
        self.value_members = {item.link_id: _VALUE_MEMBER.get(item.answer_type, "valueString") for item in items}
        """Which member holds the value of an item's answer, by the linkId of the template."""

    def questionnaire(self, surface: Surface, answers: Mapping[str, Any], payer_requests: Sequence[Mapping[str, Any]]) -> list[Any]:
        """All groups in order, payer requests last."""
        groups = [section.render(surface, answers) for section in self._sections]
        asked = [request for request in payer_requests if not request["document_types"]]
        if asked:
            items = [_payer_question(request, surface) for request in asked]
            groups.append({"id": PAYER_REQUESTS, "title": "Payer requests", "items": items})
        return groups


def _payer_question(request: Mapping[str, Any], surface: Surface) -> Any:
    item = Item(link_id=f"payer.request{request['number']}.response", text=request["message"], answer_type="string", required=True)
    return _Question(item, item.link_id).render(surface)
