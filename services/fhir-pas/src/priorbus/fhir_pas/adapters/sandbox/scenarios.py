"""Scenarios of REST-born authorizations, chosen by member id (authorizations.md 11.2)."""

from dataclasses import dataclass
from typing import Literal

Reaction = Literal["receipt", "approve", "deny", "modify", "not_required", "ask_document", "ask_question", "reject"]
TREATMENT_PLAN = "treatment_plan"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`steps` answer a submission, one at once and the others each after the step delay; `updated` answers an update that ends otherwise.

    `outages` attempts fail before one gets through; `finding` is a document type that preparation discovers.
    """

    id: str
    steps: tuple[Reaction, ...]
    updated: Reaction | None = None
    outages: int = 0
    finding: str | None = None


_RECEIPT_ONLY = Scenario("quickstart_receipt", ("receipt",))

SCENARIOS: dict[str, Scenario] = {
    "SBX-RECEIPT": _RECEIPT_ONLY,
    "SBX-APPROVE": Scenario("approve_after_receipt", ("receipt", "approve")),
    "SBX-APPROVE-NOW": Scenario("approve_now", ("approve",)),
    "SBX-DENY": Scenario("deny_after_receipt", ("receipt", "deny")),
    "SBX-MODIFY": Scenario("modify_after_receipt", ("receipt", "modify")),
    "SBX-NOTREQ": Scenario("not_required", ("not_required",)),
    "SBX-INFO": Scenario("more_info_then_approve", ("receipt", "ask_document"), updated="approve"),
    "SBX-QUESTION": Scenario("question_then_deny", ("receipt", "ask_question"), updated="deny"),
    "SBX-DISCOVER": Scenario("discovery", ("receipt", "approve"), finding=TREATMENT_PLAN),
    "SBX-FAIL": Scenario("fail", ("reject",)),
    "SBX-OUTAGE": Scenario("outage_then_approve", ("receipt", "approve"), outages=2),
    "SBX-HOLD": Scenario("hold", ()),
}
"""By member id."""


def scenario_of(member_id: str) -> Scenario:
    """The scenario of a member; unknown ones get a receipt."""
    return SCENARIOS.get(member_id, _RECEIPT_ONLY)
