"""Default values: one answer object of the wire form in a template, such as `{"valueBoolean": false}`."""

from typing import Any, Final

from priorbus.contracts.authorizations import Scalar
from priorbus.contracts.templates import AnswerType, Item
from priorbus.requirements.domain.questionnaire.operands import stored_form
from priorbus.requirements.domain.questionnaire.scalars import read_text

MEMBERS: Final[dict[AnswerType, str]] = {
    "string": "valueString",
    "boolean": "valueBoolean",
    "date": "valueDate",
    "decimal": "valueDecimal",
    "choice": "valueCoding",
}


def read_default(item: Item) -> tuple[Scalar, ...]:
    """The stored form of the default, nothing for `{}`. Raises ValueError when it is no answer of the item's type."""
    if not item.default_value:
        return ()
    member = MEMBERS.get(item.answer_type)
    if member is None or set(item.default_value) != {member}:
        raise ValueError(f"the default must be one {member or 'answer'}")
    stored = _stored(item, item.default_value[member])
    if stored is None:
        raise ValueError(f"the default is no {item.answer_type} of this item")
    return (stored,)


def _stored(item: Item, value: Any) -> Scalar | None:
    if item.answer_type == "choice":
        code = value.get("code") if isinstance(value, dict) else None
        return code if any(option.code == code for option in item.options) else None
    if not isinstance(value, str | int | float | bool) or (isinstance(value, str) and not (read_text(value) or "").strip()):
        return None
    return stored_form(value, item.answer_type)
