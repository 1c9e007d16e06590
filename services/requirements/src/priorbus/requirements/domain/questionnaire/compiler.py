"""From a template to its compiled form."""

from collections.abc import Mapping
from typing import Any, cast

from priorbus.contracts.authorizations import DocumentRequirement, ItemSurface, Question
from priorbus.contracts.replies import Issue
from priorbus.contracts.templates import DocumentRule, Group, Item, Rule, Template
from priorbus.requirements.domain.questionnaire.closures import Place, Test, compile_predicate
from priorbus.requirements.domain.questionnaire.compiled import (
    Codes,
    CompiledDocument,
    CompiledGroup,
    CompiledItem,
    CompiledRule,
    CompiledTemplate,
    Slot,
)
from priorbus.requirements.domain.questionnaire.conditions import Conditions, read_condition, read_conditions
from priorbus.requirements.domain.questionnaire.constraints import constraints_of
from priorbus.requirements.domain.questionnaire.defaults import read_default
from priorbus.requirements.domain.questionnaire.dependencies import dependency_order
from priorbus.requirements.domain.questionnaire.lint import lint_template
from priorbus.requirements.domain.questionnaire.lint_findings import InvalidTemplate
from priorbus.requirements.domain.questionnaire.predicates import Predicate
from priorbus.requirements.domain.questionnaire.wording import missing_message

Places = Mapping[str, Place]


def compile_template(template: Template) -> CompiledTemplate:
    """Compile a template. Raises InvalidTemplate (with its findings) for one that `priorbus catalog lint` would refuse."""
    findings = lint_template(template)
    if findings:
        raise InvalidTemplate(findings)
    conditions = {item.link_id: read_conditions(item) for group in template.groups for item in group.items}
    places = _places(template)
    groups = tuple(_group(group, conditions, places) for group in template.groups)
    items = {item.item.link_id: item for group in groups for item in group.items}
    order = dependency_order({link_id: [found.link_id for found in own.comparisons()] for link_id, own in conditions.items()})
    return CompiledTemplate(
        template=template,
        groups=groups,
        repeating={group.id: group for group in groups if group.repeats},
        ordinary={item.item.link_id: item for group in groups if not group.repeats for item in group.items},
        decided=tuple(items[link_id] for link_id in order if _decided(items[link_id])),
        attachment_items=tuple(item for item in items.values() if item.item.answer_type == "attachment"),
        documents=tuple(_document(rule, places) for rule in template.documents),
        rules=tuple(_rule(rule, places) for rule in template.rules),
        blank=[()] * (len(items) + sum(len(group.items) for group in groups if group.repeats)),
    )


def _decided(item: CompiledItem) -> bool:
    return bool(item.inactive_if or item.default or item.item.mode in ("read_only", "computed"))


def _places(template: Template) -> dict[str, Place]:
    """Cells of all items first, then a row for each leaf of a repeating group."""
    items = [(item, group.repeats) for group in template.groups for item in group.items]
    places: dict[str, Place] = {}
    row = len(items)
    for cell, (item, repeats) in enumerate(items):
        places[item.link_id] = Place(item.answer_type, cell, row if repeats else None)
        row += repeats
    return places


def _group(group: Group, conditions: Mapping[str, Conditions], places: Places) -> CompiledGroup:
    items = tuple(_item(item, group, conditions[item.link_id], places) for item in group.items)
    return CompiledGroup(
        id=group.id,
        repeats=group.repeats,
        min_occurs=group.min_occurs if group.repeats else 0,
        max_occurs=group.max_occurs if group.repeats else 1,
        items=items,
        leaves={item.leaf: item for item in items},
    )


def _item(item: Item, group: Group, conditions: Conditions, places: Places) -> CompiledItem:
    place = places[item.link_id]
    default = read_default(item)
    return CompiledItem(
        item=item,
        leaf=item.link_id.removeprefix(f"{group.id}.") if group.repeats else item.link_id,
        cell=place.cell,
        row=-1 if place.row is None else place.row,
        slots=_slots(item, group),
        inactive_if=_test(conditions.not_allowed_when, places),
        required_if=None if item.required else _test(conditions.required_when, places),
        values=tuple((compile_predicate(when, places), _subset(item, codes)) for when, codes in conditions.values),
        otherwise=None if conditions.otherwise is None else _subset(item, conditions.otherwise),
        texts=tuple((compile_predicate(when, places), text) for when, text in conditions.texts),
        constraints=constraints_of(item),
        codes=frozenset(option.code for option in item.options),
        fixed=default if item.mode == "read_only" else (),
        default=() if item.mode == "read_only" else default,
        surface_inactive=ItemSurface(active=False, required=False if item.required else None),
        plain=not any(True for _ in conditions.predicates()) and conditions.otherwise is None,
    )


def _slots(item: Item, group: Group) -> tuple[Slot, ...]:
    link_ids = [item.link_id]
    if group.repeats:
        leaf = item.link_id.removeprefix(f"{group.id}.")
        link_ids = [f"{group.id}.{number}.{leaf}" for number in range(group.max_occurs)]
    return tuple(Slot(link_id, Question(link_id=link_id, message=missing_message(item.text))) for link_id in link_ids)


def _subset(item: Item, codes: Codes) -> Codes | None:
    """The codes in the order of the options; None when they are all options."""
    ordered = tuple(option.code for option in item.options if option.code in codes)
    return None if len(ordered) == len(item.options) else ordered


def _test(predicate: Predicate | None, places: Places) -> Test | None:
    return None if predicate is None else compile_predicate(predicate, places)


def _document(rule: DocumentRule, places: Places) -> CompiledDocument:
    return CompiledDocument(DocumentRequirement(type=rule.type, message=rule.message), _test(read_condition(rule.required_when), places))


def _rule(rule: Rule, places: Places) -> CompiledRule:
    issue = Issue(code=rule.code, message=rule.message, field=rule.field, severity=rule.severity)
    return CompiledRule(issue, cast(Any, _test(read_condition(rule.fail_when), places)))
