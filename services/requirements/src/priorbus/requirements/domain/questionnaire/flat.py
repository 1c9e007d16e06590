"""Flat addressing: every leaf by itself, `diagnoses.0.code` for a leaf of a repeating group (style B, authorizations.md 5.7)."""

import re
from typing import Final

from priorbus.contracts.commands.requirements import AnswerItem
from priorbus.requirements.domain.questionnaire.closures import Given
from priorbus.requirements.domain.questionnaire.compiled import CompiledGroup, CompiledTemplate
from priorbus.requirements.domain.questionnaire.draft import Draft, Target

_NUMBERED: Final = re.compile(r"(.+)\.(0|[1-9][0-9]{0,5})\.(.+)", re.DOTALL)
"""No segment of a template's linkId is numeric, so the split is unique."""


class FlatReader:
    """Reads the items of one flat patch into a draft."""

    __slots__ = ("_compiled", "_draft", "_new", "_responses", "_seen")

    def __init__(self, compiled: CompiledTemplate, draft: Draft, responses: list[str]) -> None:
        self._compiled = compiled
        self._draft = draft
        self._responses = responses
        self._seen: set[str] = set()
        self._new: dict[str, list[tuple[Target, Given]]] = {}

    def read(self, items: tuple[AnswerItem, ...]) -> None:
        """Read all items; answers that open new occurrences are placed last, when all numbers are known."""
        for sent in items:
            self._item(sent)
        for group_id, writes in self._new.items():
            self._append(self._compiled.repeating[group_id], writes)

    def _item(self, sent: AnswerItem) -> None:
        link_id, draft = sent.link_id, self._draft
        item = self._compiled.ordinary.get(link_id)
        target = Target(item, link_id, link_id, None, 0, draft.next_order())
        if item is None and link_id not in self._responses:
            self._numbered(target, sent)
        elif self._first(target) and (given := draft.read(target, sent)) is not None:
            draft.ordinary[link_id] = given
            if given:
                draft.answered.append(target)

    def _first(self, target: Target) -> bool:
        if target.link_id in self._seen:
            self._draft.refuse("duplicate_link_id", target)
            return False
        self._seen.add(target.link_id)
        return True

    def _numbered(self, target: Target, sent: AnswerItem) -> None:
        match = _NUMBERED.fullmatch(target.link_id)
        group = self._compiled.repeating.get(match[1]) if match else None
        item = group.leaves.get(match[3]) if group and match else None
        if group is None or item is None or match is None:
            self._draft.refuse("unknown_link_id", target)
            return
        target.item, target.number = item, int(match[2])
        if not self._first(target):
            return
        if target.number >= group.max_occurs:
            self._draft.refuse("too_many_occurrences", target)
            return
        given = self._draft.read(target, sent)
        if given is not None:
            self._write(group, target, given)

    def _write(self, group: CompiledGroup, target: Target, given: Given) -> None:
        rows = self._draft.occurrences(group)
        if target.number < len(rows):
            rows[target.number] = {**rows[target.number], _leaf(target): given}
            if given:
                self._draft.answered.append(target)
        elif given:
            self._new.setdefault(group.id, []).append((target, given))

    def _append(self, group: CompiledGroup, writes: list[tuple[Target, Given]]) -> None:
        """New occurrences have the next free numbers, in whatever order the body names them."""
        rows = self._draft.occurrences(group)
        for target, given in sorted(writes, key=lambda write: write[0].number):
            if target.number > len(rows):
                self._draft.refuse("occurrence_gap", target)
                continue
            if target.number == len(rows):
                rows.append({})
            rows[target.number][_leaf(target)] = given
            self._draft.answered.append(target)


def _leaf(target: Target) -> str:
    assert target.item is not None
    return target.item.leaf
