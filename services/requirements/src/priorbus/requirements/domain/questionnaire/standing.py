"""Which items are active and what is answered: one pass in dependency order (authorizations.md 5.4, 5.6.1 and 5.6.2)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, cast

from priorbus.contracts.authorizations import Answers, Occurrence
from priorbus.requirements.domain.questionnaire.canonical import response_link_id
from priorbus.requirements.domain.questionnaire.closures import Cells, Given
from priorbus.requirements.domain.questionnaire.compiled import CompiledGroup, CompiledItem, CompiledTemplate
from priorbus.requirements.domain.questionnaire.results import Circumstances

_ATTACHED: Final[Given] = (True,)
"""Stands for the answer of an attachment item whose document is there: conditions can only ask whether it exists."""


@dataclass(slots=True)
class Standing:
    """The cells after the pass. `inactive` holds (cell, occurrence); `dropped` the ones among them that held an answer."""

    cells: Cells
    inactive: set[tuple[int, int]] = field(default_factory=set)
    dropped: set[tuple[int, int]] = field(default_factory=set)


def stand(compiled: CompiledTemplate, answers: Answers, circumstances: Circumstances, *, opening: bool = False) -> Standing:
    """Fill the cells, then decide activity and engine-kept values. With `opening` defaults of unanswered active items are set."""
    cells = _filled(compiled, answers, circumstances)
    standing = Standing(cells)
    for item in compiled.decided:
        if item.row >= 0:
            _decide_leaf(item, standing)
        else:
            _decide(item, standing, circumstances, opening=opening)
    return standing


def normalised(compiled: CompiledTemplate, standing: Standing, answers: Answers, circumstances: Circumstances) -> Answers:
    """The answers of active items in questionnaire order, empty occurrences removed, responses to payer requests last."""
    cells = standing.cells
    kept: Answers = {}
    for group in compiled.groups:
        if group.repeats:
            occurrences = tuple(_occurrences(group, cells))
            if occurrences:
                kept[group.id] = occurrences
            continue
        for item in group.items:
            given = cells[item.cell]
            if given and item.item.answer_type != "attachment":
                kept[item.item.link_id] = given
    for link_id in open_responses(circumstances):
        if given := answers.get(link_id):
            kept[link_id] = given
    return kept


def open_responses(circumstances: Circumstances) -> list[str]:
    """The linkIds of the items that payer requests without documents add."""
    return [response_link_id(request.number) for request in circumstances.payer_requests if not request.document_types]


def dropped_link_ids(compiled: CompiledTemplate, standing: Standing) -> tuple[str, ...]:
    """Flat linkIds of answers that went because their items are inactive, in questionnaire order."""
    if not standing.dropped:
        return ()
    return tuple(
        item.slots[number].link_id
        for group in compiled.groups
        for number in range(group.max_occurs)
        for item in group.items
        if (item.cell, number) in standing.dropped
    )


def _filled(compiled: CompiledTemplate, answers: Answers, circumstances: Circumstances) -> Cells:
    cells = compiled.blank.copy()
    ordinary = compiled.ordinary
    for link_id, given in answers.items():
        item = ordinary.get(link_id)
        if item is not None:
            cells[item.cell] = given
    for group in compiled.repeating.values():
        _fill_group(group, cast(tuple[Occurrence, ...], answers.get(group.id, ())), cells)
    if compiled.attachment_items:
        provided = set(chain.from_iterable(attachment.document_types for attachment in circumstances.attachments))
        for item in compiled.attachment_items:
            cells[item.cell] = _ATTACHED if item.document_type in provided else ()
    return cells


def _fill_group(group: CompiledGroup, occurrences: tuple[Occurrence, ...], cells: Cells) -> None:
    empty: list[Given] = [()] * (group.shown(len(occurrences)) - len(occurrences))
    for item in group.items:
        row = [occurrence.get(item.leaf, ()) for occurrence in occurrences]
        cells[item.cell] = tuple(chain.from_iterable(row))
        cells[item.row] = row + empty


def _decide(item: CompiledItem, standing: Standing, circumstances: Circumstances, *, opening: bool) -> None:
    cells, cell = standing.cells, item.cell
    if item.inactive_if is not None and item.inactive_if(cells, 0):
        standing.inactive.add((cell, 0))
        if cells[cell] and item.writable:
            standing.dropped.add((cell, 0))
        cells[cell] = ()
    elif item.item.mode == "computed":
        cells[cell] = computed_value(item, circumstances)
    elif item.fixed:
        cells[cell] = item.fixed
    elif opening and not cells[cell]:
        cells[cell] = item.default


def _decide_leaf(item: CompiledItem, standing: Standing) -> None:
    if item.inactive_if is None:
        return
    cells = standing.cells
    row = cells[item.row]
    for number, given in enumerate(row):
        if item.inactive_if(cells, number):
            standing.inactive.add((item.cell, number))
            if given:
                standing.dropped.add((item.cell, number))
                row[number] = ()
    cells[item.cell] = tuple(chain.from_iterable(row))


def _occurrences(group: CompiledGroup, cells: Cells) -> Iterator[Occurrence]:
    rows = [(item.leaf, cells[item.row]) for item in group.items]
    for number in range(len(rows[0][1])):
        occurrence = {leaf: row[number] for leaf, row in rows if row[number]}
        if occurrence:
            yield occurrence


def computed_value(item: CompiledItem, circumstances: Circumstances) -> Given:
    """What a computed item holds: one member of the request (5.1, mode)."""
    selection = circumstances.selection
    return (
        {
            "providerNpi": circumstances.provider_npi,
            "payerId": selection.payer_id,
            "insuranceState": selection.state,
            "serviceType": selection.service_type,
            "serviceCode": selection.service_code,
            "serviceCodeSystem": selection.service_code_system,
        }[item.item.computed_from or ""],
    )
