"""From a matched rule to the payer's word on one line (fhir-pas.md 8.3 and 23)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from priorbus.fhir_pas.adapters.sandbox.rule_table import Outcome, Rule, RuleTable, first_match
from priorbus.fhir_pas.domain.certification import certified_period, lasting
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.payer import (
    CERTIFIED,
    AddedService,
    BusinessError,
    ItemDecision,
    Line,
    Occasion,
    PayerAnswer,
    PayerRequest,
    WantedDocument,
)

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
    waits = [wait for _, rule in matched if (wait := _wait(rule, request)) is not None]
    return PayerAnswer(
        items=tuple(_verdict(line, rule, request) for line, rule in matched),
        poll_after=min(waits, default=None),
        wanted=tuple(one for line, rule in matched for one in _wanted(line, rule)),
        full_detail=any(rule.detail == "full" for _, rule in matched),
        logical_request=any(rule.logical_request for _, rule in matched),
    )


def settle_by_rules(table: RuleTable, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
    """Decisions on pended lines: timed ones once their time has come, more-information ones after Final, any for the operator."""
    matched = [(line, first_match(table, line, request)) for line in request.lines]
    items = [_final(line, rule, request) for line, rule in matched if _is_due(rule, request, occasion, elapsed)]
    waits = [wait for _, rule in matched if (wait := _wait(rule, request)) is not None and wait > elapsed]
    return PayerAnswer(items=tuple(items), poll_after=min(waits) - elapsed if waits else None)


def _is_due(rule: Rule, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> bool:
    if occasion == "time":
        wait = _wait(rule, request)
        return wait is not None and wait <= elapsed
    return occasion == "operator" or rule.outcome == "more-information"


def _wait(rule: Rule, request: PayerRequest) -> timedelta | None:
    """How long after the request the line is decided; None when not by time alone."""
    if rule.think_time > request.patience:
        return rule.think_time
    return rule.after if isinstance(rule.after, timedelta) and rule.outcome.startswith("pend-") else None


def _final(line: Line, rule: Rule, request: PayerRequest) -> ItemDecision:
    outcome: Outcome = rule.then if rule.outcome == "more-information" else _ENDS.get(rule.outcome, rule.outcome)
    return _VERDICTS[outcome](line, rule, request)


def _wanted(line: Line, rule: Rule) -> list[WantedDocument]:
    if rule.outcome != "more-information":
        return []
    return [WantedDocument(one.code, one.system, line.sequence if one.line == "item" else None, one.questionnaire) for one in rule.requests]


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
    if rule.period is not None:
        start, end = lasting(start, rule.period, request.at)
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


_ENDS: dict[Outcome, Outcome] = {"pend-then-approve": "approve", "pend-then-deny": "deny"}
_VERDICTS: dict[Outcome, Callable[[Line, Rule, PayerRequest], ItemDecision]] = {
    "approve": _approve,
    "deny": _deny,
    "pend-then-approve": _pend,
    "pend-then-deny": _pend,
    "modify": _modify,
    "more-information": _pend,
}
