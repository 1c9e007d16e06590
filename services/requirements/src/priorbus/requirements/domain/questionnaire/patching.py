"""Merging what a client sent into stored answers, all or nothing (authorizations.md 5.3)."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final, cast

from priorbus.contracts.authorizations import Answers, Occurrence
from priorbus.contracts.commands.requirements import AnswerItem, AnswerSet
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.questionnaire.compiled import CompiledGroup, CompiledTemplate
from priorbus.requirements.domain.questionnaire.draft import Draft
from priorbus.requirements.domain.questionnaire.flat import FlatReader
from priorbus.requirements.domain.questionnaire.nested import NestedReader
from priorbus.requirements.domain.questionnaire.results import Circumstances, PatchResult
from priorbus.requirements.domain.questionnaire.standing import Standing, dropped_link_ids, normalised, open_responses, stand

MAX_PATCH_BYTES: Final = 64 * 1024
_LONGEST_UTF8: Final = 4
_Order = tuple[int, int, int]


def apply_patch(compiled: CompiledTemplate, answers: Answers, patch: AnswerSet, circumstances: Circumstances) -> PatchResult | Refusal:
    """Merge a partial answer set (5.3, 5.7), all or nothing. Follow with `evaluate(compiled, result.answers, circumstances)`.

    Refusals: `invalid_answer` with every finding in body order, `payload_too_large` above 64 KiB of values.
    With nested addressing an issue inside a repeating group has the leaf in `field` and `diagnoses[0].code` in `path`,
    so the edge has nothing left to translate.
    """
    draft = _read(compiled, answers, patch, circumstances)
    if isinstance(draft, Refusal):
        return draft
    merged = draft.merged()
    standing = stand(compiled, merged, circumstances)
    refusal = _refusal(draft, standing)
    if refusal is not None:
        return refusal
    changed = tuple(link_id for _, link_id in sorted(_changes(compiled, draft)))
    cleared = dropped_link_ids(compiled, standing)
    if not changed and not cleared:
        return PatchResult(answers, (), ())
    return PatchResult(normalised(compiled, standing, merged, circumstances), changed, cleared)


def open_answers(compiled: CompiledTemplate, initial: AnswerSet | None, circumstances: Circumstances) -> Answers | Refusal:
    """The answers of a new case: initial ones, defaults of active items, computed values; normalised.

    Refuses as `apply_patch` does. Follow with `evaluate`.
    """
    draft = _read(compiled, {}, initial or AnswerSet(addressing="flat", items=()), circumstances)
    if isinstance(draft, Refusal):
        return draft
    merged = draft.merged()
    standing = stand(compiled, merged, circumstances, opening=True)
    return _refusal(draft, standing) or normalised(compiled, standing, merged, circumstances)


def _read(compiled: CompiledTemplate, answers: Answers, patch: AnswerSet, circumstances: Circumstances) -> Draft | Refusal:
    if _too_large(patch.items):
        return Refusal(code="payload_too_large", details={"maxBytes": MAX_PATCH_BYTES})
    draft = Draft(answers)
    reader = FlatReader if patch.addressing == "flat" else NestedReader
    reader(compiled, draft, open_responses(circumstances)).read(patch.items)
    return draft


def _refusal(draft: Draft, standing: Standing) -> Refusal | None:
    """Activity is judged on the state after the whole patch, so an item may be answered by the patch that activates it."""
    if standing.inactive:
        for target in draft.answered:
            if target.item is not None and (target.item.cell, target.number) in standing.inactive:
                draft.refuse("answer_not_allowed", target)
    if not draft.issues:
        return None
    issues = sorted(draft.issues, key=lambda found: found[0])
    return Refusal(code="invalid_answer", issues=tuple(issue for _, issue in issues))


def _changes(compiled: CompiledTemplate, draft: Draft) -> Iterator[tuple[_Order, str]]:
    stored = draft.stored
    for link_id, given in draft.ordinary.items():
        if given != stored.get(link_id, ()):
            item = compiled.ordinary.get(link_id)
            cell = len(compiled.blank) if item is None else item.cell
            yield (cell, 0, cell), link_id
    for group_id, rows in draft.rows.items():
        yield from _group_changes(compiled.repeating[group_id], cast(tuple[Occurrence, ...], stored.get(group_id, ())), rows)


def _group_changes(group: CompiledGroup, before: tuple[Occurrence, ...], after: list[Occurrence]) -> Iterator[tuple[_Order, str]]:
    first = group.items[0].cell
    for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=cast(Occurrence, {}))):
        for item in group.items:
            if old.get(item.leaf, ()) != new.get(item.leaf, ()):
                yield (first, number, item.cell), item.slots[number].link_id


def _too_large(items: tuple[AnswerItem, ...]) -> bool:
    texts = list(_texts(items))
    if sum(map(len, texts)) * _LONGEST_UTF8 <= MAX_PATCH_BYTES:
        return False
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) > MAX_PATCH_BYTES


def _texts(items: tuple[AnswerItem, ...]) -> Iterator[str]:
    for item in items:
        for value in item.values:
            yield value.value if isinstance(value.value, str) else "false"
        if item.items:
            yield from _texts(item.items)
