"""Conditions as functions: each predicate becomes nested closures over the cells of one evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final, cast

from priorbus.contracts.authorizations import Scalar
from priorbus.contracts.templates import AnswerType
from priorbus.requirements.domain.questionnaire.operands import stored_form
from priorbus.requirements.domain.questionnaire.patterns import whole_match
from priorbus.requirements.domain.questionnaire.predicates import Comparison, Negation, Predicate

Given = tuple[Scalar, ...]
Cells = list[Any]
"""The answers of one evaluation: per item a Given over all occurrences, per leaf of a repeating group also a list of Givens."""
Test = Callable[[Cells, int], bool]
"""A compiled predicate, asked with the cells and the occurrence being judged (0 outside repeating groups)."""
_Match = Callable[[Given], bool]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operand's answers are: `cell` over all occurrences, `row` per occurrence (None outside repeating groups)."""

    answer_type: AnswerType
    cell: int
    row: int | None = None


def compile_predicate(predicate: Predicate, places: Mapping[str, Place]) -> Test:
    """The predicate as a function. Its operands must have passed lint."""
    if isinstance(predicate, Comparison):
        return _comparison(predicate, places[predicate.link_id])
    if isinstance(predicate, Negation):
        part = compile_predicate(predicate.part, places)
        return lambda cells, n: not part(cells, n)
    parts = tuple(compile_predicate(part, places) for part in predicate.parts)
    return _all(parts) if predicate.kind == "all" else _any(parts)


def _all(parts: tuple[Test, ...]) -> Test:
    def test(cells: Cells, n: int) -> bool:
        for part in parts:  # noqa: SIM110 - a generator costs more than the tests themselves
            if not part(cells, n):
                return False
        return True

    return test


def _any(parts: tuple[Test, ...]) -> Test:
    def test(cells: Cells, n: int) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(cells, n):
                return True
        return False

    return test


def _comparison(comparison: Comparison, place: Place) -> Test:
    match, cell = _match(comparison, place.answer_type), place.cell
    if comparison.scope == "same_group" and place.row is not None:
        row = place.row
        return lambda cells, n: match(cells[row][n])
    if comparison.op == "eq":
        (value,) = _values(comparison, place.answer_type)
        return lambda cells, _: value in cells[cell]
    return lambda cells, _: match(cells[cell])


def _values(comparison: Comparison, answer_type: AnswerType) -> tuple[Scalar, ...]:
    return tuple(cast(Scalar, stored_form(value, answer_type)) for value in comparison.values)


def _match(comparison: Comparison, answer_type: AnswerType) -> _Match:
    op = comparison.op
    if op == "exists":
        return bool
    if op == "notExists":
        return lambda given: not given
    if op in _ORDER:
        return _ordering(_ORDER[op], cast(str, _values(comparison, answer_type)[0]), answer_type)
    if op in ("contains", "matches"):
        return _text_match(comparison)
    return _equality(comparison, answer_type)


def _equality(comparison: Comparison, answer_type: AnswerType) -> _Match:
    values = frozenset(_values(comparison, answer_type))
    if comparison.op in ("eq", "in"):
        return lambda given: not values.isdisjoint(given)
    return lambda given: any(value not in values for value in given)


def _ordering(compare: Callable[[Any, Any], bool], bound: str, answer_type: AnswerType) -> _Match:
    if answer_type == "date":
        return lambda given: any(compare(value, bound) for value in given)
    number = Decimal(bound)
    return lambda given: any(compare(Decimal(value), number) for value in cast(tuple[str, ...], given))


def _text_match(comparison: Comparison) -> _Match:
    text = cast(str, comparison.values[0])
    if comparison.op == "contains":
        return lambda given: any(text in value for value in cast(tuple[str, ...], given))
    matches = whole_match(text)
    return lambda given: any(map(matches, cast(tuple[str, ...], given)))
