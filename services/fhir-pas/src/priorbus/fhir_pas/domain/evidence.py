"""A payer's answer as evidence about a REST-born authorization (fhir-pas.md 24)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from priorbus.contracts.authorizations import DecidedItem, Failure, ReasonCode
from priorbus.contracts.commands.requirements import Evidence
from priorbus.fhir_pas.domain.codes import REVIEW_REASON
from priorbus.fhir_pas.domain.payer import CERTIFIED, UNABLE, ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.search_terms import date_start

_DECISIONS = {"A1": "approved", "A2": "modified", "A3": "denied", "A6": "modified", "C": "canceled", "NA": "not_required"}
UNREACHABLE: Final = Failure(code="payer_unreachable", message="The payer could not be reached.")
_UNDECIDED: Final = frozenset({"A4", "CT"})
_WITHOUT_REASON = "Denied by the payer"
_WITHOUT_NOTE = "Modified by the payer"


def evidence(answer: PayerAnswer, service_code: str, channel: str, now: datetime) -> Evidence | None:
    """The evidence in an answer, None when the payer has said nothing yet. What it wanted to know counts until it has decided."""
    if answer.error:
        failure = UNREACHABLE if answer.error == UNABLE else Failure(code="payer_rejected_request", message=answer.error.text)
        return Evidence(kind="failure", channel=channel, received_at=now, failure=failure)
    actions = {item.action for item in answer.items}
    if answer.information and (not actions or actions & _UNDECIDED):
        wanted = answer.information
        return Evidence(
            kind="information_request",
            channel=channel,
            received_at=now,
            reference_number=answer.reference,
            message=wanted.message,
            document_types=wanted.document_types,
        )
    return _of_items(answer, service_code, channel, now) if answer.items else None


def _of_items(answer: PayerAnswer, service_code: str, channel: str, now: datetime) -> Evidence:
    actions = {item.action for item in answer.items}
    common = Evidence(kind="receipt", channel=channel, received_at=now, reference_number=answer.reference)
    if actions & _UNDECIDED:
        return common
    decided = common.model_copy(update={"items": tuple(_decided(item, service_code) for item in answer.items)})
    if actions == {"NA"}:
        return common.model_copy(update={"kind": "not_required"})
    if actions == {"A3"}:
        return decided.model_copy(update={"kind": "denied", **_denial(answer)})
    if actions <= {"A1", "NA"}:
        return decided.model_copy(update={"kind": "approved", **_certification(answer)})
    notes = tuple(item.note for item in answer.items if item.note)
    return decided.model_copy(update={"kind": "modified", **_certification(answer), "modifications": notes or (_WITHOUT_NOTE,)})


def _certification(answer: PayerAnswer) -> dict[str, object]:
    certified = [item for item in answer.items if item.action in CERTIFIED]
    return {
        "authorization_number": next((item.number for item in certified if item.number), None),
        "effective_from": min(_midnights(item.start for item in certified), default=None),
        "effective_to": max(_midnights(item.end for item in certified), default=None),
    }


def _denial(answer: PayerAnswer) -> dict[str, object]:
    codes = [ReasonCode(system=REVIEW_REASON, code=code, display=item.note or code) for item in answer.items for code in item.reason_codes]
    return {"denial_reasons": tuple(item.note or _WITHOUT_REASON for item in answer.items), "denial_reason_codes": tuple(codes)}


def _decided(item: ItemDecision, service_code: str) -> DecidedItem:
    quantity = next((added.quantity for added in item.added), None)
    return DecidedItem(
        service_code=service_code,
        decision=_DECISIONS[item.action],
        approved_quantity=None if quantity is None else f"{quantity:f}",
        unit=None if quantity is None else "UN",
        from_=item.start,
        to=item.end,
        reason_codes=item.reason_codes,
    )


def _midnights(dates: Iterable[str | None]) -> Iterator[datetime]:
    """The first moment of each; remote payers also name just a month, or nothing that is a date."""
    return (moment for date in dates if (moment := date_start((date or "")[:10])) is not None)
