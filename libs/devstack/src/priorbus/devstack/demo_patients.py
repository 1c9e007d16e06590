"""The demo's chapter on patient documents: the presigned POST of the patient attachments API, with HTTP Basic."""

from priorbus.devstack import cases, forms
from priorbus.devstack.narration import say, show
from priorbus.devstack.patients import ATTACHMENTS, PATIENTS, PatientsClient


async def patient_document(base_url: str, key: str) -> None:
    """A patient, a form upload straight to the object store, its registration, and the content once it is processed."""
    async with PatientsClient(base_url, key) as client:
        say(f"POST {PATIENTS}: the second way to bring documents, with HTTP Basic and int64 ids in strings")
        patient = await client.patient()
        show(id=patient)

        say("GET …/attachment_presigned_post: a form that is good for one document, for an hour")
        post = await client.presigned_post(patient)
        show(fields=sorted(post["fields"]))

        say("POST of the form to the object store, as a browser does it, with the file last")
        stored = await forms.post_form(post["url"], post["fields"], "scan 1.pdf", cases.pdf())
        show(answer=stored.status, key=stored.key)

        say(f"POST {ATTACHMENTS}: the URL and the key make the record")
        upload_url = f"{post['url']}/{stored.key}"
        record = (await client.register(patient, upload_url, description="Most recent visit note")).json
        show(id=record["id"], processing_completed=record["processing_completed"])

        say("The same URL again, with too long a description, is refused field by field")
        again = await client.call("POST", ATTACHMENTS, {"patient_id": patient, "upload_url": upload_url, "description": "x" * 256})
        show(answer=again.status, errors=again.json["errors"], error_codes=again.json["error_codes"])

        say("Processed in the background: sniffed, measured, moved to its final key")
        done = (await client.processed(record["id"])).json
        show(**{name: done[name] for name in ("processing_completed", "filename", "content_type", "size")})

        say("GET …/patient_attachments?q[]=content_type:=application/pdf: what the patient has")
        listed = (await client.succeed("GET", f"{PATIENTS}/{patient}/patient_attachments?q[]=content_type:=application/pdf")).json
        content = await client.call("GET", f"{ATTACHMENTS}/{record['id']}/content")
        show(total_entries=listed["total_entries"], content=f"{content.status}, a link for five minutes")
