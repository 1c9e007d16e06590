"""The four conditions of an item, read from its JSON (authorizations.md 5.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pydantic import JsonValue

from priorbus.contracts.templates import Condition, Item
from priorbus.requirements.domain.questionnaire.predicates import (
    MAX_NODES,
    Comparison,
    InvalidExpression,
    Predicate,
    PredicateTooLarge,
    comparisons,
    node_count,
    read_predicate,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """An item's conditions; `otherwise` is None when valuesWhen names no fallback (then all options)."""

    required_when: Predicate | None = None
    not_allowed_when: Predicate | None = None
    values: tuple[tuple[Predicate, tuple[str, ...]], ...] = ()
    otherwise: tuple[str, ...] | None = None
    texts: tuple[tuple[Predicate, str], ...] = ()

    def predicates(self) -> Iterator[Predicate]:
        """Every predicate of the item."""
        single = (predicate for predicate in (self.required_when, self.not_allowed_when) if predicate is not None)
        return chain(single, (when for when, _ in self.values), (when for when, _ in self.texts))

    def comparisons(self) -> Iterator[Comparison]:
        """Every comparison in any of them."""
        return chain.from_iterable(map(comparisons, self.predicates()))


def read_condition(source: Condition) -> Predicate | None:
    """One predicate, None for `{}`. Raises InvalidExpression."""
    if not source:
        return None
    predicate = read_predicate(source)
    _limit_nodes([predicate])
    return predicate


def read_conditions(item: Item) -> Conditions:
    """All conditions of an item. Raises InvalidExpression, PredicateTooLarge above 256 nodes together."""
    values, otherwise = _read_values_when(item)
    conditions = Conditions(
        required_when=read_predicate(item.required_when) if item.required_when else None,
        not_allowed_when=read_predicate(item.not_allowed_when) if item.not_allowed_when else None,
        values=values,
        otherwise=otherwise,
        texts=_read_text_when(item.text_when),
    )
    _limit_nodes(conditions.predicates())
    return conditions


def _limit_nodes(predicates: Sequence[Predicate] | Iterator[Predicate]) -> None:
    if sum(map(node_count, predicates)) > MAX_NODES:
        raise PredicateTooLarge(f"the conditions have more than {MAX_NODES} nodes")


def _read_values_when(item: Item) -> tuple[tuple[tuple[Predicate, tuple[str, ...]], ...], tuple[str, ...] | None]:
    if not item.values_when:
        return (), None
    codes = {option.code for option in item.options}
    rules = tuple(
        (read_predicate(rule["when"]), _codes(rule["values"], codes)) for rule in _rules(item.values_when, "values", {"otherwise"})
    )
    otherwise = item.values_when.get("otherwise")
    return rules, None if otherwise is None else _codes(otherwise, codes)


def _read_text_when(source: Condition) -> tuple[tuple[Predicate, str], ...]:
    if not source:
        return ()
    rules = []
    for rule in _rules(source, "text", set()):
        text = rule["text"]
        if not isinstance(text, str) or not text:
            raise InvalidExpression("textWhen needs a text in every rule")
        rules.append((read_predicate(rule["when"]), text))
    return tuple(rules)


def _rules(source: Condition, result: str, optional: set[str]) -> list[dict[str, JsonValue]]:
    rules = source.get("rules")
    if set(source) - optional != {"rules"} or not isinstance(rules, list):
        raise InvalidExpression("expected an object with rules")
    read = [rule for rule in rules if isinstance(rule, dict) and set(rule) == {"when", result}]
    if len(read) != len(rules):
        raise InvalidExpression(f"every rule needs exactly when and {result}")
    return read


def _codes(source: JsonValue, known: set[str]) -> tuple[str, ...]:
    if not isinstance(source, list):
        raise InvalidExpression("valuesWhen needs lists of codes")
    codes = tuple(code for code in source if isinstance(code, str) and code in known)
    if len(codes) != len(source):
        raise InvalidExpression("valuesWhen names a code that is no option of the item")
    return codes
