"""A patch being read: what it would write, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Final, cast

from priorbus.contracts.authorizations import Answers, Occurrence
from priorbus.contracts.commands.requirements import AnswerItem
from priorbus.contracts.replies import Issue
from priorbus.contracts.templates import AnswerType
from priorbus.requirements.domain.questionnaire.closures import Given
from priorbus.requirements.domain.questionnaire.compiled import CompiledGroup, CompiledItem
from priorbus.requirements.domain.questionnaire.scalars import read_answers

MESSAGES: Final = {
    "unknown_link_id": "This question is not part of the questionnaire.",
    "duplicate_link_id": "This question is answered more than once.",
    "type_mismatch": "The answer is not of the type of the question.",
    "answer_not_allowed": "This question can not be answered now.",
    "too_many_answers": "There are more answers than the question allows.",
    "too_many_occurrences": "There are more entries than the group allows.",
    "occurrence_gap": "Entries must be numbered without a gap.",
}


@dataclass(slots=True)
class Target:
    """Where one sent item goes. `item` is None for the response to a payer request; `field` and `path` as the client addressed it."""

    item: CompiledItem | None
    link_id: str
    field: str
    path: str | None = None
    number: int = 0
    order: int = 0


@dataclass(slots=True)
class Draft:
    """What a patch writes: `ordinary` by linkId, `rows` with all occurrences of every touched repeating group, numbers as sent."""

    stored: Answers
    ordinary: dict[str, Given] = field(default_factory=dict)
    rows: dict[str, list[Occurrence]] = field(default_factory=dict)
    answered: list[Target] = field(default_factory=list)
    issues: list[tuple[int, Issue]] = field(default_factory=list)
    order: int = 0

    def next_order(self) -> int:
        """The place of the next item in the body."""
        self.order += 1
        return self.order

    def refuse(self, code: str, target: Target) -> None:
        """Note a finding about an item."""
        self.issues.append((target.order, Issue(code=code, message=MESSAGES[code], field=target.field, path=target.path)))

    def occurrences(self, group: CompiledGroup) -> list[Occurrence]:
        """The group's occurrences, as far as already patched."""
        rows = self.rows.get(group.id)
        if rows is None:
            rows = self.rows[group.id] = list(cast(tuple[Occurrence, ...], self.stored.get(group.id, ())))
        return rows

    def read(self, target: Target, sent: AnswerItem) -> Given | None:
        """The values sent for a target in their stored form, nothing to clear it; None after a finding."""
        item = target.item
        code = None
        given: Given | None = ()
        if item is not None and not item.writable:
            code = "answer_not_allowed"
        elif sent.items is not None or (given := read_answers(_answer_type(item), sent.values)) is None:
            code = "type_mismatch"
        elif len(given) > (1 if item is None else item.item.max_answers):
            code = "too_many_answers"
        if code is None:
            return given
        self.refuse(code, target)
        return None

    def merged(self) -> Answers:
        """The stored answers with the patch laid over; cleared ones stay as empty tuples, empty occurrences keep their numbers."""
        merged: Answers = {**self.stored, **self.ordinary}
        for group_id, rows in self.rows.items():
            merged[group_id] = tuple(rows)
        return merged


def _answer_type(item: CompiledItem | None) -> AnswerType:
    return "string" if item is None else item.item.answer_type
