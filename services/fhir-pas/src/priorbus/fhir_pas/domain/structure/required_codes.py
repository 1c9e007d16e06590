"""Codes of required bindings that the models let pass (profiles document, section 13)."""

_FINANCIAL = ("active", "cancelled", "draft", "entered-in-error")
_USE = ("claim", "preauthorization", "predetermination")
_GENDER = ("male", "female", "other", "unknown")
_REQUEST = ("draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown")
_INTENT = ("proposal", "plan", "directive", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option")
_BUNDLE = ("document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset", "collection")

REQUIRED_CODES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "Bundle": (("type", _BUNDLE),),
    "Claim": (("status", _FINANCIAL), ("use", _USE)),
    "ClaimResponse": (("status", _FINANCIAL), ("use", _USE), ("outcome", ("queued", "complete", "error", "partial"))),
    "Coverage": (("status", _FINANCIAL),),
    "Patient": (("gender", _GENDER),),
    "Practitioner": (("gender", _GENDER),),
    "DocumentReference": (("status", ("current", "superseded", "entered-in-error")),),
    "Encounter": (
        ("status", ("planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown")),
    ),
    "CommunicationRequest": (("status", _REQUEST),),
    "ServiceRequest": (("status", _REQUEST), ("intent", _INTENT)),
    "DeviceRequest": (("status", _REQUEST), ("intent", _INTENT)),
    "MedicationRequest": (("intent", tuple(code for code in _INTENT if code != "directive")),),
    "NutritionOrder": (("intent", _INTENT),),
}
"""Allowed codes by type and element."""
