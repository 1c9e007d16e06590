"""What the questionnaires of both styles are made of (authorizations.md 5.1).

Everything that a template fixes is turned into JSON once, when the template is first seen. A rendering then only replaces the items
whose state deviates, which `surface` lists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from priorbus.contracts.templates import Item, Template
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.style import Surface

PAYER_REQUESTS = "payer_requests"
PAYER_REQUESTS_TITLE = "Payer requests"
_VALUE_MEMBER = {
    "string": "valueString",
    "boolean": "valueBoolean",
    "date": "valueDate",
    "decimal": "valueDecimal",
    "choice": "valueCoding",
}
TypeMember = Callable[[Item], Json]
"""The member in which a style says what kind of answer an item takes."""


def value_members(template: Template) -> Mapping[str, str]:
    """Which member holds the value of an item's answer, by the linkId of the template."""
    items = [item for group in template.groups for item in group.items]
    return {item.link_id: _VALUE_MEMBER.get(item.answer_type, "valueString") for item in items}


def static_members(item: Item, link_id: str, kind: Json) -> Json:
    """An item as its template has it: active, required as declared, all options."""
    members: Json = {"linkId": link_id, "text": item.text, "required": item.required, **kind}
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


class Question:
    """One item, ready to be shown as it stands in the template or with deviations."""

    def __init__(self, item: Item, link_id: str, kind: Json) -> None:
        self.link_id = link_id
        self._members = static_members(item, link_id, kind)
        self.fragment = orjson.Fragment(orjson.dumps(self._members))

    def render(self, surface: Surface) -> Any:
        """The fragment, or the members with what deviates merged in."""
        deviation = surface.get(self.link_id)
        return self.fragment if deviation is None else self.deviating(deviation)

    def deviating(self, deviation: Mapping[str, Any]) -> Json:
        """The members with what deviates merged in."""
        members = self._members.copy()
        for name in ("active", "required", "text"):
            if deviation.get(name) is not None:
                members[name] = deviation[name]
        codes = deviation.get("options")
        if codes is not None:
            members["options"] = [option for option in members["options"] if option["code"] in codes]
        return members


def payer_questions(payer_requests: Sequence[Mapping[str, Any]], surface: Surface, kind: TypeMember) -> Iterator[Any]:
    """Payer requests that ask for words instead of documents, as questions."""
    for request in payer_requests:
        if not request["document_types"]:
            link_id = f"payer.request{request['number']}.response"
            item = Item(link_id=link_id, text=request["message"], answer_type="string", required=True)
            yield Question(item, link_id, kind(item)).render(surface)
