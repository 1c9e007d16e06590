"""Nested addressing: one sibling item per occurrence of a repeating group, leaves inside (style C, authorizations.md 5.7)."""

from collections import Counter

from priorbus.contracts.authorizations import Occurrence
from priorbus.contracts.commands.requirements import AnswerItem
from priorbus.requirements.domain.questionnaire.canonical import PAYER_GROUP
from priorbus.requirements.domain.questionnaire.compiled import CompiledGroup, CompiledTemplate
from priorbus.requirements.domain.questionnaire.draft import Draft, Target


class NestedReader:
    """Reads the items of one nested patch into a draft."""

    __slots__ = ("_compiled", "_draft", "_responses", "_sections", "_seen", "_siblings")

    def __init__(self, compiled: CompiledTemplate, draft: Draft, responses: list[str]) -> None:
        self._compiled = compiled
        self._draft = draft
        self._responses = responses
        self._seen: set[str] = set()
        self._siblings: Counter[str] = Counter()
        self._sections: dict[str, frozenset[str]] = {group.id: frozenset(group.leaves) for group in compiled.groups if not group.repeats}
        if responses:
            self._sections[PAYER_GROUP] = frozenset(responses)

    def read(self, items: tuple[AnswerItem, ...]) -> None:
        """Read all items in body order."""
        for sent in items:
            order = self._draft.next_order()
            if sent.link_id in self._compiled.repeating:
                self._occurrence(self._compiled.repeating[sent.link_id], sent, order)
            elif sent.link_id in self._sections:
                self._section(sent, order)
            else:
                self._leaf(sent, order)

    def _section(self, sent: AnswerItem, order: int) -> None:
        if sent.values:
            self._draft.refuse("type_mismatch", Target(None, sent.link_id, sent.link_id, None, 0, order))
        for inner in sent.items or ():
            self._leaf(inner, self._draft.next_order(), self._sections[sent.link_id])

    def _leaf(self, sent: AnswerItem, order: int, section: frozenset[str] | None = None) -> None:
        link_id, draft = sent.link_id, self._draft
        item = self._compiled.ordinary.get(link_id)
        target = Target(item, link_id, link_id, None, 0, order)
        if (item is None and link_id not in self._responses) or (section is not None and link_id not in section):
            draft.refuse("unknown_link_id", target)
        elif link_id in self._seen:
            draft.refuse("duplicate_link_id", target)
        else:
            self._seen.add(link_id)
            given = draft.read(target, sent)
            if given is not None:
                draft.ordinary[link_id] = given
                if given:
                    draft.answered.append(target)

    def _occurrence(self, group: CompiledGroup, sent: AnswerItem, order: int) -> None:
        """The siblings of a body replace all occurrences of the group; one without answers adds none."""
        draft, index = self._draft, self._siblings[group.id]
        self._siblings[group.id] += 1
        rows = draft.rows.setdefault(group.id, [])
        target = Target(None, group.id, group.id, f"{group.id}[{index}]", len(rows), order)
        if sent.values:
            draft.refuse("type_mismatch", target)
            return
        occurrence = self._leaves(group, sent, index, len(rows))
        if not occurrence:
            return
        if len(rows) >= group.max_occurs:
            draft.refuse("too_many_occurrences", target)
            return
        rows.append(occurrence)

    def _leaves(self, group: CompiledGroup, sent: AnswerItem, index: int, number: int) -> Occurrence:
        draft = self._draft
        seen: set[str] = set()
        occurrence: Occurrence = {}
        for inner in sent.items or ():
            leaf = inner.link_id
            item = group.leaves.get(leaf)
            target = Target(item, f"{group.id}.{number}.{leaf}", leaf, f"{group.id}[{index}].{leaf}", number, draft.next_order())
            if item is None:
                draft.refuse("unknown_link_id", target)
            elif leaf in seen:
                draft.refuse("duplicate_link_id", target)
            elif given := draft.read(target, inner):
                occurrence[leaf] = given
                draft.answered.append(target)
            seen.add(leaf)
        return occurrence
