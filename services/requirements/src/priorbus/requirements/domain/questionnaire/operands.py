"""Which operators and values fit which type of operand (authorizations.md 5.4, Types)."""

from typing import Final

from priorbus.contracts.templates import AnswerType
from priorbus.requirements.domain.questionnaire.predicates import BARE_OPS, Comparison, Operand
from priorbus.requirements.domain.questionnaire.scalars import read_date, read_decimal

_ORDERED: Final = frozenset({"date", "decimal"})
_ORDER_OPS: Final = frozenset({"gt", "ge", "lt", "le"})
_TEXT_OPS: Final = frozenset({"contains", "matches"})


def operand_problem(comparison: Comparison, answer_type: AnswerType) -> str | None:
    """Why the comparison does not fit its operand's type, None when it does."""
    op = comparison.op
    if op in BARE_OPS:
        return None
    if answer_type == "attachment" or (op in _ORDER_OPS and answer_type not in _ORDERED) or (op in _TEXT_OPS and answer_type != "string"):
        return f"{op} does not apply to the {answer_type} {comparison.link_id}"
    if not all(_fits(value, answer_type) for value in comparison.values):
        return f"{comparison.link_id} is compared with a value that is no {answer_type}"
    return None


def stored_form(value: Operand, answer_type: AnswerType) -> str | bool | None:
    """A condition's value as answers of that type are stored, None when it does not fit."""
    if isinstance(value, bool):
        return value if answer_type == "boolean" else None
    if isinstance(value, str):
        return value if answer_type in {"string", "choice"} or (answer_type == "date" and read_date(value)) else None
    return read_decimal(repr(value)) if answer_type == "decimal" else None


def _fits(value: Operand, answer_type: AnswerType) -> bool:
    return stored_form(value, answer_type) is not None
