"""No answer, name or text of a case leaves on a public channel or in a log (conventions.md 10.1, 15.7)."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from priorbus.devstack import cases, fhir_cases
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.devstack.event_stream import event_stream
from priorbus.devstack.patients import ATTACHMENTS, PatientsClient
from priorbus.devstack.receiver import receiver
from priorbus.devstack.stack import Stack
from tests.conformance.conventions.conftest import OwnTenant
from tests.conformance.conventions.public_channels import account_url, all_events, read_stream, subscribed, until_listed

MARK = f"Zq{secrets.token_hex(4)}x"
"""In every text of the case; appears nowhere else."""
FREE_TEXTS = {"patient.firstName", "patient.lastName", "patient.address.line1", "patient.address.city"}
TOLD = {"requires_input", "note.pdf"}


def answers() -> list[Any]:
    """The fixture's answers; texts are marked, the number is one that counts nothing."""
    items = [item for item in cases.full_answers() if item["linkId"] not in FREE_TEXTS | {"q.mri.symptomWeeks"}]
    marked = [cases.item(link_id, cases.text(f"{MARK} {link_id}")) for link_id in sorted(FREE_TEXTS)]
    return [*items, *marked, cases.item("q.mri.symptomWeeks", cases.number(517))]


def leaves(value: Any) -> Iterator[Any]:
    """Every string and number inside, names of members left out."""
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from leaves(child)
    elif value is not None and not isinstance(value, bool):
        yield value


def values_of(items: Any) -> set[Any]:
    """The answers' values."""
    return {leaf for item in items for leaf in leaves(item["answer"])}


def phi_of(bundle: Any) -> set[Any]:
    """What a claim bundle tells about the patient."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    (patient,) = [resource for resource in resources if resource["resourceType"] == "Patient"]
    told = {name: patient[name] for name in ("name", "birthDate", "gender", "identifier", "id")}
    return set(leaves(told))


async def whole_life(client: Client) -> str:
    """A case with text wherever a client can write some."""
    file = {"fileName": f"{MARK}.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    created = (await client.succeed("POST", "/v1/files", file)).json
    upload = created["upload"]
    await client.succeed(upload["method"], upload["url"], cases.pdf(), headers=upload["headers"])
    await client.succeed("POST", f"/v1/files/{created['file']['id']}/complete")
    case = await client.create(cases.mri_create(questionnaireResponse={"item": answers()}, metadata={"note": MARK}))
    path = f"{AUTHORIZATIONS}/{case.json['id']}"
    body = {"fileId": created["file"]["id"], "documentTypes": ["clinical_notes"], "description": f"{MARK} visit"}
    case = await client.succeed("POST", f"{path}/attachments", body, if_match=case.etag)
    await client.confirm(case)
    await client.until(case.json["id"], "completed", seconds=30)
    other = await client.create(cases.mri_create(questionnaireResponse={"item": answers()}))
    await client.succeed("POST", f"{AUTHORIZATIONS}/{other.json['id']}/cancel", {"reason": f"{MARK} moved"}, if_match=other.etag)
    return str(case.json["id"])


async def patients_document(base_url: str, key: str) -> None:
    """A patient, a case and a document with text wherever a client can write some; the document is processed, changed and archived."""
    async with PatientsClient(base_url, key) as client:
        patient = await client.patient(first_name=f"{MARK}a", last_name=f"{MARK}b", external_ref=f"{MARK}c")
        case = await client.case(patient, f"{MARK} knee", notes=f"{MARK} swollen")
        made = await client.add_document(patient, f"{MARK} scan.pdf", description=f"{MARK} before", patient_case_id=case)
        await client.processed(made.json["id"])
        path = f"{ATTACHMENTS}/{made.json['id']}"
        await client.succeed("PATCH", path, {"description": f"{MARK} after"})
        await client.succeed("POST", f"{path}/archive")


@pytest.mark.timeout(300)
async def test_no_fixture_answer_on_any_channel(stack: Stack, own_tenant: OwnTenant, lonely: Client) -> None:
    """Conventions 15.7: event list, server-sent events, exchange, stream, webhooks in both formats, logs"""
    tenant = own_tenant.id
    account = ["consumers", "create", "--all-tenants", "--name", f"c{MARK.lower()}"]
    access = ["fhir", "token", "--tenant", tenant, "--client", "ehr1"]
    made, token = await asyncio.to_thread(stack.priorbus_batch, account, access)
    everything = account_url(stack, made["account"], made["password"])
    url = account_url(stack, own_tenant.account, own_tenant.password)
    bundle = fhir_cases.claim_bundle(secrets.token_hex(6))
    async with (
        receiver() as hooks,
        subscribed(url, f"pub.{tenant}.scanner", f"{tenant}.#") as subscriber,
        event_stream(stack.base_url, own_tenant.key) as stream,
        Client(stack.base_url, token["access_token"]) as ehr,
    ):
        for format_ in ("standard", "cloudevents"):
            await lonely.succeed("POST", "/v1/webhook-endpoints", {"url": hooks.url, "format": format_, "description": MARK})
        await ehr.succeed("POST", "/fhir/Claim/$submit", bundle)
        await whole_life(lonely)
        await patients_document(stack.base_url, own_tenant.key)
        await until_listed(lonely, "claim_response.updated")
        await until_listed(lonely, "authorization.completed")
        await until_listed(lonely, "patient_attachment.archived")
        events = await until_listed(lonely, "authorization.canceled")
        sent = await hooks.until(2 * len(events), seconds=60)
        frames = await stream.take(len(events))
        await subscriber.until("authorization.canceled")
        await subscriber.until("patient_attachment.archived")
        in_stream = await read_stream(everything, [event["id"] for event in await all_events(lonely)])
    channels = {
        "list": [json.dumps(event) for event in events],
        "server-sent events": [frame.data or "{}" for frame in frames],
        "exchange": [message.body.decode() for message in subscriber.messages],
        "webhooks": [request.body.decode() for request in sent],
    }
    assert len(in_stream) >= len(events)
    forbidden = (values_of(answers()) | phi_of(bundle)) - TOLD
    for channel, bodies in channels.items():
        assert len(bodies) >= len(events), channel
        for body in bodies:
            assert MARK not in body, channel
            assert not forbidden & set(leaves(json.loads(body))), channel
    for service in stack.services:
        log = service.log.read_text()
        assert MARK not in log, service.name
        assert "whsec_" not in log, service.name
