import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from priorbus.contracts.commands.patients import ArchivePatient, ArchivePatientCase, UnarchivePatient
from priorbus.contracts.patients import UPLOAD_GUIDE
from priorbus.contracts.replies import Issue, Refusal

PDF = b"%PDF-1.7 note"


async def test_patt_04_a_record_is_received(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    record = (await clinic.succeed(clinic.creation(patient, url, description="Visit note")))["patient_attachment"]
    assert (record["status"], record["patient_id"], record["user_id"], record["description"]) == ("received", patient, 77, "Visit note")
    assert [record[name] for name in ("filename", "content_type", "size", "processed_at", "archived_at")] == [None] * 5
    assert record["storage_key"] == f"patient-attachments/t_acme/{record['id']}"
    (fact,) = clinic.store.published()[1:]
    assert fact.wire_type == "patient_attachment.created"
    assert [event.data for event in fact.events] == [{"id": str(record["id"]), "patientId": str(patient)}]
    assert clinic.waiting_timers()[-1] == f"t_acme/process_patient_attachment/{record['id']}"


async def test_patt_09_blank(clinic: Any) -> None:
    reply = await clinic.send(clinic.creation(None, None))
    assert clinic.codes(reply) == {"patient_id": "blank", "upload_url": "blank"}
    assert reply.refusal is not None
    assert {issue.message for issue in reply.refusal.issues} == {"can't be blank"}
    assert reply.refusal.details == {"documentation": UPLOAD_GUIDE}


async def test_patt_10_what_the_gateway_found_stays(clinic: Any) -> None:
    issues = (
        Issue(code="not_an_id", message="is invalid", field="patient_id"),
        Issue(code="url_malformed", message="m", field="upload_url"),
    )
    creation = clinic.creation(None, None).model_copy(update={"issues": issues})
    assert clinic.codes(await clinic.send(creation)) == {"patient_id": "not_an_id", "upload_url": "url_malformed"}


async def test_without_a_patient_only_the_form_of_the_url_is_checked(clinic: Any) -> None:
    url = await clinic.uploaded(await clinic.patient())
    assert clinic.codes(await clinic.send(clinic.creation(None, url))) == {"patient_id": "blank"}
    assert clinic.codes(await clinic.send(clinic.creation(None, url + "?x"))) == {"patient_id": "blank", "upload_url": "url_malformed"}


@pytest.mark.parametrize("name", ["scan 1.pdf", "100%.pdf", "100%25.pdf", "a+b.pdf", "röntgen.pdf", "#1?.pdf"])
async def test_patt_06_encoded_and_decoded_forms(clinic: Any, name: str) -> None:
    patient = await clinic.patient()
    literal, encoded = await clinic.uploaded(patient, name), await clinic.uploaded(patient, name)
    encoded = encoded.removesuffix(name) + quote(name)
    if not set(name) & set("#?"):
        assert (await clinic.attachment(await clinic.registered(patient, literal))).upload_key.endswith(f"/{name}")
    assert (await clinic.attachment(await clinic.registered(patient, encoded))).upload_key.endswith(f"/{name}")


async def test_the_object_that_exists_decides_the_literal_one_first(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    for name in ("a b.pdf", "a%20b.pdf"):
        assert clinic.objects.post(form, name, PDF).status == 201
    url = f"{form.url}/{form.fields['key'].removesuffix('${filename}')}a%20b.pdf"
    assert (await clinic.attachment(await clinic.registered(patient, url))).upload_key.endswith("/a%20b.pdf")


async def test_a_key_that_is_too_long_for_any_store_is_not_looked_for(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    clinic.objects.available = False
    url = f"{form.url}/{form.fields['key'].removesuffix('${filename}')}"
    assert clinic.codes(await clinic.send(clinic.creation(patient, url + "x" * 1024))) == {"upload_url": "object_missing"}
    assert (await clinic.send(clinic.creation(patient, url + "x" * 255))).refusal == Refusal(code="storage_unavailable")


async def test_patt_12_13_14_15_bad_urls(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    bad = {
        url.replace("http://", "ftp://"): "url_malformed",
        url.replace("nowhere", "evil.example"): "foreign_host",
        url.replace("/priorbus/", "/other/"): "foreign_host",
        url.replace("/temp/", "/%2e%2e/temp/"): "url_malformed",
        url.replace("/temp/", "/perm/"): "key_mismatch",
    }
    for given, code in bad.items():
        assert clinic.codes(await clinic.send(clinic.creation(patient, given))) == {"upload_url": code}


async def test_patt_16_another_patient_or_tenant(clinic: Any) -> None:
    patient, other = await clinic.patient(), await clinic.patient()
    url = await clinic.uploaded(patient)
    assert clinic.codes(await clinic.send(clinic.creation(other, url))) == {"upload_url": "patient_mismatch"}
    foreign = url.replace("t_acme/", "t_borealis/")
    assert clinic.codes(await clinic.send(clinic.creation(patient, foreign))) == {"upload_url": "patient_mismatch"}
    padded = url.replace(f"/{patient}/", f"/0{patient}/")
    assert clinic.codes(await clinic.send(clinic.creation(patient, padded))) == {"upload_url": "patient_mismatch"}
    assert clinic.codes(await clinic.send(clinic.creation(patient, url), tenant="t_borealis")) == {
        "patient_id": "patient_missing",
        "upload_url": "patient_mismatch",
    }


async def test_patt_17_18_tickets(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    ticket = url.split("/")[-2]
    other = url.replace(ticket, ticket[:-1] + ("0" if ticket[-1] != "0" else "1"))
    assert clinic.codes(await clinic.send(clinic.creation(patient, other))) == {"upload_url": "ticket_unknown"}
    clinic.later(seconds=3600)
    assert clinic.codes(await clinic.send(clinic.creation(patient, url))) == {"upload_url": "ticket_expired"}


async def test_patt_19_a_ticket_works_once_and_replays_with_a_key(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    first = await clinic.send(clinic.creation(patient, url), key="k")
    await clinic.run_due_timers()
    assert clinic.codes(await clinic.send(clinic.creation(patient, url))) == {"upload_url": "ticket_used"}
    again = await clinic.send(clinic.creation(patient, url), key="k")
    assert (again.replayed, again.result) == (True, first.result)


async def test_patt_20_two_at_once_with_one_ticket(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    replies = await asyncio.gather(*(clinic.send(clinic.creation(patient, url)) for _ in range(2)))
    (refused,) = [reply for reply in replies if reply.refusal is not None]
    assert clinic.codes(refused) == {"upload_url": "ticket_used"}
    assert clinic.facts() == ["patient_attachment.created"]


async def test_patt_21_nothing_uploaded_or_of_a_wrong_size(clinic: Any) -> None:
    patient = await clinic.patient()
    form = await clinic.form(patient)
    url = f"{form.url}/{form.fields['key'].replace('${filename}', 'x.pdf')}"
    creation = clinic.creation(patient, url)
    assert clinic.codes(await clinic.send(creation)) == {"upload_url": "object_missing"}
    key = url.removeprefix(form.url + "/")
    await clinic.objects.put(key, b"", content_type="application/pdf")
    assert clinic.codes(await clinic.send(creation)) == {"upload_url": "object_empty"}
    await clinic.objects.put(key, bytes(clinic.settings.patient_attachment_max_bytes + 1), content_type="application/pdf")
    assert clinic.codes(await clinic.send(creation)) == {"upload_url": "object_too_large"}


async def test_patt_24_the_patient_was_archived_meanwhile(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    await clinic.succeed(ArchivePatient(patient_id=patient))
    refused = await clinic.send(clinic.creation(patient, url))
    assert clinic.codes(refused) == {"patient_id": "patient_missing"}
    assert refused.refusal is not None
    assert refused.refusal.details == {}
    await clinic.succeed(UnarchivePatient(patient_id=patient))
    await clinic.registered(patient, url)


async def test_patt_25_26_descriptions_and_several_findings(clinic: Any) -> None:
    patient = await clinic.patient()
    await clinic.registered(patient, description="😀" * 255)
    url = (await clinic.uploaded(patient)).replace("nowhere", "evil.example")
    reply = await clinic.send(clinic.creation(patient, url, description="x" * 256))
    assert clinic.codes(reply) == {"upload_url": "foreign_host", "description": "too_long"}


async def test_patt_50_cases(clinic: Any) -> None:
    patient, other = await clinic.patient(), await clinic.patient()
    case, foreign = await clinic.case(patient), await clinic.case(other)
    id_ = await clinic.registered(patient, patient_case_id=case)
    assert (await clinic.attachment(id_)).patient_case_id == case
    url = await clinic.uploaded(patient)
    for wrong in (foreign, 1):
        assert clinic.codes(await clinic.send(clinic.creation(patient, url, patient_case_id=wrong))) == {"patient_case_id": "case_missing"}
    await clinic.succeed(ArchivePatientCase(patient_case_id=case))
    assert clinic.codes(await clinic.send(clinic.creation(patient, url, patient_case_id=case))) == {"patient_case_id": "case_missing"}


async def test_patt_58_an_object_store_that_is_away(clinic: Any) -> None:
    patient = await clinic.patient()
    url = await clinic.uploaded(patient)
    clinic.objects.available = False
    assert (await clinic.send(clinic.creation(patient, url))).refusal == Refusal(code="storage_unavailable")
    assert clinic.facts() == []
    assert clinic.codes(await clinic.send(clinic.creation(patient, url + "#"))) == {"upload_url": "url_malformed"}
    clinic.objects.available = True
    await clinic.registered(patient, url)


async def test_an_id_that_is_taken_gives_way_to_the_next_one(clinic: Any) -> None:
    patient = await clinic.patient()
    first = await clinic.registered(patient)
    creation = clinic.creation(patient, await clinic.uploaded(patient)).model_copy(update={"patient_attachment_id": first})
    record = (await clinic.succeed(creation))["patient_attachment"]
    assert (record["id"], record["storage_key"]) == (first + 1, f"patient-attachments/t_acme/{first + 1}")
