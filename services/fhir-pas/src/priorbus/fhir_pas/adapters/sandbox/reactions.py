"""What the sandbox payer says at each step of a scenario; the same request always gets the same words."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

from priorbus.fhir_pas.adapters.sandbox.scenarios import TREATMENT_PLAN, Reaction
from priorbus.fhir_pas.domain.certification import certified_period
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.payer import AddedService, BusinessError, InformationRequest, ItemDecision, Line, PayerAnswer, PayerRequest

_REFERENCE_DIGITS = 12


def reference_number(identifier: str) -> str:
    """The payer's reference of one attempt (authorizations.md 11.2)."""
    return "SBX-" + hashlib.sha256(identifier.encode()).hexdigest()[:_REFERENCE_DIGITS]


def react(reaction: Reaction, request: PayerRequest) -> PayerAnswer:
    """One step."""
    return _REACTIONS[reaction](request)


def _items(request: PayerRequest, decide: Callable[[Line], ItemDecision]) -> PayerAnswer:
    return PayerAnswer(items=tuple(decide(line) for line in request.lines), reference=reference_number(request.identifier))


def _receipt(request: PayerRequest) -> PayerAnswer:
    return _items(request, lambda line: ItemDecision(line.sequence, "A4", reference=reference_number(request.identifier)))


def _approve(request: PayerRequest) -> PayerAnswer:
    def decide(line: Line) -> ItemDecision:
        start, end = certified_period(line, request.at)
        return ItemDecision(line.sequence, "A1", number=_number(request, line), start=start, end=end)

    return _items(request, decide)


def _modify(request: PayerRequest) -> PayerAnswer:
    def decide(line: Line) -> ItemDecision:
        start, end = certified_period(line, request.at)
        number = _number(request, line)
        added = AddedService(line.sequence, line.code, line.system, number, quantity=Decimal(1))
        return ItemDecision(line.sequence, "A6", number=number, note="Approved quantity 1 of 2", start=start, end=end, added=(added,))

    return _items(request, decide)


def _deny(request: PayerRequest) -> PayerAnswer:
    return _items(request, lambda line: ItemDecision(line.sequence, "A3", note="Not medically necessary"))


def _not_required(request: PayerRequest) -> PayerAnswer:
    return PayerAnswer(items=tuple(ItemDecision(line.sequence, "NA") for line in request.lines))


def _ask_document(request: PayerRequest) -> PayerAnswer:
    wanted = InformationRequest("Send the treatment plan.", (TREATMENT_PLAN,))
    return PayerAnswer(information=wanted, reference=reference_number(request.identifier))


def _ask_question(request: PayerRequest) -> PayerAnswer:
    wanted = InformationRequest("Which conservative treatment was tried, and for how long?")
    return PayerAnswer(information=wanted, reference=reference_number(request.identifier))


def _reject(request: PayerRequest) -> PayerAnswer:
    return PayerAnswer(error=BusinessError("33", "C", "The payer rejected the request."))


def _number(request: PayerRequest, line: Line) -> str:
    return number_of("AUTH", request.identifier, str(line.sequence))


_REACTIONS: dict[Reaction, Callable[[PayerRequest], PayerAnswer]] = {
    "receipt": _receipt,
    "approve": _approve,
    "deny": _deny,
    "modify": _modify,
    "not_required": _not_required,
    "ask_document": _ask_document,
    "ask_question": _ask_question,
    "reject": _reject,
}
