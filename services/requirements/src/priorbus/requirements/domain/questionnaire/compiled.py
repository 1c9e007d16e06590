"""A template made ready for evaluation: cells, compiled conditions, and every constant that evaluations would otherwise build again."""

from dataclasses import dataclass

from priorbus.contracts.authorizations import DocumentRequirement, ItemSurface, Question
from priorbus.contracts.replies import Issue
from priorbus.contracts.templates import Item, Template
from priorbus.requirements.domain.questionnaire.closures import Cells, Given, Test
from priorbus.requirements.domain.questionnaire.constraints import Constraint

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place where an item is answered: the item itself, or its leaf in one occurrence; `missing` asks for a required answer."""

    link_id: str
    missing: Question


@dataclass(frozen=True, slots=True, eq=False)
class CompiledItem:
    """One item. `cell` and `row` say where its answers are kept during an evaluation (see closures.Cells).

    `fixed` is the value of a read_only item, `default` the one of an editable item at create. `values` and `texts` are the
    rules of valuesWhen and textWhen; None stands for all options. `row` is -1 outside repeating groups.
    """

    item: Item
    leaf: str
    cell: int
    row: int
    slots: tuple[Slot, ...]
    inactive_if: Test | None
    required_if: Test | None
    values: tuple[tuple[Test, Codes | None], ...]
    otherwise: Codes | None
    texts: tuple[tuple[Test, str], ...]
    constraints: tuple[Constraint, ...]
    codes: frozenset[str]
    fixed: Given
    default: Given
    surface_inactive: ItemSurface
    plain: bool
    """True when nothing about the item depends on other answers: always active, same text, options and requiredness."""

    @property
    def writable(self) -> bool:
        """True when clients may answer it."""
        return self.item.mode in ("editable", "hidden") and self.item.answer_type != "attachment"

    @property
    def document_type(self) -> str:
        """For items of type attachment: the document type, which is the last segment of the linkId."""
        return self.leaf.rpartition(".")[2]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledGroup:
    """A section. `leaves` finds the items of a repeating group by leaf name, those of an ordinary one by linkId."""

    id: str
    repeats: bool
    min_occurs: int
    max_occurs: int
    items: tuple[CompiledItem, ...]
    leaves: dict[str, CompiledItem]

    def shown(self, occurrences: int) -> int:
        """How many occurrences the questionnaire lists: the existing ones and an empty next one, within the bounds (5.7)."""
        return min(max(occurrences + 1, self.min_occurs), self.max_occurs)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledDocument:
    """A document type that the template may require."""

    requirement: DocumentRequirement
    required_if: Test | None


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    """A cross-item check."""

    issue: Issue
    fails: Test


@dataclass(frozen=True, slots=True, eq=False)
class CompiledTemplate:
    """A template ready for evaluation: build it once per (template id, version), keep it, share it freely.

    `ordinary` are the items outside repeating groups by linkId. `decided` are, in dependency order, the items whose activity
    or value the engine decides.
    """

    template: Template
    groups: tuple[CompiledGroup, ...]
    repeating: dict[str, CompiledGroup]
    ordinary: dict[str, CompiledItem]
    decided: tuple[CompiledItem, ...]
    attachment_items: tuple[CompiledItem, ...]
    documents: tuple[CompiledDocument, ...]
    rules: tuple[CompiledRule, ...]
    blank: Cells
