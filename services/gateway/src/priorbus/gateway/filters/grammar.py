"""Reads filters (patient-attachments.md 8.1). Nothing unknown is skipped: every defect is a 400."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from priorbus.gateway.filters.columns import OPERATORS, Column, Columns, Operator
from priorbus.gateway.filters.values import Moment, parse_moment, parse_number, parse_numbers
from priorbus.gateway.http.problem import Problem

MAX_FILTERS = 20
MAX_BYTES = 2048
PARAMETERS = ("q[]", "q")
_SHOWN = 200
_FIELD = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_BARE: tuple[Operator, ...] = ("!?", "?", "*")
_WITH_VALUE: tuple[Operator, ...] = (">=", "<=", "!=", "~~", ">", "<", "=", "~")
"""Longest first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. `~` has become `~~`, `=` on numbers holds a tuple; `?`, `!?` and `*` hold None."""

    column: Column
    operator: Operator
    value: Moment | tuple[int, ...] | int | str | None = None


def parse_filters(texts: Iterable[str], columns: Columns) -> tuple[Filter, ...]:
    """The filters of one request. Raises Problem (400)."""
    given = list(texts)
    if len(given) > MAX_FILTERS:
        raise Problem("invalid_filter", details={"filter": given[MAX_FILTERS][:_SHOWN], "maximum": MAX_FILTERS})
    return tuple(parse_filter(text, columns) for text in given)


def parse_filter(text: str, columns: Columns) -> Filter:
    """One filter. Raises Problem (400) `column_not_searchable`, `operator_not_allowed` or `invalid_filter`."""
    name, colon, test = text.partition(":")
    if not colon or _FIELD.fullmatch(name) is None or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _invalid(text)
    column = columns.get(name)
    if column is None:
        raise Problem("column_not_searchable", details={"column": name, "searchable": list(columns)})
    operator, rest = _split(test, text)
    allowed = OPERATORS[column.type]
    if operator not in allowed:
        raise Problem("operator_not_allowed", details={"column": name, "operator": operator, "allowed": list(allowed)})
    try:
        return _filter(column, operator, rest)
    except ValueError:
        raise _invalid(text) from None


def _split(test: str, text: str) -> tuple[Operator, str]:
    for operator in _BARE:
        if test.startswith(operator):
            if test != operator:
                raise _invalid(text)
            return operator, ""
    for operator in _WITH_VALUE:
        if test.startswith(operator):
            return operator, test.removeprefix(operator)
    raise _invalid(text)


def _filter(column: Column, operator: Operator, text: str) -> Filter:
    """Raises ValueError when the text is no value of the column's type."""
    if operator in _BARE:
        return Filter(column, operator)
    if column.type == "string":
        return Filter(column, "~~", f"%{text}%") if operator == "~" else Filter(column, operator, text)
    if column.type == "date-time":
        return Filter(column, operator, parse_moment(text))
    signed = column.type == "integer"
    if operator == "=":
        return Filter(column, operator, parse_numbers(text, signed=signed))
    return Filter(column, operator, parse_number(text, signed=signed))


def _invalid(text: str) -> Problem:
    return Problem("invalid_filter", details={"filter": text[:_SHOWN]})
