"""Acceptance cases: who else finds an authorization (fhir-pas.md 13, 27)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES, PAS_2_2, Resource, claim, request, response
from priorbus.devstack.stack import Stack

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
RENDERING = "1234567893"
INQUIRE = f"{PAS_2_2}/Claim/$inquire"


@dataclass(frozen=True)
class Clients:
    """Of one tenant but for the last, which is of another; `narrow` may inquire for one NPI only."""

    ehr1: Client
    ehr2: Client
    narrow: Client
    ehr3: Client


@pytest.fixture
async def clients(stack: Stack) -> AsyncIterator[Clients]:
    own, other, narrow = f"t_{secrets.token_hex(6)}", f"t_{secrets.token_hex(6)}", f"cli_{secrets.token_hex(6)}"
    made = await asyncio.to_thread(
        stack.priorbus_batch,
        ["tenants", "create", own],
        ["tenants", "create", other],
        ["fhir", "clients", "create", "--tenant", own, "--id", narrow, "--basic", "--npi", "1999999999", "--scope", "system/*.cruds"],
        *(["fhir", "token", "--tenant", own, "--client", name] for name in ("ehr1", "ehr2", narrow)),
        ["fhir", "token", "--tenant", other, "--client", "ehr3"],
        ["pas", "settings", "set", "--tenant", own, "--value", 'inquire.withhold=["SECRET*"]'],
    )
    async with AsyncExitStack() as opened:
        yield Clients(*[await opened.enter_async_context(Client(stack.base_url, one["access_token"])) for one in made[3:7]])


def inquiry(npi: str = RENDERING, member: str | None = None) -> Resource:
    """INQ for the member of REF, by a provider with this NPI."""
    bundle = request("INQ")
    claim(bundle).pop("item", None)
    provider = claim(bundle)["provider"]["reference"].rpartition("/")[2]
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["id"] == provider:
            resource["identifier"] = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}]
        if member is not None:
            resource.pop("subscriberId", None)
            if resource["resourceType"] == "Patient":
                resource["identifier"] = [{"system": "http://example.org/MIN", "value": member}]
    return bundle


async def found(client: Client, bundle: Resource) -> list[str]:
    """The ids of the ClaimResponses."""
    answer = await client.call("POST", INQUIRE, bundle)
    assert answer.status == 200, answer.body
    return [response(one["resource"])["id"] for one in answer.json.get("parameter", ()) if one["name"] == "return"]


async def submitted(client: Client, bundle: Resource) -> str:
    identity: str = response((await client.succeed("POST", f"{PAS_2_2}/Claim/$submit", bundle)).json)["id"]
    return identity


async def test_fhir_90_91_provider_and_member(clients: Clients) -> None:
    """FHIR-90, FHIR-91"""
    sent = await submitted(clients.ehr1, request("REF"))
    assert await found(clients.ehr2, inquiry()) == [sent]
    assert await found(clients.ehr2, inquiry(npi="1888888888")) == []
    assert await found(clients.ehr2, inquiry(member="98765432109")) == []
    assert await found(clients.ehr1, inquiry(npi="1888888888")) == [sent]


async def test_fhir_92_no_patient(clients: Clients) -> None:
    """FHIR-92"""
    bundle = inquiry()
    for entry in bundle["entry"]:
        entry["resource"].pop("subscriberId", None)
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["identifier"] = [{"system": "http://example.org/MIN"}]
    bundle["entry"] = _without_identifier(bundle)
    unknown = {**bundle, "entry": [one for one in bundle["entry"] if one["resource"]["resourceType"] not in {"Patient", "Coverage"}]}
    for base in ("/fhir", PAS_2_2, "/pas/2.0/fhir"):
        for body in (bundle, unknown):
            answer = await clients.ehr1.call("POST", f"{base}/Claim/$inquire", body)
            codes = [coding["code"] for issue in answer.json["issue"] for coding in issue["details"]["coding"]]
            assert (answer.status, "Q-1" in codes) == (422, True), answer.body


def _without_identifier(bundle: Resource) -> list[Resource]:
    claim(bundle).pop("identifier")
    entries: list[Resource] = bundle["entry"]
    return entries


async def test_fhir_94_another_tenant(clients: Clients) -> None:
    """FHIR-94"""
    await submitted(clients.ehr1, request("REF"))
    assert await found(clients.ehr3, inquiry()) == []


async def test_an_npi_that_is_not_registered(clients: Clients) -> None:
    """fhir-pas.md 13, step 2"""
    answer = await clients.narrow.call("POST", INQUIRE, inquiry())
    assert (answer.status, answer.json["issue"][0]["code"]) == (403, "forbidden")
    assert await found(clients.narrow, inquiry(npi="1999999999")) == []


async def test_what_is_withheld_is_announced(clients: Clients) -> None:
    """fhir-pas.md 13, result: withheld from others, never from who sent it."""
    bundle = request("REF")
    claim(bundle)["item"][0]["productOrService"]["coding"][0]["code"] = "SECRET1"
    sent = await submitted(clients.ehr1, bundle)
    parameters = (await clients.ehr2.succeed("POST", INQUIRE, inquiry())).json["parameter"]
    assert [(one["name"], one["resource"]["resourceType"]) for one in parameters] == [("outcome", "OperationOutcome")]
    assert parameters[0]["resource"]["issue"][0]["severity"] == "warning"
    assert await found(clients.ehr1, inquiry()) == [sent]
    whatever = inquiry()
    nothing = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-applicable"}
    claim(whatever)["item"] = [{**claim(request("INQ"))["item"][0], "productOrService": {"coding": [nothing]}}]
    together = (await clients.ehr2.succeed("POST", "/pas/2.0/fhir/Claim/$inquire", whatever)).json
    assert [one["resource"]["resourceType"] for one in together["entry"]] == ["OperationOutcome"]


async def test_dates_of_the_certification(clients: Clients) -> None:
    """fhir-pas.md 13, step 5"""
    await submitted(clients.ehr1, request("HC"))
    bundle = request("INQ")
    for name, value, expected in (
        ("itemCertificationIssueDate", {"valuePeriod": {"start": "2020-01-01", "end": "2099-12-31"}}, 1),
        ("itemCertificationIssueDate", {"valueDate": "2020-01-01"}, 0),
        ("itemCertificationExpirationDate", {"valueDate": "1999-01-01"}, 0),
    ):
        url = f"http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-{name}"
        claim(bundle)["item"][0]["extension"] = [{"url": url, **value}]
        assert len(await found(clients.ehr1, bundle)) == expected, name
