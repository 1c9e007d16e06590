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


def delivered(known: PayerAnswer, told: PayerAnswer, day: str) -> PayerAnswer:
    """The answer once the payer has the request after all: its word counts for every open item."""
    if told.error is not None:
        return replace(told, items=(), undelivered=0)
    found = {item.sequence: item for item in told.items}
    items = tuple(_told(item, found.get(item.sequence), day) for item in known.items)
    return replace(told, items=items, wanted=told.wanted or known.wanted, undelivered=0)


def shows_other(before: PayerAnswer, after: PayerAnswer) -> bool:
    """Whether the ClaimResponse says something else."""
    return (before.items, before.error, before.wanted) != (after.items, after.error, after.wanted)


def has_pended(answer: PayerAnswer) -> bool:
    """Whether an item is still open."""
    return any(item.action in OPEN_ACTIONS for item in answer.items)


def _decided(item: ItemDecision, decision: ItemDecision | None, day: str) -> ItemDecision:
    if decision is None or item.action not in OPEN_ACTIONS:
        return item
    return _dated(replace(decision, reference=item.reference, previous=item.previous), day)


def _told(item: ItemDecision, told: ItemDecision | None, day: str) -> ItemDecision:
    if told is None or item.action not in OPEN_ACTIONS:
        return item
    return _dated(replace(told, reference=told.reference or item.reference, previous=item.previous), day)


def _dated(item: ItemDecision, day: str) -> ItemDecision:
    return item if item.action in OPEN_ACTIONS or item.issued else replace(item, issued=day)
