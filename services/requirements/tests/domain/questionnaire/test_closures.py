import pytest
from pydantic import JsonValue

from priorbus.contracts.templates import AnswerType
from priorbus.requirements.domain.questionnaire.closures import Cells, Place, compile_predicate
from priorbus.requirements.domain.questionnaire.predicates import read_predicate


def holds(source: JsonValue, cells: Cells, answer_type: AnswerType = "decimal", occurrence: int = 0) -> bool:
    """Judge a predicate over the operand `x`: cell 0, and row 1 per occurrence."""
    return compile_predicate(read_predicate(source), {"x": Place(answer_type, 0, 1)})(cells, occurrence)


def comparison(op: str, *values: JsonValue, **members: JsonValue) -> dict[str, JsonValue]:
    given: dict[str, JsonValue] = {"values": list(values)} if op in ("in", "notIn") else {"value": values[0]} if values else {}
    return {"linkId": "x", "op": op, **given, **members}


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (comparison("eq", 1), False),
        (comparison("ne", 1), False),
        ({"not": comparison("eq", 1)}, True),
        (comparison("notIn", 1), False),
        (comparison("notExists"), True),
        (comparison("exists"), False),
        (comparison("lt", 1), False),
        (comparison("ge", 1), False),
    ],
)
def test_an_unanswered_operand(predicate: JsonValue, expected: bool) -> None:
    assert holds(predicate, [(), []]) is expected


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [(comparison("eq", "B"), True), (comparison("ne", "B"), True), (comparison("notExists"), False), (comparison("in", "C"), False)],
)
def test_two_occurrences(predicate: JsonValue, expected: bool) -> None:
    assert holds(predicate, [("A", "B"), [("A",), ("B",)]], "string") is expected


@pytest.mark.parametrize(("occurrence", "expected"), [(0, False), (1, True), (2, False)])
def test_same_group_judges_one_occurrence(occurrence: int, expected: bool) -> None:
    cells: Cells = [("A", "B"), [("A",), ("B",), ()]]
    assert holds(comparison("eq", "B", scope="same_group"), cells, "string", occurrence) is expected


@pytest.mark.parametrize(
    ("op", "value", "given", "expected"),
    [
        ("eq", 8, "8", True),
        ("eq", 8.0, "8", True),
        ("eq", 0.1, "0.1", True),
        ("ne", 8, "8", False),
        ("lt", 10, "9", True),
        ("lt", 9, "9", False),
        ("le", 9, "9", True),
        ("gt", 9, "10", True),
        ("gt", -1, "-2", False),
        ("ge", 0.3, "0.3000000000000000000000000001", True),
        ("gt", 0.3, "0.3", False),
    ],
)
def test_decimals_compare_as_exact_numbers(op: str, value: float, given: str, expected: bool) -> None:
    assert holds(comparison(op, value), [(given,), []]) is expected


@pytest.mark.parametrize(("op", "expected"), [("lt", True), ("le", True), ("gt", False), ("ge", False)])
def test_dates_compare_in_iso_order(op: str, expected: bool) -> None:
    assert holds(comparison(op, "2026-01-02"), [("2025-12-31",), []], "date") is expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [("contains", "bc", True), ("contains", "xy", False), ("matches", "a.*", True), ("matches", "b", False), ("matches", "ab|abcd", True)],
)
def test_text_operators(op: str, value: str, expected: bool) -> None:
    assert holds(comparison(op, value), [("abcd",), []], "string") is expected


def test_a_pattern_that_would_explode_elsewhere_is_linear() -> None:
    assert holds(comparison("matches", "(a*)*b"), [("a" * 9_000,), []], "string") is False


def test_booleans() -> None:
    assert holds(comparison("eq", True), [(True,), []], "boolean") is True
    assert holds(comparison("ne", True), [(True,), []], "boolean") is False
    assert holds(comparison("in", True, False), [(False,), []], "boolean") is True


def test_junctions() -> None:
    yes, no = comparison("exists"), comparison("notExists")
    cells: Cells = [("1",), []]
    assert holds({"all": [yes, {"any": [no, yes]}, {"not": no}]}, cells) is True
    assert holds({"all": [yes, no]}, cells) is False
    assert holds({"any": [no, no]}, cells) is False
