"""Uploads, their URLs, processing and archive (patient-attachments.md 18), on the shared stack."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import Answer, Client
from priorbus.devstack.forms import post_form
from priorbus.devstack.patients import ATTACHMENTS, PATIENTS, PatientsClient
from priorbus.devstack.stack import Stack
from priorbus.runtime.objects import S3ObjectStore, open_objects
from priorbus.runtime.settings import ObjectStoreSettings
from tests.conformance.patient_attachments.conftest import Tenants

PDF = cases.pdf()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
LIMIT = 26_214_400
FIELDS = {"key", "policy", "x-amz-credential", "x-amz-signature", "x-amz-algorithm", "x-amz-date", "success_action_status", "acl"}


@pytest.fixture
async def bucket(stack: Stack) -> AsyncIterator[S3ObjectStore]:
    """The stack's own bucket, as its services see it."""
    names = ("endpoint", "public_endpoint", "access_key", "secret_key", "region", "bucket")
    given = {f"s3_{name}": stack.settings[f"PRIORBUS_S3_{name.upper()}"] for name in names}
    async with open_objects(ObjectStoreSettings.model_validate(given)) as objects:
        yield objects


async def create(k1: Client, patient: str, url: Any, **members: Any) -> Answer:
    return await k1.call("POST", ATTACHMENTS, {"patient_id": patient, "upload_url": url, **members})


async def document(k1: PatientsClient, patient: str, name: str = "scan 1.pdf", content: bytes = PDF, **fields: str) -> Any:
    """A processed record."""
    made = await k1.register(patient, await k1.upload(patient, name, content, **fields))
    return (await k1.processed(made.json["id"])).json


def url_code(answer: Answer) -> str:
    """The code of a refusal that blames the upload_url alone."""
    assert answer.status == 422, answer.body
    assert answer.json["message"] == "Validation Failed"
    assert answer.json["errors"] == {"upload_url": "is invalid"}
    assert answer.json["details"]["documentation"].startswith("/")
    return str(answer.json["error_codes"]["upload_url"])


async def test_patt_01_presigned_post(k1: PatientsClient, patient: str) -> None:
    answer = await k1.call("GET", f"{PATIENTS}/{patient}/attachment_presigned_post")
    assert answer.status == 200
    assert set(answer.json) == {"url", "fields"}
    fields = answer.json["fields"]
    assert set(fields) == FIELDS
    assert (fields["x-amz-algorithm"], fields["success_action_status"], fields["acl"]) == ("AWS4-HMAC-SHA256", "201", "private")


async def test_patt_03_upload(k1: PatientsClient, patient: str) -> None:
    post = await k1.presigned_post(patient)
    posted = await post_form(post["url"], post["fields"], "scan 1.pdf", PDF)
    assert (posted.status, posted.key) == (201, post["fields"]["key"].replace("${filename}", "scan 1.pdf"))
    assert {"Location", "Bucket", "Key"} <= set(posted.members)


async def test_patt_04_create(k1: PatientsClient, patient: str) -> None:
    answer = await create(k1, patient, await k1.upload(patient))
    record = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"{ATTACHMENTS}/{record['id']}"
    assert isinstance(record["id"], str)
    assert (record["processing_completed"], record["content"], record["filename"]) == (False, None, None)
    assert record["patient"]["links"]["self"].endswith(f"{PATIENTS}/{patient}")


async def test_patt_05_processed(k1: PatientsClient, tenants: Tenants, patient: str, bucket: S3ObjectStore) -> None:
    record = await document(k1, patient, "scan 1.pdf", PDF)
    assert record["processing_completed"] is True
    assert (record["filename"], record["content_type"], record["size"]) == ("scan 1.pdf", "application/pdf", len(PDF))
    assert record["processed_at"] == record["updated_at"]
    assert record["content"]["links"]["self"].endswith(f"{ATTACHMENTS}/{record['id']}/content")
    assert [found.key async for found in bucket.list(f"{tenants.tenant}/patients/{patient}/")] == []


async def test_patt_06_location_key_and_names_with_percent(k1: PatientsClient, patient: str) -> None:
    async def shown(name: str, *, encoded: bool) -> str:
        url = await k1.upload(patient, name, PDF)
        if encoded:
            place, _, key = url.partition("/patients/")
            url = f"{place}/patients/{quote(key)}"
        made = await k1.register(patient, url)
        return str((await k1.processed(made.json["id"])).json["filename"])

    for name in ("scan 1.pdf", "100%.pdf", "röntgen +1.pdf"):
        assert [await shown(name, encoded=encoded) for encoded in (True, False)] == [name, name]


async def test_patt_12_malformed_urls(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    secure = url.split("://", 1)[1]
    for bad in (f"ftp://{secure}", f"https://me:pw@{secure}", f"{url}?x=1", f"{url}#x", url + "x" * 3000, 17, ["x"], secure):
        assert url_code(await create(k1, patient, bad)) == "url_malformed"


async def test_patt_13_foreign_hosts_are_never_contacted(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    host = url.split("/")[2]
    heard: list[str] = []

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append("connection")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        other_port = server.sockets[0].getsockname()[1]
        bucket = url.split("/")[3]
        bad = [
            url.replace(host, "evil.example"),
            url.replace(host, f"{host.split(':')[0]}.evil.example:{host.split(':')[1]}"),
            url.replace(host, f"127.0.0.1:{other_port}"),
            url.replace(f"/{bucket}/", "/other-bucket/"),
        ]
        assert [url_code(await create(k1, patient, each)) for each in bad] == ["foreign_host"] * 4
    assert heard == []


async def test_patt_14_paths(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    for bad in ("/%2e%2e/temp/", "/../temp/", "//temp/", "\\temp/", "/%00/temp/"):
        assert url_code(await create(k1, patient, url.replace("/temp/", bad))) == "url_malformed"


async def test_patt_15_keys_of_another_shape(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    for bad in (url.replace("/temp/", "/"), url.replace("/attachments/", "/documents/"), url + "/more.pdf"):
        assert url_code(await create(k1, patient, bad)) == "key_mismatch"


async def test_patt_16_another_patient(k1: PatientsClient, patient: str) -> None:
    other = await k1.patient()
    assert url_code(await create(k1, other, await k1.upload(patient))) == "patient_mismatch"


async def test_patt_17_a_changed_ticket(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    ticket = url.split("/")[-2]
    changed = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    assert url_code(await create(k1, patient, url.replace(ticket, changed))) == "ticket_unknown"


async def test_patt_19_once_and_replayed(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    await create(k1, patient, url)
    assert url_code(await create(k1, patient, url)) == "ticket_used"
    body = {"patient_id": patient, "upload_url": await k1.upload(patient)}
    first, again = [await k1.call("POST", ATTACHMENTS, body, key=f"patt-19-{patient}") for _ in range(2)]
    assert (first.status, again.status, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert again.json == first.json


async def test_patt_20_two_at_once(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    answers = await asyncio.gather(*(create(k1, patient, url) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [201, 422]
    assert url_code(next(answer for answer in answers if answer.status == 422)) == "ticket_used"
    listed = (await k1.succeed("GET", f"{PATIENTS}/{patient}/patient_attachments")).json
    assert listed["total_entries"] == 1


async def test_patt_21_without_upload(k1: PatientsClient, patient: str) -> None:
    post = await k1.presigned_post(patient)
    url = f"{post['url']}/{post['fields']['key'].replace('${filename}', 'scan.pdf')}"
    assert url_code(await create(k1, patient, url)) == "object_missing"


@pytest.mark.parametrize("name", ["x" * 300, "x" * 1500, "\N{PILE OF POO}" * 250, "\x01\x7f\r\n", "%ff", "..%2f", "*", "<&>"])
async def test_5_7_names_that_nobody_uploads(k1: PatientsClient, patient: str, name: str) -> None:
    """5.7: an object store that refuses such a key is not taken for one that is away"""
    post = await k1.presigned_post(patient)
    answer = await create(k1, patient, f"{post['url']}/{post['fields']['key'].replace('${filename}', name)}")
    assert url_code(answer) == ("url_malformed" if "%2f" in name else "object_missing")


async def test_patt_22_sizes(k1: PatientsClient, patient: str) -> None:
    post = await k1.presigned_post(patient)
    empty = await post_form(post["url"], post["fields"], "scan.pdf", b"")
    assert (empty.status, empty.code) == (400, "EntityTooSmall")
    large = await post_form(post["url"], post["fields"], "scan.pdf", bytes(LIMIT + 1))
    assert (large.status, large.code) == (400, "EntityTooLarge")


async def test_patt_23_changed_forms(k1: PatientsClient, patient: str) -> None:
    post = await k1.presigned_post(patient)
    # SeaweedFS ignores fields that mean nothing to it; one that would be kept has to be covered by the policy
    for change in ({"acl": "public-read"}, {"key": "elsewhere/${filename}"}, {"x-amz-meta-extra": "1"}):
        assert (await post_form(post["url"], {**post["fields"], **change}, "scan.pdf", PDF)).status == 403


async def test_patt_24_archived_in_between(k1: PatientsClient, patient: str) -> None:
    url = await k1.upload(patient)
    await k1.succeed("POST", f"{PATIENTS}/{patient}/archive")
    answer = await create(k1, patient, url)
    assert answer.status == 422
    assert answer.json["errors"] == {"patient_id": "must exist"}
    assert answer.json["error_codes"] == {"patient_id": "patient_missing"}


async def test_patt_27_the_bytes_decide_about_the_type(k1: PatientsClient, patient: str) -> None:
    record = await document(k1, patient, "scan.pdf", PNG, **{"Content-Type": "application/pdf"})
    assert record["content_type"] == "image/png"


async def test_patt_28_names_like_paths_and_with_controls(
    k1: PatientsClient, tenants: Tenants, patient: str, bucket: S3ObjectStore
) -> None:
    records = [await document(k1, patient, name) for name in ("../../x.pdf", 'a"b\n.pdf')]
    assert [record["filename"] for record in records] == ["x.pdf", 'a"b.pdf']
    for record in records:
        keys = [found.key async for found in bucket.list(f"patient-attachments/{tenants.tenant}/{record['id']}")]
        assert keys == [f"patient-attachments/{tenants.tenant}/{record['id']}"]


async def test_patt_31_archive(k1: PatientsClient, patient: str) -> None:
    record = await document(k1, patient)
    path = f"{ATTACHMENTS}/{record['id']}"
    assert [(await k1.call("POST", f"{path}/archive")).status for _ in range(2)] == [204, 204]
    assert (await k1.call("GET", path)).status == 404
    assert (await k1.call("GET", f"{path}/content")).status == 404
    shown = await k1.call("GET", f"{path}?q[]=archived_at:*")
    assert shown.status == 200
    assert shown.json["archived_at"] is not None


async def test_patt_32_the_deprecated_way(k1: PatientsClient, patient: str) -> None:
    record = await document(k1, patient)
    path = f"{ATTACHMENTS}/{record['id']}"
    answer = await k1.call("DELETE", path)
    assert (answer.status, answer.headers["Deprecation"]) == (204, "@1767225600")
    assert answer.headers["Link"] == f'<{path}/archive>; rel="successor-version"'
    assert (await k1.call("GET", path)).status == 404
    assert (await k1.call("GET", f"{path}?q[]=archived_at:*")).json["archived_at"] is not None


async def test_patt_34_a_live_one_among_the_archived(k1: PatientsClient, patient: str) -> None:
    record = (await k1.add_document(patient)).json
    assert (await k1.call("GET", f"{ATTACHMENTS}/{record['id']}?q[]=archived_at:?")).status == 404
