"""Findings about conditions: grammar, limits, operands, scopes, cycles (authorizations.md 5.4, 5.5)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from priorbus.contracts.templates import Group, Item, Template
from priorbus.requirements.domain.questionnaire.conditions import Conditions, read_condition, read_conditions
from priorbus.requirements.domain.questionnaire.dependencies import DependencyCycle, dependency_order
from priorbus.requirements.domain.questionnaire.lint_findings import LintCode
from priorbus.requirements.domain.questionnaire.operands import operand_problem
from priorbus.requirements.domain.questionnaire.patterns import whole_match
from priorbus.requirements.domain.questionnaire.predicates import Comparison, InvalidExpression, Predicate, PredicateTooLarge, comparisons

Found = tuple[str, LintCode, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Operands:
    """The items that conditions may ask for, and the group each belongs to."""

    items: dict[str, tuple[Item, Group]]

    def findings(self, place: str, found: Iterable[Comparison], group: Group | None) -> Iterator[Found]:
        """Judge comparisons made by something in `group` (None: by a document or rule)."""
        for comparison in found:
            yield from self._comparison(place, comparison, group)

    def _comparison(self, place: str, comparison: Comparison, group: Group | None) -> Iterator[Found]:
        known = self.items.get(comparison.link_id)
        if known is None:
            yield place, "unknown_operand", f"asks for {comparison.link_id}, which is no item of the template"
            return
        item, home = known
        problem = operand_problem(comparison, item.answer_type)
        if problem:
            yield place, "operand_type", problem
        elif comparison.op == "matches" and not _compiles(str(comparison.values[0])):
            yield place, "invalid_expression", "matches needs an RE2 expression"
        if comparison.scope == "same_group" and not (home.repeats and group is not None and home.id == group.id):
            yield place, "operand_scope", f"same_group needs {comparison.link_id} in the same repeating group"


def condition_findings(template: Template) -> Iterator[Found]:
    """All findings about the conditions of items, documents and rules; cycles are looked for when nothing else is wrong."""
    operands = _Operands({item.link_id: (item, group) for group in template.groups for item in group.items})
    graph: dict[str, list[str]] = {}
    sound = True
    for group in template.groups:
        for item in group.items:
            conditions, findings = _attempt(item.link_id, partial(read_conditions, item))
            own = list((conditions or Conditions()).comparisons())
            findings.extend(operands.findings(item.link_id, own, group))
            graph[item.link_id] = [comparison.link_id for comparison in own if comparison.link_id in operands.items]
            sound = sound and not findings
            yield from findings
    yield from _cross_item(template, operands)
    if sound:
        yield from _cycle(graph)


def _cross_item(template: Template, operands: _Operands) -> Iterator[Found]:
    for document in template.documents:
        yield from _predicate(document.type, partial(read_condition, document.required_when), operands)
    for rule in template.rules:
        if not rule.fail_when:
            yield rule.code, "invalid_expression", "a rule needs failWhen"
        yield from _predicate(rule.code, partial(read_condition, rule.fail_when), operands)


def _predicate(place: str, read: Callable[[], Predicate | None], operands: _Operands) -> Iterator[Found]:
    predicate, findings = _attempt(place, read)
    yield from findings
    if predicate is not None:
        yield from operands.findings(place, comparisons(predicate), None)


def _attempt(place: str, read: Callable[[], T]) -> tuple[T | None, list[Found]]:
    try:
        return read(), []
    except PredicateTooLarge as error:
        return None, [(place, "limit_exceeded", str(error))]
    except InvalidExpression as error:
        return None, [(place, "invalid_expression", str(error))]


def _cycle(graph: dict[str, list[str]]) -> Iterator[Found]:
    try:
        dependency_order(graph)
    except DependencyCycle as error:
        yield error.link_ids[0], "cycle", f"conditions ask for each other: {error}"


def _compiles(pattern: str) -> bool:
    try:
        whole_match(pattern)
    except InvalidExpression:
        return False
    return True
