"""`make demo`: one authorization through its whole life, narrated."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from typing import Any

from priorbus.devstack import cases, fhir_cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client


def say(text: str) -> None:
    """One line of narration."""
    sys.stdout.write(f"\n▸ {text}\n")


def show(**facts: Any) -> None:
    """What an answer showed."""
    for name, value in facts.items():
        sys.stdout.write(f"    {name:<22} {value if isinstance(value, str) else json.dumps(value)}\n")


def show_case(answer: Answer) -> None:
    """The members of an authorization that tell where it stands."""
    case = answer.json
    requirements = case["requirements"]
    show(
        status=f"{case['status']} (version {case['version']}, ETag {answer.etag})",
        next_action=case.get("nextAction", {}).get("type", "none"),
        open_questions=len(requirements["questions"]),
        missing_documents=[document["type"] for document in requirements["documents"]],
    )


async def authorization_life(client: Client) -> str:
    """Create, answer, attach, confirm, wait for the payer, read the timeline; returns the case's id."""
    say("POST /v1/prior-auth/authorizations: a brain MRI for a patient in California")
    case = await client.create(key=f"demo-{os.getpid()}")
    case_id = case.json["id"]
    show(id=case_id)
    show_case(case)

    say("PATCH …/answers: the questionnaire; every answer recomputes what is still missing")
    case = await client.patch(case_id, case.etag, *cases.full_answers())
    show_case(case)

    say("A second writer with an old version is refused")
    stale = await client.call("PATCH", f"/v1/prior-auth/authorizations/{case_id}/answers", cases.answers(), if_match='"1"')
    show(answer=f"{stale.status} {stale.error_code}", details=stale.json["error"]["details"])

    say("POST /v1/files, PUT straight to the object store, POST …/complete, then attach")
    case = await client.attach(case_id, case.etag, await client.ready_file())
    show_case(case)

    say("POST …/confirm: Priorbus builds and validates the PAS Claim bundle and submits it to the payer")
    show_case(await client.confirm(case))

    say("The payer's receipt and decision arrive as facts")
    done = await client.until(case_id, "completed")
    submission = done.json["submission"]
    show(
        outcome=done.json["outcome"],
        receipt=submission["payerReceipt"]["referenceNumber"],
        authorization_number=submission["decision"]["authorizationNumber"],
    )

    say("GET …/events: the timeline of the case")
    for entry in await client.timeline(case_id):
        sys.stdout.write(f"    {entry['sequence']:>3}  {entry['timestamp']}  {entry['actor']:<9} {entry['type']}\n")
    return str(case_id)


async def two_styles(client: Client, case_id: str) -> None:
    """The decided case in style C, then a case that is opened in one style and answered in the other."""
    say(f"GET {PRIOR_AUTHORIZATIONS}/…: the same case in style C")
    case = (await client.succeed("GET", f"{PRIOR_AUTHORIZATIONS}/{case_id}")).json
    (diagnosis,) = [item for item in case["answers"]["item"] if item["linkId"] == "diagnoses"]
    show(id=case["id"], request=case["request"], route=case["route"]["label"], diagnosis=diagnosis)

    say(f"POST {PRIOR_AUTHORIZATIONS}: another case, opened in style C …")
    body = cases.mri_request(answers={"item": [cases.diagnosis("G43.909")]})
    opened = await client.succeed("POST", PRIOR_AUTHORIZATIONS, body)
    show(id=opened.json["id"], resolution=opened.json["nextAction"]["resolution"])
    show_case(opened)

    say(f"… and answered in style B: PATCH {AUTHORIZATIONS}/…/answers")
    show_case(await client.patch(opened.json["id"], opened.etag, *cases.full_answers()))


async def fhir_submit(base_url: str, token: str) -> None:
    """The FHIR door: Claim/$submit with a PAS request bundle."""
    say("POST /fhir/Claim/$submit: a PAS request bundle from an EHR")
    async with Client(base_url, token) as client:
        answer = await client.succeed("POST", "/fhir/Claim/$submit", fhir_cases.claim_bundle(f"demo-{os.getpid()}"))
    response = answer.json["entry"][0]["resource"]
    show(answer=f"{answer.status} {answer.json['resourceType']}", claim_response=response["id"], outcome=response["outcome"])


def fresh_token() -> str:
    """An access token of the development client, by the command that `make up` has left in the environment."""
    command = shlex.split(os.environ["PRIORBUS_FHIR_TOKEN_COMMAND"])
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


async def run() -> None:
    """The whole demo against the stack named by the environment (`.devstack/env`)."""
    base_url = os.environ["PRIORBUS_BASE_URL"]
    async with Client(base_url, os.environ["PRIORBUS_API_KEY"]) as client:
        await two_styles(client, await authorization_life(client))
    await fhir_submit(base_url, await asyncio.to_thread(fresh_token))
    say(f"Done. The stack keeps running at {base_url}; `make down` stops it.")


if __name__ == "__main__":
    asyncio.run(run())
