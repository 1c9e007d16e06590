"""One record per FHIR operation, in metrics and log: what was exchanged and what came of it, without any content (fhir-pas.md 26)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import orjson
import structlog

from priorbus.fhir_pas import metrics
from priorbus.fhir_pas.domain.payer import OPEN_ACTIONS, ItemDecision
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.runtime.handling import Context, Handler, LastingRefusal, Result

Exchange = Literal["submit", "query", "document"]
_RULES = "/CodeSystem/pas-rules"
_REFUSED = 400
log = structlog.get_logger()


def _nothing(observed: object) -> Mapping[str, str]:
    return {}


def recorded(kind: Exchange, handle: Handler, describe: Callable[[Any], Mapping[str, str]] = _nothing) -> Handler:
    """The same handler, with a record of each call. Its messages have a `base`, its results `status`, `headers` and `body`.

    `describe` tells more of the exchange, from what was observed.
    """

    async def run(command: Any, context: Context) -> Result | LastingRefusal:
        result: Any = await handle(command, context)
        shown = result.result if isinstance(result, LastingRefusal) else result
        if isinstance(shown, dict):
            _record(kind, command.base, shown, context, {"kind": kind, **describe(context.observed)})
        return result  # type: ignore[no-any-return]

    return run


def _record(kind: Exchange, base: str, shown: dict[str, Any], context: Context, more: Mapping[str, str]) -> None:
    status = shown["status"]
    issues = orjson.loads(shown["body"])["issue"] if status >= _REFUSED else []
    rules, codes = list(_rules(issues)), sorted({issue["code"] for issue in issues})
    metrics.REQUESTS.labels(base, kind, str(status)).inc()
    for rule in rules:
        metrics.ISSUES.labels(rule).inc()
    warnings = int(shown["headers"].get("X-Validation-Warnings", 0))
    metrics.WARNINGS.labels(base).inc(warnings)
    log.info(
        "fhir exchange",
        tenant=context.tenant,
        client_id=context.envelope.client,
        request_id=context.envelope.request_id,
        route=base,
        status=status,
        code=" ".join([*codes, *rules]),
        count=warnings,
        duration_ms=_milliseconds(context.envelope.time, context.now),
        **more,
    )


def _rules(issues: Iterable[dict[str, Any]]) -> Iterator[str]:
    for issue in issues:
        yield from (coding["code"] for coding in issue.get("details", {}).get("coding", ()) if coding["system"].endswith(_RULES))


def count_first_answer(items: Iterable[ItemDecision], asked: datetime, answered: datetime, terms: Terms) -> None:
    """The payer's first word on a request."""
    seconds = (answered - asked).total_seconds()
    metrics.DECISION_SECONDS.labels("yes" if seconds <= terms.decision_budget.total_seconds() else "no").observe(seconds)
    for item in items:
        metrics.ACTIONS.labels(item.action).inc()


def count_change(before: Iterable[ItemDecision], after: Iterable[ItemDecision], asked: datetime, now: datetime) -> None:
    """Decisions on items that were pended."""
    pended = {item.sequence for item in before if item.action in OPEN_ACTIONS}
    for item in after:
        if item.sequence in pended and item.action not in OPEN_ACTIONS:
            metrics.ACTIONS.labels(item.action).inc()
            metrics.PEND_SECONDS.observe((now - asked).total_seconds())


def count_attachments(kind: Literal["accepted", "held", "associated"], number: int) -> None:
    """Attachments of one call."""
    metrics.ATTACHMENTS.labels(kind).inc(number)


def _milliseconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() * 1000, 1)
