"""The demo's FHIR chapter: subscribe, submit, inquire, attach, and a pended decision that arrives by notification."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from typing import Any

from priorbus.devstack import fhir_cases
from priorbus.devstack.client import Client
from priorbus.devstack.narration import say, show
from priorbus.devstack.notification_receiver import Received, receiver
from priorbus.devstack.seed import TENANT

BASE = "/fhir"
_HANDSHAKE_SECONDS = 30


async def fhir_life(base_url: str) -> None:
    """One request of an EHR from `$submit` to the notification of its decision."""
    name = f"demo-{os.getpid()}"
    async with Client(base_url, await asyncio.to_thread(fresh_token)) as client, receiver() as ehr:
        say(f"POST {BASE}/Subscription: the EHR wants to hear of decisions, at {ehr.url}")
        made = (await client.succeed("POST", f"{BASE}/Subscription", fhir_cases.subscription(ehr.url))).json
        show(id=made["id"], status=made["status"], header=made["channel"]["header"])
        show_notification(await ehr.next())
        show(status=await active(client, made["id"]))

        say(f"POST {BASE}/Claim/$submit: a PAS request bundle from the EHR; the payer wants to look at it")
        answer = (await client.succeed("POST", f"{BASE}/Claim/$submit", fhir_cases.claim_bundle(name))).json
        response = answer["entry"][0]["resource"]
        show(claim_response=response["id"], outcome=response["outcome"], version=response["meta"]["versionId"])

        say(f"POST {BASE}/Claim/$inquire: what became of it?")
        found = (await client.succeed("POST", f"{BASE}/Claim/$inquire", fhir_cases.inquiry_bundle(name))).json
        show(claim_response=found["entry"][0]["resource"]["id"], outcome=found["entry"][0]["resource"]["outcome"])

        say(f"POST {BASE}/$submit-attachment: a progress note, found by the Claim's identifier")
        note = fhir_cases.attachment_parameters(name, "Progress note of the visit.")
        attached = (await client.succeed("POST", f"{BASE}/$submit-attachment", note)).json
        show(answer=attached["issue"][0]["diagnostics"])

        say("priorbus pas finalise: the payer's reviewer decides")
        show(**await asyncio.to_thread(operator, "finalise", response["id"], "--tenant", TENANT))

        say("The decision arrives at the EHR, after it is readable everywhere")
        show_notification(await ehr.next())
        await client.succeed("DELETE", f"{BASE}/Subscription/{made['id']}")


async def active(client: Client, subscription_id: str) -> str:
    """The status once the handshake's answer is recorded. Raises TimeoutError."""
    async with asyncio.timeout(_HANDSHAKE_SECONDS):
        while True:
            found = (await client.succeed("GET", f"{BASE}/Subscription/{subscription_id}")).json
            if found["status"] == "active":
                return str(found["status"])
            await asyncio.sleep(0.1)


def show_notification(received: Received) -> None:
    """What a notification says, and the decision it brings."""
    first, *rest = received.json["entry"]
    parameters = {one["name"]: one for one in first["resource"]["parameter"]}
    show(type=parameters["type"]["valueCode"], content_type=received.headers["Content-Type"])
    if rest:
        parts = {part["name"]: part for part in parameters["notification-event"]["part"]}
        response = rest[0]["resource"]["entry"][0]["resource"]
        show(event_number=parts["event-number"]["valueString"], outcome=response["outcome"], review=_review(response))


def _review(response: Any) -> list[str]:
    parts = [part for one in response["item"][0]["adjudication"][0]["extension"] for part in one["extension"]]
    return [part["valueCodeableConcept"]["coding"][0]["code"] if "valueCodeableConcept" in part else part["valueString"] for part in parts]


def fresh_token() -> str:
    """An access token of the development client, by the command that `make up` has left in the environment."""
    command = shlex.split(os.environ["PRIORBUS_FHIR_TOKEN_COMMAND"])
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def operator(*arguments: str) -> dict[str, Any]:
    """The answer of a `priorbus pas` command."""
    command = [sys.executable, "-m", "priorbus.runtime.cli", "pas", *arguments, "--json"]
    answer: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer
