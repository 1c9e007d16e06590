"""Under which name attachments reach a remote payer (fhir-pas.md 16, 22)."""

from typing import Any

import pytest

from priorbus.fhir_pas.domain.remote.attachments import trackings

OURS = {"system": "https://pas.example.test/identifiers/pas-tracking", "value": "ours"}
THEIRS = {"system": "https://payer.example.test", "value": "theirs"}
CLAIM = {"system": "urn:example:claims", "value": "claim-1"}
CALL: dict[str, Any] = {"resourceType": "Parameters", "parameter": [{"name": "TrackingId", "valueIdentifier": OURS}]}


@pytest.mark.parametrize(
    ("response", "claim", "expected"),
    [
        ([{**THEIRS, "use": "official"}, {"value": "second"}], [{**CLAIM, "assigner": {"display": "Clinic"}}], (THEIRS, CLAIM)),
        ([CLAIM], [CLAIM], (CLAIM,)),
        ([{"system": "https://payer.example.test"}], [CLAIM], (CLAIM,)),
        (None, [CLAIM], (CLAIM,)),
        (None, [], (OURS,)),
    ],
)
def test_the_surest_name_comes_first(response: Any, claim: Any, expected: Any) -> None:
    told = None if response is None else {"resourceType": "ClaimResponse", "identifier": response}
    bundle = {"entry": [{"resource": {"resourceType": "Claim", "identifier": claim}}]}
    assert trackings(told, bundle, CALL) == expected
