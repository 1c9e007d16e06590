"""Acceptance cases: authorizations of the REST API as PAS requests (fhir-pas.md 24, 27)."""

import asyncio
import secrets
from typing import Any

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.client import Client
from priorbus.devstack.pas import PAS_2_2
from priorbus.devstack.stack import Stack
from tests.conformance.conventions.public_channels import short_type, until_listed


async def test_fhir_133_a_rest_authorization_is_approved_with_a_number(lonely: Client) -> None:
    """FHIR-133: a package that were no valid PAS request would have ended the preparation with a failure"""
    advance = await lonely.advance_case("SBX-APPROVE-NOW")
    await lonely.confirm(advance)
    case = (await lonely.until(advance.json["id"], "completed", seconds=60)).json
    assert case["outcome"] == "approved"
    assert case["submission"]["decision"]["authorizationNumber"].startswith("AUTH")


async def test_a_rest_authorization_is_a_claim_of_its_tenant(stack: Stack) -> None:
    """8, 13, 18, 24, 25: stored, told of, and found by who may see all of the tenant and by an inquiry of its provider"""
    tenant, wide = f"t_{secrets.token_hex(6)}", f"cli_{secrets.token_hex(6)}"
    tenant_wide = ["fhir", "clients", "create", "--tenant", tenant, "--id", wide, "--basic", "--tenant-wide"]
    tokens = [["fhir", "token", "--tenant", tenant, "--client", name] for name in (wide, "ehr1")]
    key = ["keys", "create", "--tenant", tenant, "--name", "test", "--scope", "*"]
    made = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], key, tenant_wide, *tokens)
    async with (
        Client(stack.base_url, made[1]["key"]) as rest,
        Client(stack.base_url, made[3]["access_token"]) as operator,
        Client(stack.base_url, made[4]["access_token"]) as ehr,
    ):
        await rest.succeed("POST", "/v1/providers", {"npi": PROVIDER_NPI, "displayName": "Example Clinic"})
        case = await rest.advance_case("SBX-APPROVE-NOW")
        await rest.confirm(case)
        number = (await rest.until(case.json["id"], "completed", seconds=60)).json["submission"]["decision"]["authorizationNumber"]
        claim_path = f"{PAS_2_2}/Claim?identifier={stack.base_url}/identifiers/authorization|{case.json['id']}:1"
        (claim,) = [one["resource"] for one in (await operator.succeed("GET", claim_path)).json["entry"]]
        assert (await ehr.succeed("GET", claim_path)).json["total"] == 0
        found = (await operator.succeed("GET", f"{PAS_2_2}/ClaimResponse?request={claim['id']}")).json["entry"]
        (response,) = [one["resource"] for one in found]
        (document,) = (await operator.succeed("GET", f"{PAS_2_2}/DocumentReference?patient={claim['patient']['reference']}")).json["entry"]
        binary = document["resource"]["content"][0]["attachment"]["url"].removeprefix(stack.base_url)
        assert (await operator.succeed("GET", binary)).body.startswith(b"%PDF")
        assert (await ehr.call("GET", binary)).status == 404
        answers = (await ehr.succeed("POST", f"{PAS_2_2}/Claim/$inquire", await inquiry(operator, claim))).json["parameter"]
        assert [one["resource"]["entry"][0]["resource"]["id"] for one in answers] == [response["id"]]
        assert number in str(answers)
        events = await until_listed(rest, "claim_response.updated")
        told = {short_type(event): event for event in events}
        assert told["claim.submitted"]["data"]["claimId"] == claim["id"]
        assert told["claim_response.updated"]["data"]["items"] == [{"sequence": 1, "action": "A1"}]


async def inquiry(reader: Client, claim: Any) -> Any:
    """Asks by the parties of a stored Claim."""
    parties = [claim[name]["reference"] for name in ("patient", "insurer", "provider")] + [claim["insurance"][0]["coverage"]["reference"]]
    kept = ("status", "type", "use", "patient", "created", "insurer", "provider", "priority", "insurance")
    example = {"resourceType": "Claim", "id": "inquiry-1", "identifier": claim["identifier"]} | {name: claim[name] for name in kept}
    resources = [example, *[(await reader.succeed("GET", f"{PAS_2_2}/{party}")).json for party in parties]]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:2b0a1c8e-5b0f-4a55-9d3f-1f6c9cf6a1aa"},
        "timestamp": "2026-01-02T09:00:00Z",
        "entry": [{"fullUrl": f"https://ehr.example.test/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }
