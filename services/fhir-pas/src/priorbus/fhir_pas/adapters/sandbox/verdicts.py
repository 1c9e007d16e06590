"""From a matched rule to the payer's word on one line (fhir-pas.md 8.3 and 23)."""

from collections.abc import Callable
from decimal import Decimal

from priorbus.fhir_pas.adapters.sandbox.reactions import certified_period
from priorbus.fhir_pas.adapters.sandbox.rule_table import Outcome, Rule, RuleTable, first_match
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.payer import CERTIFIED, AddedService, BusinessError, ItemDecision, Line, PayerAnswer, PayerRequest

_NEW_SEQUENCE = 1000
_DENIED = "Not covered by the sandbox plan"
_MODIFIED = "Authorized with a change"


def decide_by_rules(table: RuleTable, request: PayerRequest) -> PayerAnswer:
    """The answer to a FHIR-born request: one erroneous item refuses the whole request."""
    matched = [(line, first_match(table, line, request)) for line in request.lines]
    for position, (_, rule) in enumerate(matched):
        if rule.outcome == "error":
            path = f"Bundle.entry[0].resource.item[{position}].{rule.path}" if rule.path else None
            text = rule.note or "Data needed for a decision are missing"
            return PayerAnswer(error=BusinessError(rule.code, rule.follow_up, text, rule.element, path))
    return PayerAnswer(items=tuple(_verdict(line, rule, request) for line, rule in matched))


def _verdict(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    late = rule.think_time > request.patience
    return _pend(line, rule, request) if late else _VERDICTS[rule.outcome](line, rule, request)


def _approve(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    start, end = certified_period(line, request.at)
    number = _number("AUTH", line, request) if rule.action in CERTIFIED else None
    return ItemDecision(line.sequence, rule.action, number=number, note=rule.note, start=start, end=end)


def _deny(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    return ItemDecision(line.sequence, "A3", note=rule.note or _DENIED, reason_codes=rule.reason_codes)


def _pend(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    return ItemDecision(line.sequence, "A4", reference=_number("PEND", line, request))


def _modify(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    start, end = certified_period(line, request.at)
    number = _number("AUTH", line, request)
    code = rule.replace_code or line.code
    quantity = Decimal(1) if line.quantity is None else line.quantity * rule.quantity_factor
    added = [AddedService(line.sequence, code, line.system, number, Decimal(f"{quantity.normalize():f}"))]
    if rule.additional_service:
        extra = _NEW_SEQUENCE + line.sequence
        added.append(AddedService(extra, code, line.system, number_of("AUTH", request.identifier, str(extra))))
    note = rule.note or _MODIFIED
    return ItemDecision(line.sequence, "A6", number=number, note=note, start=start, end=end, added=tuple(added))


def _number(prefix: str, line: Line, request: PayerRequest) -> str:
    return number_of(prefix, request.identifier, str(line.sequence))


_VERDICTS: dict[Outcome, Callable[[Line, Rule, PayerRequest], ItemDecision]] = {
    "approve": _approve,
    "deny": _deny,
    "pend-then-approve": _pend,
    "pend-then-deny": _pend,
    "modify": _modify,
    "more-information": _pend,
}
