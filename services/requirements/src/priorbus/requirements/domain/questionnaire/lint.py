"""Everything that makes a template unfit for the catalogue (authorizations.md 5.2, 5.4, 5.5, 6.1, 6.2)."""

from collections import Counter
from collections.abc import Iterator

from priorbus.contracts.templates import Group, Item, Template
from priorbus.requirements.domain.questionnaire.canonical import CANONICAL, TEMPLATE_PREFIX, reserved_for_payers, well_formed
from priorbus.requirements.domain.questionnaire.item_lint import item_findings
from priorbus.requirements.domain.questionnaire.lint_findings import LintCode, LintFinding
from priorbus.requirements.domain.questionnaire.operand_lint import condition_findings

MAX_ITEMS = 2000

Found = tuple[str, LintCode, str]
"""Place, code and message of a finding, before its template is named."""


def lint_template(template: Template) -> list[LintFinding]:
    """All findings of one template, in the order of its items; empty for a template that may be loaded."""
    source = f"{template.template_id}@{template.version}"
    found = [*_structure(template), *condition_findings(template)]
    return [LintFinding(source, place, code, message) for place, code, message in found]


def _structure(template: Template) -> Iterator[Found]:
    if template.version < 1:
        yield template.template_id, "schema", "a version counts from 1"
    yield from _size(template)
    yield from _duplicates(template)
    for group in template.groups:
        yield from _group(group)
        for item in group.items:
            yield from _link_id(item, group)
            yield from item_findings(item, group)


def _size(template: Template) -> Iterator[Found]:
    """Every occurrence that may be shown counts, so that a rendered questionnaire stays within the limit too."""
    items = sum(len(group.items) * (group.max_occurs if group.repeats else 1) for group in template.groups)
    if items > MAX_ITEMS:
        yield template.template_id, "limit_exceeded", f"{items} items, counting occurrences; at most {MAX_ITEMS}"


def _duplicates(template: Template) -> Iterator[Found]:
    link_ids = Counter(item.link_id for group in template.groups for item in group.items)
    groups = Counter(group.id for group in template.groups)
    for name, times in (link_ids + groups).items():
        if times > 1:
            yield name, "duplicate_link_id", "used more than once"


def _group(group: Group) -> Iterator[Found]:
    if not well_formed(group.id) or reserved_for_payers(group.id):
        yield group.id, "malformed_link_id", "no group may be called so"
    if not group.items:
        yield group.id, "schema", "a group needs items"
    if group.repeats and not 0 <= group.min_occurs <= group.max_occurs:
        yield group.id, "schema", "minOccurs and maxOccurs contradict each other"
    if group.repeats and group.max_occurs < 1:
        yield group.id, "schema", "maxOccurs must be at least 1"


def _link_id(item: Item, group: Group) -> Iterator[Found]:
    link_id = item.link_id
    if not well_formed(link_id):
        yield link_id, "malformed_link_id", "segments start with a letter and hold letters, digits, _ and -"
    elif group.repeats and not link_id.startswith(f"{group.id}."):
        yield link_id, "group_link_id", f"items of the repeating group {group.id} start with its id and a dot"
    elif link_id in CANONICAL:
        yield from _canonical(item, group)
    elif not link_id.startswith(TEMPLATE_PREFIX):
        yield link_id, "unreserved_link_id", f"neither canonical nor starting with {TEMPLATE_PREFIX}"


def _canonical(item: Item, group: Group) -> Iterator[Found]:
    canonical = CANONICAL[item.link_id]
    codes = {option.code for option in item.options}
    if item.answer_type != canonical.answer_type:
        yield item.link_id, "canonical_type", f"must be a {canonical.answer_type}, is a {item.answer_type}"
    elif canonical.codes and not codes <= canonical.codes:
        yield item.link_id, "canonical_type", f"offers {', '.join(sorted(codes - canonical.codes))}, which it must not"
    elif canonical.repeats != group.repeats:
        yield item.link_id, "canonical_type", "repeats in every template" if canonical.repeats else "repeats in no template"
