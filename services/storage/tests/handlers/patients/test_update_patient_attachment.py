from typing import Any

from priorbus.contracts.commands.patients import ArchivePatientAttachment, UpdatePatientAttachment
from priorbus.contracts.replies import Refusal

CREATED = "patient_attachment.created"


async def test_patt_52_description_and_pin(clinic: Any) -> None:
    id_ = await clinic.registered(await clinic.patient(), description="x")

    async def change(**members: Any) -> Any:
        clinic.later(seconds=1)
        return (await clinic.succeed(UpdatePatientAttachment(patient_attachment_id=id_, members=members)))["patient_attachment"]

    assert (await change(description=None))["description"] is None
    pinned = await change(pinned=True)
    assert pinned["pinned_at"] == pinned["updated_at"]
    assert await change(pinned=True) == pinned
    assert await change() == pinned
    assert (await change(pinned=False))["pinned_at"] is None
    assert clinic.facts() == [CREATED, *["patient_attachment.updated"] * 3]
    too_long = UpdatePatientAttachment(patient_attachment_id=id_, members={"description": "x" * 256, "pinned": None})
    assert clinic.codes(await clinic.send(too_long)) == {"description": "too_long", "pinned": "invalid"}


async def test_unknown_and_archived_records(clinic: Any) -> None:
    id_ = await clinic.registered(await clinic.patient())
    await clinic.succeed(ArchivePatientAttachment(patient_attachment_id=id_))
    for each in (1, id_):
        assert (await clinic.send(UpdatePatientAttachment(patient_attachment_id=each))).refusal == Refusal(code="not_found")
