"""Updates and cancellations: what of the head stays, what is cancelled, what the payer decides anew (fhir-pas.md 12)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from priorbus.fhir_pas.domain.codes import INFO_CANCELLED, extension, x12
from priorbus.fhir_pas.domain.fhir_json import Resource, canonical
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.payer import BusinessError, ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.profile.checks import extensions, has_code
from priorbus.fhir_pas.domain.profile.claim import CANCEL, cancels_whole
from priorbus.fhir_pas.domain.profile.table import Strictness

_LISTED = ("item", "supportingInfo")
_FLAGS = frozenset({extension("infoChanged"), extension("certificationType")})
_DENIED = BusinessError("33", "N", "A denied request is not updated", path="Bundle.entry[0].resource.related")
UNKNOWN_PRIOR = BusinessError("AA", "C", "The prior authorization is not known", path="Bundle.entry[0].resource.related[0].claim")


@dataclass(frozen=True, slots=True)
class Head:
    """The current submission of an authorization: its Claim as it was sent, and its answer."""

    claim: Resource
    answer: PayerAnswer


@dataclass(frozen=True, slots=True)
class Plan:
    """`kept` decisions need no payer, `asked` sequences do; or the update is refused."""

    kept: tuple[ItemDecision, ...] = ()
    asked: frozenset[int] = frozenset()
    error: BusinessError | None = None


def is_update(claim: Resource) -> bool:
    """Whether a Claim without `related` shows that it changes an earlier one (`/fhir` and 2.0)."""
    return cancels_whole(claim) or any(is_cancelled(item) or _has(item, "infoChanged") for item in claim.get("item", ()))


def is_cancelled(item: Resource) -> bool:
    """infoCancelled, or certification type 3."""
    flagged = any(one.get("url") == INFO_CANCELLED and one.get("valueBoolean") for one in item.get("modifierExtension", ()))
    found = extensions(item, extension("certificationType"))
    return flagged or any(has_code(one.get("valueCodeableConcept"), x12(1322), CANCEL) for one in found)


def plan(claim: Resource, head: Head) -> Plan:
    """Compare the update's snapshot with the stored head; the client's flags only tell cancellations."""
    known = {item.sequence: item for item in head.answer.items}
    open_or_granted = [item for item in head.answer.items if item.action != "C"]
    if open_or_granted and all(item.action == "A3" for item in open_or_granted):
        return Plan(error=_DENIED)
    before = {item["sequence"]: item for item in head.claim.get("item", ())}
    whole = cancels_whole(claim)
    told = {sequence for sequence, item in known.items() if not (item.action == "A4" and head.answer.undelivered)}
    kept: dict[int, ItemDecision] = {}
    asked = set()
    for item in claim.get("item", ()):
        sequence = item["sequence"]
        if whole or is_cancelled(item):
            kept[sequence] = _cancelled(known.get(sequence), sequence)
        elif sequence in told and sequence in before and _core(item) == _core(before[sequence]):
            kept[sequence] = known[sequence]
        else:
            asked.add(sequence)
    for sequence, decision in known.items():
        if sequence not in kept and sequence not in asked:
            kept[sequence] = _cancelled(decision, sequence) if whole else decision
    return Plan(tuple(kept.values()), frozenset(asked))


def merged(update: Plan, answer: PayerAnswer, head: Head) -> PayerAnswer:
    """The answer for all sequences; a new number names the one it replaces."""
    known: Mapping[int, ItemDecision] = {item.sequence: item for item in head.answer.items}
    fresh = [_replacing(item, known.get(item.sequence)) for item in answer.items]
    stay = {item.sequence for item in update.kept if item.action == "A4"}
    wanted = tuple(one for one in head.answer.wanted if one.line is None or one.line in stay)
    items = sorted((*update.kept, *fresh), key=lambda item: item.sequence)
    delays = [one for one in (answer.poll_after, head.answer.poll_after if stay else None) if one is not None]
    return replace(answer, items=tuple(items), wanted=(*wanted, *answer.wanted), poll_after=min(delays, default=None))


def left_out(claim: Resource, head: Resource) -> Resource:
    """The items and supportingInfo of the head that an update does not show: they stay as they are."""
    found = {name: [one for one in head.get(name, ()) if one.get("sequence") not in _sequences(claim, name)] for name in _LISTED}
    return {name: entries for name, entries in found.items() if entries}


def completed(claim: Resource, kept: Resource) -> Resource:
    """The Claim with entries that were left out, in the order of their sequences."""
    merged_lists = {name: sorted((*claim.get(name, ()), *kept[name]), key=lambda one: int(one["sequence"])) for name in kept}
    return {**claim, **merged_lists}


def carried(claim: Resource, sent: Resource, stored: Resource) -> Resource:
    """What the stored Claim of the head hands on to the update's: what that leaves out, and attachments under free sequences.

    `sent` is the head as its client knows it; what `stored` has beside it came by `$submit-attachment`.
    """
    infos, known, taken = stored.get("supportingInfo", ()), _sequences(sent, "supportingInfo"), _sequences(claim, "supportingInfo")
    kept = left_out(claim, {**stored, "supportingInfo": [one for one in infos if one["sequence"] in known]})
    last = max((one["sequence"] for one in (*claim.get("supportingInfo", ()), *infos)), default=0)
    attached = [one for one in infos if one["sequence"] not in known]
    moved = [{**one, "sequence": last + place} if one["sequence"] in taken else one for place, one in enumerate(attached, 1)]
    found = [*kept.get("supportingInfo", ()), *moved]
    return {**kept, "supportingInfo": found} if found else kept


def snapshot_issues(claim: Resource, head: Head, strictness: Strictness) -> list[Issue]:
    """Rules U-4 and U-6: what an update leaves out of the head, and whether its flags tell what changed."""
    return [*_missing_sequences(claim, head, strictness), *_flag_issues(claim, head, strictness)]


def _missing_sequences(claim: Resource, head: Head, strictness: Strictness) -> list[Issue]:
    """Rule U-4: an update holds every item and supportingInfo of the head (2.2, not for a whole cancel)."""
    if strictness.base.release != "2.2" or cancels_whole(claim):
        return []
    setting = strictness.setting("U-4", "E W")
    issues = []
    for name, entries in left_out(claim, head.claim).items():
        if setting != "off":
            text = f"sequence {', '.join(str(one['sequence']) for one in entries)} of the prior Claim is missing"
            issues.append(
                Issue("U-4", setting, "required", "Update holds all entries of the prior Claim", text, f"Bundle.entry[0].resource.{name}")
            )
    return issues


def _flag_issues(claim: Resource, head: Head, strictness: Strictness) -> Iterator[Issue]:
    """Rule U-6: infoChanged on added and on changed entries, and on no other; cancelled ones are not looked at."""
    setting = strictness.setting("U-6", "W W")
    if setting == "off":
        return
    for name in _LISTED:
        before = {one.get("sequence"): one for one in head.claim.get(name, ())}
        for position, one in enumerate(claim.get(name, ())):
            expected = _expected_flags(one, before.get(one.get("sequence")))
            if not is_cancelled(one) and _flag(one) not in expected:
                text = f"infoChanged is not {' or '.join(flag or 'absent' for flag in expected)}"
                where = f"Bundle.entry[0].resource.{name}[{position}].extension"
                yield Issue("U-6", setting, "business-rule", "Flag does not tell what changed", text, where)


def _sequences(claim: Resource, name: str) -> set[Any]:
    return {one.get("sequence") for one in claim.get(name, ())}


def _expected_flags(one: Resource, before: Resource | None) -> tuple[str, ...]:
    if before is None:
        return ("added", "changed")
    return ("",) if _core(one) == _core(before) else ("changed",)


def _flag(one: Resource) -> str:
    found = extensions(one, extension("infoChanged"))
    return next((str(part.get("valueCode", "")) for part in found), "")


def _cancelled(known: ItemDecision | None, sequence: int) -> ItemDecision:
    if known is None:
        return ItemDecision(sequence, "C")
    return ItemDecision(sequence, "C", reference=known.reference, previous=known.number or known.previous)


def _replacing(item: ItemDecision, known: ItemDecision | None) -> ItemDecision:
    if known is None:
        return item
    return replace(item, previous=known.number or known.previous, reference=item.reference or known.reference)


def _has(item: Resource, name: str) -> bool:
    return any(True for _ in extensions(item, extension(name)))


def _core(item: Resource) -> bytes:
    """What decides whether an item changed: everything but the flags of an update."""
    kept: dict[str, Any] = {name: value for name, value in item.items() if name not in {"extension", "modifierExtension", "id"}}
    kept["extension"] = [one for one in item.get("extension", ()) if one.get("url") not in _FLAGS]
    return canonical(kept)
