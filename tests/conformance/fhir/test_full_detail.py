"""Acceptance case 33: what the server writes keeps to the published profiles; the elements are counted in the service's own tests."""

import json

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES, PAS_2_0, PAS_2_2, Resource, actions, extension, request, response
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.table import Strictness

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
KINDS = {"ClaimResponse": "profile-claimresponse", "CommunicationRequest": "profile-communicationrequest", "Task": "profile-task"}


def flaws(bundle: Resource, base: str) -> list[str]:
    """What the profiles of the base say against a response."""
    comparison = Comparison(Strictness(BASES[base]))
    parsed = parse(json.dumps(bundle))
    comparison.resource(parsed, "profile-pas-response-bundle", "Bundle")
    for position, entry in enumerate(parsed["entry"]):
        kind = entry["resource"]["resourceType"]
        if kind in KINDS:
            comparison.resource(entry["resource"], KINDS[kind], f"Bundle.entry[{position}].resource")
    return [f"{issue.rule} {issue.expression}" for issue in comparison.issues]


async def submitted(fhir: Client, codes: dict[int, str], base: str = PAS_2_2) -> Resource:
    bundle: Resource = (
        await fhir.succeed("POST", f"{base}/Claim/$submit", request("HC", codes, "2.2.1" if base == PAS_2_2 else "2.0.1"))
    ).json
    return bundle


async def test_fhir_33_full_detail(fhir: Client) -> None:
    """FHIR-33"""
    bundle = await submitted(fhir, {1: "PB010", 2: "PB012"})
    found = response(bundle)
    assert flaws(bundle, PAS_2_2) == []
    assert actions(found) == {1: "A1", 2: "A6"}
    assert found["request"]["extension"][0]["valueCode"] == "unknown"
    for name in ("itemAuthorizedProvider", "itemAuthorizedDetail", "admissionDates", "dischargeDate", "communicatedDiagnosis"):
        assert any(one["url"].endswith(f"extension-{name}") for one in found["item"][0]["extension"]), name
    for name in ("epsdtIndicator", "nursingHomeLevelOfCare", "revenueCode", "serviceItemRequestType", "certificationType"):
        assert all(extension(one, name) is not None for one in found["addItem"]), name
    assert {"provider", "modifier", "quantity", "unitPrice", "adjudication"} <= found["addItem"][0].keys()
    assert found["adjudication"]


@pytest.mark.parametrize("base", [PAS_2_2, PAS_2_0])
async def test_fhir_34_every_outcome_keeps_to_its_profiles(fhir: Client, base: str) -> None:
    """FHIR-34, and the README of the examples: what is written is valid on both PAS bases."""
    for code in ("PB001", "PB002", "PB005", "PB006", "PB007", "PB008", "PB011"):
        assert flaws(await submitted(fhir, {1: code}, base), base) == [], code
