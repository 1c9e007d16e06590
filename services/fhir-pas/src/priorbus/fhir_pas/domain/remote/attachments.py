"""A `$submit-attachment` call passed on to the payer of the request (fhir-pas.md 16, 22).

Contents go as data, as they came: only what is stored here names them by URL.
"""

from collections.abc import Iterator
from typing import Final

from priorbus.fhir_pas.domain.fhir_json import Resource

_TRACKING: Final = "TrackingId"
_PARAMETERS: Final = frozenset(
    {_TRACKING, "AttachTo", "PayerId", "OrganizationId", "ProviderId", "MemberId", "ServiceDate", "Attachment", "Final"}
)
_PARTS: Final = frozenset({"Code", "Content", "LineItem"})


def attachment_call(call: Resource, tracking: Resource) -> Resource:
    """The call under a name that the payer knows, without the parameters that strict payers refuse."""
    return {
        "resourceType": "Parameters",
        "parameter": [_passed(one, tracking) for one in call["parameter"] if one.get("name") in _PARAMETERS],
    }


def trackings(response: Resource | None, bundle: Resource, call: Resource) -> tuple[Resource, ...]:
    """Names of the request at the payer, the surest first: of its ClaimResponse, if that is known, and of the Claim that was sent.

    The Claim's is all that the seed's variant of the operation looks for; without either, the name that the provider used.
    """
    claim = bundle["entry"][0]["resource"]
    found = [*(response or {}).get("identifier", ())[:1], *claim.get("identifier", ())[:1]]
    named = [{name: one[name] for name in ("system", "value") if name in one} for one in found if "value" in one]
    different = [one for position, one in enumerate(named) if one not in named[:position]]
    return tuple(different or _given(call))


def _passed(parameter: Resource, tracking: Resource) -> Resource:
    if parameter["name"] == _TRACKING:
        return {"name": _TRACKING, "valueIdentifier": tracking}
    if parameter["name"] == "Attachment":
        return {"name": "Attachment", "part": [one for one in parameter["part"] if one.get("name") in _PARTS]}
    return parameter


def _given(call: Resource) -> Iterator[Resource]:
    return (one["valueIdentifier"] for one in call["parameter"] if one.get("name") == _TRACKING)
