"""Decisions that come after the first response (fhir-pas.md 10, 15, 23)."""

from collections.abc import Iterable
from dataclasses import replace

from priorbus.fhir_pas.domain.payer import OPEN_ACTIONS, ItemDecision, PayerAnswer


def first_answer(answer: PayerAnswer, day: str) -> PayerAnswer:
    """The answer as it is recorded: every decision made today has its date."""
    return replace(answer, items=tuple(_dated(item, day) for item in answer.items))


def with_decisions(known: PayerAnswer, decisions: Iterable[ItemDecision], day: str) -> PayerAnswer:
    """The answer after decisions on its pended items; others stay. References and replaced numbers are kept."""
    found = {item.sequence: item for item in decisions if item.action not in OPEN_ACTIONS}
    items = tuple(_decided(item, found.get(item.sequence), day) for item in known.items)
    return replace(known, items=items)


def has_pended(answer: PayerAnswer) -> bool:
    """Whether an item is still open."""
    return any(item.action in OPEN_ACTIONS for item in answer.items)


def _decided(item: ItemDecision, decision: ItemDecision | None, day: str) -> ItemDecision:
    if decision is None or item.action not in OPEN_ACTIONS:
        return item
    return _dated(replace(decision, reference=item.reference, previous=item.previous), day)


def _dated(item: ItemDecision, day: str) -> ItemDecision:
    return item if item.action in OPEN_ACTIONS or item.issued else replace(item, issued=day)
