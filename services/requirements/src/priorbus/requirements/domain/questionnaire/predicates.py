"""Conditions as data: the grammar of authorizations.md 5.4 read from JSON into a tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from pydantic import JsonValue

Op = Literal["eq", "ne", "gt", "ge", "lt", "le", "in", "notIn", "exists", "notExists", "contains", "matches"]
Scope = Literal["same_group", "root"]
Operand = str | int | float | bool

MAX_DEPTH: Final = 16
MAX_NODES: Final = 256
VALUE_OPS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "contains", "matches"})
LIST_OPS: Final = frozenset({"in", "notIn"})
BARE_OPS: Final = frozenset({"exists", "notExists"})
_COMPARISON_MEMBERS: Final = frozenset({"linkId", "op", "value", "values", "scope"})


class InvalidExpression(ValueError):
    """JSON that is no Predicate; the text says where."""


class PredicateTooLarge(InvalidExpression):
    """A Predicate beyond the limits of 5.5."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of one operand; `values` holds the single `value` too, nothing for exists and notExists."""

    link_id: str
    op: Op
    values: tuple[Operand, ...] = ()
    scope: Scope = "root"


@dataclass(frozen=True, slots=True)
class Junction:
    """`all` or `any` of its parts."""

    kind: Literal["all", "any"]
    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    part: "Predicate"


Predicate = Comparison | Junction | Negation


def read_predicate(source: JsonValue) -> Predicate:
    """Read one Predicate. Raises InvalidExpression, PredicateTooLarge when it is nested too deeply."""
    return _read(source, 1)


def comparisons(predicate: Predicate) -> Iterator[Comparison]:
    """Every comparison in it, in reading order."""
    if isinstance(predicate, Comparison):
        yield predicate
        return
    parts = predicate.parts if isinstance(predicate, Junction) else (predicate.part,)
    for part in parts:
        yield from comparisons(part)


def node_count(predicate: Predicate) -> int:
    """How many nodes the tree has."""
    if isinstance(predicate, Comparison):
        return 1
    parts = predicate.parts if isinstance(predicate, Junction) else (predicate.part,)
    return 1 + sum(node_count(part) for part in parts)


def _read(source: JsonValue, depth: int) -> Predicate:
    if depth > MAX_DEPTH:
        raise PredicateTooLarge(f"a condition is nested more than {MAX_DEPTH} deep")
    if not isinstance(source, dict):
        raise InvalidExpression("a condition must be an object")
    members = set(source)
    if members == {"not"}:
        return Negation(_read(source["not"], depth + 1))
    if members in ({"all"}, {"any"}):
        kind = cast(Literal["all", "any"], members.pop())
        return Junction(kind, tuple(_read(part, depth + 1) for part in _parts(source[kind], kind)))
    return _read_comparison(source)


def _parts(source: JsonValue, kind: str) -> Sequence[JsonValue]:
    if not isinstance(source, list) or not source:
        raise InvalidExpression(f"{kind} needs a list of conditions")
    return source


def _read_comparison(source: dict[str, JsonValue]) -> Comparison:
    unknown = sorted(set(source) - _COMPARISON_MEMBERS)
    if unknown:
        raise InvalidExpression(f"unknown member {unknown[0]} in a condition")
    link_id, op, scope = source.get("linkId"), source.get("op"), source.get("scope", "root")
    if not isinstance(link_id, str):
        raise InvalidExpression("a comparison needs a linkId")
    if scope not in ("same_group", "root"):
        raise InvalidExpression("scope must be same_group or root")
    if not isinstance(op, str) or op not in VALUE_OPS | LIST_OPS | BARE_OPS:
        raise InvalidExpression("a comparison needs an op of the grammar")
    return Comparison(link_id, cast(Op, op), _read_values(source, op), cast(Scope, scope))


def _read_values(source: dict[str, JsonValue], op: str) -> tuple[Operand, ...]:
    expected = {"value"} if op in VALUE_OPS else {"values"} if op in LIST_OPS else set()
    if set(source) & {"value", "values"} != expected:
        raise InvalidExpression(f"{op} needs {' '.join(expected) or 'neither value nor values'}")
    if op in BARE_OPS:
        return ()
    given = source["values"] if op in LIST_OPS else [source["value"]]
    if not isinstance(given, list) or not given or not all(isinstance(value, str | int | float | bool) for value in given):
        raise InvalidExpression(f"{op} needs scalars to compare with")
    return tuple(cast(list[Operand], given))
