"""`make demo`: one authorization through its whole life, then one that comes through FHIR, narrated."""

import asyncio
import os
import sys

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client
from priorbus.devstack.demo_fhir import fhir_life
from priorbus.devstack.demo_files import file_upload
from priorbus.devstack.demo_patients import patient_document
from priorbus.devstack.narration import say, show


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

    file_id = await file_upload(client)
    say("POST …/attachments: the file answers a document requirement")
    case = await client.attach(case_id, case.etag, file_id)
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


async def run() -> None:
    """The whole demo against the stack named by the environment (`.devstack/env`)."""
    base_url = os.environ["PRIORBUS_BASE_URL"]
    async with Client(base_url, os.environ["PRIORBUS_API_KEY"]) as client:
        await two_styles(client, await authorization_life(client))
    await patient_document(base_url, os.environ["PRIORBUS_API_KEY"])
    await fhir_life(base_url)
    say(f"Done. The stack keeps running at {base_url}; `make down` stops it.")


if __name__ == "__main__":
    asyncio.run(run())
