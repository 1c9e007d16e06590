"""A small client of the patient attachments API, with HTTP Basic as its documents have it."""

import asyncio
import base64

from priorbus.devstack import cases, forms
from priorbus.devstack.cases import JsonObject
from priorbus.devstack.client import Answer, Client

PATIENTS, CASES, ATTACHMENTS = "/v1/patients", "/v1/patient_cases", "/v1/patient_attachments"


def basic(user: str, password: str = "") -> str:
    """An Authorization header; an API key is the user name, with an empty password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class PatientsClient(Client):
    """One caller. The named operations raise ApiError unless they succeed."""

    def __init__(self, base_url: str, key: str, *, password: str = "") -> None:
        super().__init__(base_url, None)
        self._headers = {"Authorization": basic(key, password)}

    async def patient(self, **members: str) -> str:
        """The id of a new patient; Ada Probe by default."""
        return str((await self.succeed("POST", PATIENTS, {"first_name": "Ada", "last_name": "Probe", **members})).json["id"])

    async def case(self, patient_id: str, name: str = "Knee", **members: str) -> str:
        """The id of a new case of a patient."""
        return str((await self.succeed("POST", CASES, {"patient_id": patient_id, "name": name, **members})).json["id"])

    async def presigned_post(self, patient_id: str) -> JsonObject:
        """Step 1: where and how to upload one document."""
        return dict((await self.succeed("GET", f"{PATIENTS}/{patient_id}/attachment_presigned_post")).json)

    async def upload(self, patient_id: str, name: str = "scan 1.pdf", content: bytes | None = None, **fields: str) -> str:
        """Steps 1 and 2: the upload_url. `fields` are further form fields, such as Content-Type."""
        return await forms.upload(await self.presigned_post(patient_id), name, cases.pdf() if content is None else content, **fields)

    async def register(self, patient_id: str, upload_url: str, **members: str) -> Answer:
        """Step 3: the record, not yet processed."""
        return await self.succeed("POST", ATTACHMENTS, {"patient_id": patient_id, "upload_url": upload_url, **members})

    async def add_document(self, patient_id: str, name: str = "scan 1.pdf", content: bytes | None = None, **members: str) -> Answer:
        """Steps 1 to 3."""
        return await self.register(patient_id, await self.upload(patient_id, name, content), **members)

    async def attachment(self, attachment_id: str) -> Answer:
        """A record, archived or not."""
        return await self.succeed("GET", f"{ATTACHMENTS}/{attachment_id}?q[]=archived_at:*")

    async def processed(self, attachment_id: str, seconds: float = 20) -> Answer:
        """Step 4: poll a record until it is processed or has failed."""
        async with asyncio.timeout(seconds):
            while True:
                answer = await self.attachment(attachment_id)
                if answer.json["processing_completed"] or answer.json["processing_error"]:
                    return answer
                await asyncio.sleep(0.05)
