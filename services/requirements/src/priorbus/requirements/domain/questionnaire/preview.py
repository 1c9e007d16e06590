"""Readiness of a case without writing anything (authorizations.md 10.5)."""

from collections.abc import Iterator
from typing import Final

from priorbus.contracts.authorizations import Answers
from priorbus.contracts.commands.requirements import AnswerSet
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Condition
from priorbus.requirements.domain.questionnaire.compiled import CompiledItem, CompiledTemplate
from priorbus.requirements.domain.questionnaire.conditions import read_condition, read_conditions
from priorbus.requirements.domain.questionnaire.current import is_required
from priorbus.requirements.domain.questionnaire.documents import demands
from priorbus.requirements.domain.questionnaire.evaluation import evaluate
from priorbus.requirements.domain.questionnaire.patching import apply_patch
from priorbus.requirements.domain.questionnaire.predicates import comparisons
from priorbus.requirements.domain.questionnaire.results import (
    Circumstances,
    DocumentDemand,
    Evaluation,
    Preview,
    QuestionState,
    ValidationIssue,
)
from priorbus.requirements.domain.questionnaire.standing import Standing, open_responses, stand

_RULE_TYPES: Final = {"pattern_mismatch": "pattern", "too_long": "range", "out_of_range": "range", "option_not_allowed": "option"}


def preview(compiled: CompiledTemplate, answers: Answers, patch: AnswerSet | None, circumstances: Circumstances) -> Preview | Refusal:
    """Readiness with the patch merged hypothetically (10.5); refuses as `apply_patch` does."""
    if patch is not None:
        patched = apply_patch(compiled, answers, patch, circumstances)
        if isinstance(patched, Refusal):
            return patched
        answers = patched.answers
    evaluation = evaluate(compiled, answers, circumstances)
    standing = stand(compiled, evaluation.answers, circumstances)
    documents = demands(compiled, standing, circumstances)
    return Preview(
        submittable=not evaluation.blocked,
        issues=tuple(_issues(compiled, evaluation, documents)),
        questions=tuple(_states(compiled, standing, evaluation, circumstances)),
        documents=tuple(documents),
    )


def _issues(compiled: CompiledTemplate, evaluation: Evaluation, documents: list[DocumentDemand]) -> Iterator[ValidationIssue]:
    """Missing answers, then stored findings, then documents."""
    flagged = {issue.field for issue in evaluation.issues}
    items = {slot.link_id: item for group in compiled.groups for item in group.items for slot in item.slots}
    for question in evaluation.questions:
        if question.link_id not in flagged:
            rule_type, related = _reason(items.get(question.link_id))
            yield ValidationIssue(
                question.link_id, "required", question.message, "error", blocking=True, rule_type=rule_type, related_keys=related
            )
    operands = {(rule.field, rule.code): _operands(rule.fail_when) for rule in compiled.template.rules}
    for issue in evaluation.issues:
        field, blocking = issue.field or "", issue.severity == "error"
        yield ValidationIssue(
            field,
            issue.code,
            issue.message,
            issue.severity,
            blocking=blocking,
            rule_type=_RULE_TYPES.get(issue.code, "rule"),
            related_keys=operands.get((field, issue.code), ()),
        )
    for demand in documents:
        if not demand.satisfied:
            yield ValidationIssue(demand.type, "document_required", demand.message, "error", blocking=True, rule_type="document")


def _reason(item: CompiledItem | None) -> tuple[str, tuple[str, ...]]:
    """Why an answer is required: always, or by a condition on other items."""
    if item is None or item.item.required:
        return "required", ()
    conditions = read_conditions(item.item)
    required_when = comparisons(conditions.required_when) if conditions.required_when else ()
    return "condition", tuple(dict.fromkeys(comparison.link_id for comparison in required_when))


def _operands(source: Condition) -> tuple[str, ...]:
    predicate = read_condition(source)
    return tuple(dict.fromkeys(comparison.link_id for comparison in comparisons(predicate))) if predicate else ()


def _states(
    compiled: CompiledTemplate, standing: Standing, evaluation: Evaluation, circumstances: Circumstances
) -> Iterator[QuestionState]:
    blocking = {question.link_id for question in evaluation.questions}
    for group in compiled.groups:
        for number in range(len(standing.cells[group.items[0].row]) if group.repeats else 1):
            for item in group.items:
                yield _state(item, number, standing, blocking)
    for link_id in open_responses(circumstances):
        yield QuestionState(link_id, enabled=True, required=True, answered=link_id in evaluation.answers, blocking=link_id in blocking)


def _state(item: CompiledItem, number: int, standing: Standing, blocking: set[str]) -> QuestionState:
    link_id = item.slots[number].link_id
    enabled = (item.cell, number) not in standing.inactive
    given = standing.cells[item.row][number] if item.row >= 0 else standing.cells[item.cell]
    return QuestionState(
        link_id,
        enabled=enabled,
        required=enabled and is_required(item, standing.cells, number),
        answered=bool(given),
        blocking=link_id in blocking,
    )
