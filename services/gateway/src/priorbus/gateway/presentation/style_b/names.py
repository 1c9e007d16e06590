"""The names of states, policies and actions in style B (authorizations.md 3.3)."""

from collections.abc import Mapping

from priorbus.contracts.authorizations import ActionType, State
from priorbus.gateway.presentation.naming import inverted

STATUS_OF_STATE: Mapping[State, str] = {
    "requires_input": "requires_input",
    "advance": "requires_confirmation",
    "approve": "requires_confirmation",
    "preparing": "processing",
    "submitting": "processing",
    "waiting_on_payer": "waiting_on_payer",
    "completed": "completed",
    "canceled": "canceled",
}
STATES_OF_STATUS: Mapping[str, tuple[State, ...]] = inverted(STATUS_OF_STATE)
POLICY_ON_WIRE: Mapping[str, str] = {"automatic": "automatic", "approval": "requires_confirmation"}
POLICY_FROM_WIRE: Mapping[str, str] = {wire: policy for policy, wire in POLICY_ON_WIRE.items()}
ACTIONS: Mapping[str, ActionType] = {
    "provide_requirements": "provide_requirements",
    "advance_case": "advance_case",
    "approve_submission": "approve_submission",
}
