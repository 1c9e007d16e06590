"""The process itself on a real RabbitMQ and a real MongoDB, with fhir-pas and gateway played by the test."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from services.requirements.tests.conftest import PROVIDER, TENANT, Changes, World, answer_set
from typer.testing import CliRunner

from priorbus.contracts.authorizations import Authorization, Selection
from priorbus.contracts.commands.requirements import (
    AddAttachment,
    CaseRequest,
    CompletePreparation,
    ConfirmAuthorization,
    CreateAuthorization,
    Evidence,
    GrantPermit,
    PatchAnswers,
    ReadTemplate,
)
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts import requirements as requirements_facts
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.contracts.messages import MESSAGES, Message
from priorbus.requirements.catalog_commands import app as catalog
from priorbus.requirements.provider_commands import app as providers
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import AmqpBus, Requests, ServiceQueue, Topology
from priorbus.runtime.ids import new_id
from priorbus.runtime.testing.sinks import RecordingSink

SELECTION = Selection(payer_id="payer_evergreen", state="CA", service_type="outpatient", service_code="70553", service_code_system="cpt")
FACTS = tuple(wire_type for wire_type, message in MESSAGES.items() if message.__module__ == requirements_facts.__name__)
DEADLINE = 10.0
FULL: Changes = {
    "patient.firstName": "Ada",
    "patient.lastName": "Probe",
    "patient.dateOfBirth": "1980-02-29",
    "patient.gender": "female",
    "patient.address.line1": "1 Test Way",
    "patient.address.city": "Fresno",
    "patient.address.state": "CA",
    "patient.address.zip": "93701",
    "coverage.memberId": "SBX-APPROVE",
    "service.startDate": "2026-12-01",
    "diagnoses.0.code": "G43.909",
    "q.mri.indication": "headache",
    "q.mri.redFlags": "neuro_deficit",
    "q.mri.symptomWeeks": "8",
    "q.mri.priorImaging": False,
    "q.mri.contrastAllergy": False,
    "q.mri.renalDisease": False,
    "q.mri.facilityType": "freestanding",
}


class Peers:
    """The gateway that asks, and fhir-pas that is told."""

    def __init__(self, bus: AmqpBus, requests: Requests, told: RecordingSink, facts: RecordingSink) -> None:
        self._bus = bus
        self._requests = requests
        self.told = told
        self.facts = facts

    async def ask(self, message: Message) -> dict[str, Any]:
        envelope = self._envelope(message)
        reply = await self._requests.call(envelope, message.model_dump_json().encode(), DEADLINE)
        assert reply["refusal"] is None, reply["refusal"]
        result: dict[str, Any] = reply["result"]
        return result

    async def write(self, message: Message) -> Authorization:
        return Authorization.model_validate((await self.ask(message))["authorization"])

    async def announce(self, fact: Message) -> None:
        body = cloudevents.encode(self._envelope(fact), fact.model_dump_json().encode())
        await self._bus.publisher.publish("facts", fact.wire_type, body)

    async def hears(self, sink: RecordingSink, wire_type: str, count: int = 1) -> Any:
        async with asyncio.timeout(DEADLINE):
            await sink.until(lambda: sum(envelope.type == wire_type for envelope in sink.seen) >= count)
        found = [envelope for envelope in sink.seen if envelope.type == wire_type]
        return MESSAGES[wire_type].model_validate(found[-1].data)

    def _envelope(self, message: Message) -> Envelope:
        return Envelope(id=new_id("cmd"), type=message.wire_type, time=datetime.now(UTC), tenant=TENANT, data={}, client="test")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, amqp_url: str, mongo_url: str, database_prefix: str) -> dict[str, str]:
    settings = {
        "PRIORBUS_AMQP_URL": amqp_url,
        "PRIORBUS_MONGO_URL": mongo_url,
        "PRIORBUS_MONGO_DATABASE_PREFIX": database_prefix,
        "PRIORBUS_REVIEW_TTL_SECONDS": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def seeded(environment: dict[str, str]) -> None:
    """Catalogue and provider, by the command line; twice, because that must be harmless."""
    command = ["register", "--tenant", TENANT, "--npi", PROVIDER.npi, "--name", "Clinic", "--json"]
    created = []
    for _ in range(2):
        assert CliRunner().invoke(catalog, ["load"]).exit_code == 0
        registered = CliRunner().invoke(providers, command)
        assert registered.exit_code == 0, registered.output
        created.append(orjson.loads(registered.stdout)["created"])
    assert created == [True, False]


@asynccontextmanager
async def service(environment: dict[str, str]) -> AsyncIterator[None]:
    """The process: ready when inside, drained at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "priorbus.requirements", env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while orjson.loads(await process.stdout.readline())["event"] != "started":
                pass
        yield
        process.terminate()
        log, _ = await process.communicate()
        assert process.returncode == 0, log
        assert b"Probe" not in log
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def peers(seeded: None, environment: dict[str, str], amqp_url: str) -> AsyncIterator[Peers]:
    told, facts = RecordingSink(), RecordingSink()
    async with AmqpBus.connect(amqp_url, "test") as bus:
        await bus.ready()
        await bus.declare(Topology("fhir-pas"))
        await bus.declare(Topology("gateway", facts=FACTS, commands=False))
        async with (
            service(environment),
            bus.requests() as requests,
            bus.consumer(ServiceQueue("fhir-pas", "commands"), told),
            bus.consumer(ServiceQueue("gateway", "facts"), facts),
        ):
            yield Peers(bus, requests, told, facts)


async def ready_case(peers: Peers, world: World, policy: Any = "automatic") -> Authorization:
    case = CaseRequest(provider_npi=PROVIDER.npi, selection=SELECTION, policy=policy)
    opened = await peers.write(CreateAuthorization(authorization_id=new_id("auth"), case=case))
    assert (opened.version, opened.state, len(opened.requirements.questions)) == (1, "requires_input", 17)
    answered = await peers.write(PatchAnswers(authorization_id=opened.id, expected_version=1, answers=answer_set(FULL)))
    assert (answered.version, answered.requirements.questions) == (2, ())
    file = world.file(id=new_id("file"))
    attach = AddAttachment(
        authorization_id=opened.id,
        expected_version=2,
        attachment_id=new_id("att"),
        file_id=file.id,
        file=file,
        document_types=("clinical_notes",),
    )
    attached = await peers.write(attach)
    assert (attached.version, attached.state) == (3, "advance")
    return attached


async def confirmed(peers: Peers, case: Authorization) -> str:
    """Confirm, and the work item that fhir-pas is told."""
    assert case.next_action is not None
    command = ConfirmAuthorization(authorization_id=case.id, expected_version=3, style="B", next_action_id=case.next_action.id)
    assert (await peers.write(command)).state == "preparing"
    work: str = (await peers.hears(peers.told, "fhir-pas.prepare_authorization")).work_item_id
    return work


async def test_a_case_goes_all_the_way_over_the_bus(peers: Peers, world: World) -> None:
    case = await ready_case(peers, world)
    work = await confirmed(peers, case)
    await peers.ask(CompletePreparation(authorization_id=case.id, work_item_id=work))
    await peers.hears(peers.told, "fhir-pas.submit_authorization")
    await peers.ask(GrantPermit(authorization_id=case.id, work_item_id=work, attempt=1))
    sent = await peers.hears(peers.told, "fhir-pas.send_submission")
    assert (sent.attempt, sent.authorization.attempts) == (1, 1)
    evidence = Evidence(
        kind="approved", channel="sandbox", received_at=datetime.now(UTC), reference_number="SBX-1", authorization_number="PA-1"
    )
    await peers.announce(
        PayerEvidenceRecorded(authorization_id=case.id, work_item_id=work, attempt=1, evidence_id="evi_1", evidence=evidence)
    )
    applied = await peers.hears(peers.facts, "authorization.payer_evidence_applied")
    assert (applied.authorization.state, applied.authorization.outcome) == ("completed", "approved")
    assert [event.sequence for event in applied.events] == list(range(applied.events[0].sequence, applied.authorization.sequence + 1))


async def test_a_review_expires_by_its_durable_timer(peers: Peers, world: World) -> None:
    case = await ready_case(peers, world, "approval")
    work = await confirmed(peers, case)
    await peers.ask(CompletePreparation(authorization_id=case.id, work_item_id=work))
    expired = await peers.hears(peers.facts, "authorization.review_expired")
    assert (expired.authorization.id, expired.authorization.state) == (case.id, "advance")


async def test_the_catalogue_answers_for_a_template_version(peers: Peers) -> None:
    template = await peers.ask(ReadTemplate(template_id="imaging-mri-brain", version=1))
    assert (template["templateId"], template["version"]) == ("imaging-mri-brain", 1)
