"""The mapping table of states and policies (authorizations.md 3.3)."""

from collections.abc import Mapping

from priorbus.contracts.authorizations import State

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
STATES_OF_STATUS: Mapping[str, tuple[State, ...]] = {
    status: tuple(state for state, shown in STATUS_OF_STATE.items() if shown == status) for status in STATUS_OF_STATE.values()
}
POLICY_ON_WIRE: Mapping[str, str] = {"automatic": "automatic", "approval": "requires_confirmation"}
POLICY_FROM_WIRE: Mapping[str, str] = {wire: policy for policy, wire in POLICY_ON_WIRE.items()}
