"""Findings about one item by itself: options, constraints, mode, default."""

from collections.abc import Iterator

from priorbus.contracts.templates import Group, Item
from priorbus.requirements.domain.questionnaire.defaults import read_default
from priorbus.requirements.domain.questionnaire.lint_findings import LintCode
from priorbus.requirements.domain.questionnaire.patterns import whole_match
from priorbus.requirements.domain.questionnaire.predicates import InvalidExpression
from priorbus.requirements.domain.questionnaire.scalars import MAX_TEXT, read_date, read_decimal

Found = tuple[str, LintCode, str]


def item_findings(item: Item, group: Group) -> Iterator[Found]:
    """What is wrong with the item itself; its linkId and its conditions are judged elsewhere."""
    for problem in (*_options(item), *_text_rules(item), *_range(item), *_mode(item, group)):
        yield item.link_id, "invalid_item", problem
    yield from _pattern(item)
    yield from _default(item, group)


def _options(item: Item) -> Iterator[str]:
    codes = [option.code for option in item.options]
    if item.answer_type == "choice" and not codes:
        yield "a choice needs options"
    if item.answer_type != "choice" and codes:
        yield "only a choice has options"
    if item.answer_type != "choice" and item.values_when:
        yield "only a choice has valuesWhen"
    if len(set(codes)) < len(codes) or not all(codes):
        yield "option codes must be unique and not empty"
    if item.max_answers < 1:
        yield "maxAnswers must be at least 1"


def _text_rules(item: Item) -> Iterator[str]:
    if item.answer_type != "string" and (item.pattern is not None or item.max_length is not None):
        yield "only a string has pattern and maxLength"
    if item.max_length is not None and not 0 < item.max_length <= MAX_TEXT:
        yield f"maxLength must be 1 to {MAX_TEXT}"


def _range(item: Item) -> Iterator[str]:
    bounds = [bound for bound in (item.min, item.max) if bound is not None]
    if not bounds:
        return
    if item.answer_type not in ("date", "decimal"):
        yield "only a date or a decimal has min and max"
        return
    read = read_date if item.answer_type == "date" else read_decimal
    if any(read(bound) is None for bound in bounds):
        yield f"min and max must be a {item.answer_type} each"


def _mode(item: Item, group: Group) -> Iterator[str]:
    if (item.mode == "computed") != (item.computed_from is not None):
        yield "mode computed and computedFrom go together"
    if item.mode == "computed" and item.answer_type not in ("string", "choice"):
        yield "computed values are strings or choices"
    if item.mode == "computed" and group.repeats:
        yield "computed items are not allowed inside repeating groups"
    if item.mode == "computed" and item.default_value:
        yield "a computed item has no default"
    if item.mode == "read_only" and not item.default_value:
        yield "a read_only item needs a default"
    if item.answer_type == "attachment" and (group.repeats or item.mode in ("read_only", "computed")):
        yield "attachment items are editable or hidden, outside repeating groups"


def _pattern(item: Item) -> Iterator[Found]:
    if item.pattern is None:
        return
    try:
        whole_match(item.pattern)
    except InvalidExpression as error:
        yield item.link_id, "invalid_expression", str(error)


def _default(item: Item, group: Group) -> Iterator[Found]:
    if not item.default_value:
        return
    if group.repeats:
        yield item.link_id, "default_in_repeating_group", "defaults are not allowed inside repeating groups"
        return
    try:
        read_default(item)
    except ValueError as error:
        yield item.link_id, "invalid_default", str(error)
