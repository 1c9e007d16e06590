"""The names of states, policies, actions and errors in style C (authorizations.md 3.3)."""

from collections.abc import Mapping

from priorbus.contracts.authorizations import ActionType, State
from priorbus.gateway.presentation.naming import inverted

STATUS_OF_STATE: Mapping[State, str] = {
    "requires_input": "requires_action",
    "advance": "requires_action",
    "approve": "requires_action",
    "preparing": "processing",
    "submitting": "processing",
    "waiting_on_payer": "waiting_on_payer",
    "completed": "completed",
    "canceled": "canceled",
}
STATES_OF_STATUS: Mapping[str, tuple[State, ...]] = inverted(STATUS_OF_STATE)
POLICY_ON_WIRE: Mapping[str, str] = {"automatic": "automatic", "approval": "requires_approval"}
POLICY_FROM_WIRE: Mapping[str, str] = {wire: policy for policy, wire in POLICY_ON_WIRE.items()}
ACTION_ON_WIRE: Mapping[ActionType, str] = {
    "provide_requirements": "resolve_requirements",
    "advance_case": "continue_authorization",
    "approve_submission": "approve_submission",
}
ACTIONS: Mapping[str, ActionType] = {wire: action for action, wire in ACTION_ON_WIRE.items()}
RESOLUTIONS: Mapping[ActionType, str] = {
    "provide_requirements": "update_authorization",
    "advance_case": "confirm",
    "approve_submission": "confirm",
}
ERROR_CODES: Mapping[str, str] = {
    "authorization_not_found": "prior_authorization_not_found",
    "authorization_not_mutable": "prior_authorization_not_mutable",
    "authorization_not_confirmable": "prior_authorization_not_actionable",
    "next_action_not_confirmable": "requirements_not_satisfied",
}
