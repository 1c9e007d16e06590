"""Acceptance cases: read and search (fhir-pas.md 18, 27)."""

import asyncio
import secrets
from typing import Any

from priorbus.devstack.client import Client
from priorbus.devstack.fhir_cases import claim_bundle
from priorbus.devstack.stack import Stack

SUBMIT = "/fhir/Claim/$submit"


async def test_fhir_125_126_search_by_identifier_request_and_patient(fhir: Client) -> None:
    """FHIR-125, FHIR-126"""
    await fhir.succeed("POST", SUBMIT, claim_bundle("one"))
    await fhir.succeed("POST", SUBMIT, claim_bundle("two"))
    searches = (
        "/fhir/Claim?identifier=urn:example:claims|claim-one",
        "/fhir/Claim?identifier=claim-one&use=preauthorization&created=ge2026-11&created=lt2026-12",
        "/fhir/ClaimResponse?request=Claim/claim-one",
        "/fhir/ClaimResponse?patient=Patient/patient-one",
        "/fhir/Patient?identifier=mrn-one&_id=patient-one,other",
    )
    for search in searches:
        bundle = (await fhir.succeed("GET", search)).json
        assert (bundle["type"], bundle["total"], len(bundle["entry"])) == ("searchset", 1, 1), search
        assert bundle["entry"][0]["search"] == {"mode": "match"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = await fhir.succeed("POST", "/fhir/Claim/_search", b"identifier=claim-two", headers=form)
    assert posted.json["entry"][0]["resource"]["id"] == "claim-two"
    assert (await fhir.succeed("GET", "/fhir/Claim?created=2025")).json["total"] == 0
    assert (await fhir.succeed("GET", "/fhir/Claim?created=2025,2026")).json["total"] == 2


async def test_fhir_127_pages(fhir: Client) -> None:
    """FHIR-127"""
    await asyncio.gather(*(fhir.succeed("POST", SUBMIT, claim_bundle(f"n{number}")) for number in range(25)))
    url, sizes, seen = "/fhir/Claim?_count=10", [], set[str]()
    bundle: dict[str, Any] = {}
    while url:
        bundle = (await fhir.succeed("GET", url)).json
        sizes.append(len(bundle["entry"]))
        seen |= {entry["resource"]["id"] for entry in bundle["entry"]}
        following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
        url = following[0][following[0].index("/fhir/") :] if following else ""
        for elsewhere in (f"{url}&use=claim", url.replace("Claim", "ClaimResponse"), url[:-4]) if url else ():
            assert (await fhir.call("GET", elsewhere)).status == 400, elsewhere
    assert (sizes, len(seen), bundle["total"]) == ([10, 10, 5], 25, 25)


async def test_fhir_128_versions(fhir: Client) -> None:
    """FHIR-128, on a Claim"""
    await fhir.succeed("POST", SUBMIT, claim_bundle("one"))
    changed = claim_bundle("one")
    changed["entry"][0]["resource"]["created"] = "2026-11-03T09:30:00Z"
    await fhir.succeed("POST", SUBMIT, changed)
    first = await fhir.succeed("GET", "/fhir/Claim/claim-one/_history/1")
    current = await fhir.succeed("GET", "/fhir/Claim/claim-one")
    assert (first.headers["ETag"], current.headers["ETag"]) == ('W/"1"', 'W/"2"')
    assert (first.json["created"], current.json["created"]) == ("2026-11-02T09:30:00Z", "2026-11-03T09:30:00Z")
    assert "Last-Modified" in current.headers
    assert (await fhir.call("GET", "/fhir/Claim/claim-one/_history/3")).status == 404


async def test_fhir_59_other_tenants_and_clients_see_nothing(fhir: Client, stack: Stack) -> None:
    """FHIR-59"""
    await fhir.succeed("POST", SUBMIT, claim_bundle("one"))
    response = (await fhir.succeed("GET", "/fhir/ClaimResponse?request=claim-one")).json["entry"][0]["resource"]["id"]
    tenant = f"t_{secrets.token_hex(6)}"
    command = ["fhir", "token", "--tenant", tenant, "--client", "ehr3"]
    _, token = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], command)
    async with Client(stack.base_url, token["access_token"]) as stranger:
        answer = await stranger.call("GET", f"/fhir/ClaimResponse/{response}")
        assert (answer.status, answer.json["issue"][0]["code"]) == (404, "not-found")
        assert (await stranger.succeed("GET", "/fhir/Claim")).json["total"] == 0


async def test_unknown_parameters_and_types(fhir: Client) -> None:
    """fhir-pas.md 18: refused on strict bases, left out on lenient ones."""
    assert (await fhir.call("GET", "/pas/2.2/fhir/Claim?colour=red")).status == 400
    lenient = (await fhir.succeed("GET", "/fhir/Claim?colour=red&use=claim")).json
    assert lenient["link"][0]["url"].endswith("/fhir/Claim?use=claim")
    for search in ("/fhir/Claim?_count=0", "/fhir/Claim?created=soon", "/fhir/Claim?_cursor=%25"):
        assert (await fhir.call("GET", search)).status == 400
    for path in ("/fhir/Account", "/fhir/Account/1"):
        answer = await fhir.call("GET", path)
        assert (answer.status, answer.json["issue"][0]["code"]) == (404, "not-supported")


async def test_fhir_129_metadata_is_public(anonymous: Client) -> None:
    """FHIR-129"""
    for base, version in (("/fhir", "2.0.1"), ("/pas/2.2/fhir", "2.2.1"), ("/pas/2.0/fhir", "2.0.1")):
        answer = await anonymous.succeed("GET", f"{base}/metadata")
        assert answer.headers["Content-Type"].startswith("application/fhir+json")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        claim = next(one for one in answer.json["rest"][0]["resource"] if one["type"] == "Claim")
        assert {one["name"] for one in claim["operation"]} == {"submit", "inquire"}
        assert {one["definition"].rpartition("|")[2] for one in claim["operation"]} == {version}
        subscription = next(one for one in answer.json["rest"][0]["resource"] if one["type"] == "Subscription")
        (topic,) = [one["valueCanonical"] for one in subscription["extension"] if one["url"].endswith("subscriptiontopic-canonical")]
        assert topic == "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic"
        (attach,) = answer.json["rest"][0]["operation"]
        assert attach["name"] == "submit-attachment"
        assert all(limit in attach["documentation"] for limit in ("50 MiB", "20 MiB", "10 attachments"))
