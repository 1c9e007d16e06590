"""Acceptance cases: authorizations of the REST API as PAS requests (fhir-pas.md 24, 27)."""

from priorbus.devstack.client import Client


async def test_fhir_133_a_rest_authorization_is_approved_with_a_number(lonely: Client) -> None:
    """FHIR-133: a package that were no valid PAS request would have ended the preparation with a failure"""
    advance = await lonely.advance_case("SBX-APPROVE-NOW")
    await lonely.confirm(advance)
    case = (await lonely.until(advance.json["id"], "completed", seconds=60)).json
    assert case["outcome"] == "approved"
    assert case["submission"]["decision"]["authorizationNumber"].startswith("AUTH")
