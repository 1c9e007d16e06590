"""The internal states and the names that the wire styles give them (authorizations.md 3.3 and 4.1)."""

from typing import Final

from priorbus.contracts.authorizations import State

EDITABLE: Final = frozenset[State]({"requires_input", "advance", "approve"})
"""The customer's states: answers and attachments may change, one action is open."""

PROCESSING: Final = frozenset[State]({"preparing", "submitting"})
TERMINAL: Final = frozenset[State]({"completed", "canceled"})

STATUS_B: Final[dict[State, str]] = {
    "requires_input": "requires_input",
    "advance": "requires_confirmation",
    "approve": "requires_confirmation",
    "preparing": "processing",
    "submitting": "processing",
    "waiting_on_payer": "waiting_on_payer",
    "completed": "completed",
    "canceled": "canceled",
}
"""Status names of style B, also the `status` of public events."""

STATUS_C: Final[dict[State, str]] = {
    "requires_input": "requires_action",
    "advance": "requires_action",
    "approve": "requires_action",
    "preparing": "processing",
    "submitting": "processing",
    "waiting_on_payer": "waiting_on_payer",
    "completed": "completed",
    "canceled": "canceled",
}
"""Status names of style C, the `statusC` of public events."""
