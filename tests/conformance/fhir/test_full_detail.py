"""Acceptance case 33: what the server writes keeps to the published profiles; the elements are counted in the service's own tests."""

import json

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES, PAS_2_0, PAS_2_2, Resource, actions, claim, extension, request, response
from priorbus.fhir_pas.domain.bases import BASES
from priorbus.fhir_pas.domain.fhir_json import parse
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.table import Strictness

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
_VERSIONS = {PAS_2_2: "2.2.1", PAS_2_0: "2.0.1"}
KINDS = {"CommunicationRequest": "profile-communicationrequest", "Task": "profile-task"}


def flaws(bundle: Resource, base: str, answers: str = "claimresponse", bundles: str = "pas-response-bundle") -> list[str]:
    """What the profiles of the base say against a response."""
    comparison = Comparison(Strictness(BASES[base]))
    parsed = parse(json.dumps(bundle))
    comparison.resource(parsed, f"profile-{bundles}", "Bundle")
    for position, entry in enumerate(parsed["entry"]):
        kind = entry["resource"]["resourceType"]
        profile = f"profile-{answers}" if kind == "ClaimResponse" else KINDS.get(kind)
        if profile is not None:
            comparison.resource(entry["resource"], profile, f"Bundle.entry[{position}].resource")
    return [f"{issue.rule} {issue.expression}" for issue in comparison.issues]


async def submitted(fhir: Client, codes: dict[int, str], base: str = PAS_2_2, name: str = "HC") -> Resource:
    bundle: Resource = (await fhir.succeed("POST", f"{base}/Claim/$submit", request(name, codes, _VERSIONS[base]))).json
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
    for name in ("HC", "MS", "REF"):
        assert flaws(await submitted(fhir, {}, base, name), base) == [], name


@pytest.mark.parametrize("base", [PAS_2_2, PAS_2_0])
async def test_answers_to_inquiries_keep_to_their_profiles(fhir: Client, base: str) -> None:
    """The README of the examples, for `$inquire`."""
    for codes in ({}, {1: "PB002", 2: "PB006"}, {1: "PB012"}, {1: "PB007"}):
        await submitted(fhir, codes, base)
    inquiry = request("INQ", version=_VERSIONS[base])
    if base == PAS_2_2:
        del claim(inquiry)["item"]
    else:
        nothing = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-applicable"}
        claim(inquiry)["item"] = [{**claim(inquiry)["item"][0], "productOrService": {"coding": [nothing]}}]
    found = (await fhir.succeed("POST", f"{base}/Claim/$inquire", inquiry)).json
    bundles = [one["resource"] for one in found["parameter"]] if base == PAS_2_2 else [found]
    answers = [one["resource"] for bundle in bundles for one in bundle["entry"] if one["resource"]["resourceType"] == "ClaimResponse"]
    assert sorted(one["outcome"] for one in answers) == ["complete", "complete", "error", "partial" if base == PAS_2_2 else "queued"]
    for bundle in bundles:
        assert flaws(bundle, base, "claiminquiryresponse", "pas-inquiry-response-bundle") == []
