"""Acceptance cases: files and attachments (authorizations.md 16)."""

import asyncio
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, Client
from priorbus.devstack.seed import TENANT

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
MAX_BYTES = 26_214_400


def file_request(name: str = "clinical-note.pdf", content_type: str = "application/pdf", **members: Any) -> dict[str, Any]:
    return {"fileName": name, "contentType": content_type, "purpose": "authorization_attachment", **members}


async def created(api: Client, **members: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await api.succeed("POST", "/v1/files", file_request(**members))).json
    return body


async def put(api: Client, upload: dict[str, Any], content: bytes, **headers: str) -> Answer:
    return await api.call(upload["method"], upload["url"], content, headers=upload["headers"] | headers)


async def complete(api: Client, file_id: str) -> Answer:
    return await api.call("POST", f"/v1/files/{file_id}/complete")


async def attach(api: Client, case: Answer, file_id: str, *types: str) -> Answer:
    body = {"fileId": file_id, "documentTypes": list(types)}
    return await api.call("POST", f"{AUTHORIZATIONS}/{case.json['id']}/attachments", body, if_match=case.etag)


async def test_auth_80_create_a_file(api: Client) -> None:
    """AUTH-80"""
    answer = await api.call("POST", "/v1/files", file_request())
    body = answer.json
    assert (answer.status, body["file"]["status"]) == (201, "pending_upload")
    upload = body["upload"]
    assert (upload["strategy"], upload["method"], upload["headers"]["Content-Type"]) == ("single_put", "PUT", "application/pdf")
    assert urlsplit(upload["url"]).scheme in {"http", "https"}
    assert "clinical" not in upload["url"]


async def test_auth_81_upload_and_complete(api: Client) -> None:
    """AUTH-81"""
    content = cases.pdf(5000)
    body = await created(api)
    assert (await put(api, body["upload"], content)).status == 200
    answer = await complete(api, body["file"]["id"])
    file = answer.json
    assert (answer.status, file["status"], file["sizeBytes"]) == (200, "ready", 5000)
    assert file["checksumSha256"] == hashlib.sha256(content).hexdigest()
    assert file["completedAt"]
    assert (await api.call("GET", file["downloadUrl"])).body == content


async def test_auth_82_second_put(api: Client) -> None:
    """AUTH-82"""
    body = await created(api)
    await put(api, body["upload"], cases.pdf(100))
    assert (await put(api, body["upload"], cases.pdf(200))).status in {200, 412}
    assert (await complete(api, body["file"]["id"])).json["sizeBytes"] == 100
    await put(api, body["upload"], cases.pdf(300))
    file = (await api.succeed("GET", f"/v1/files/{body['file']['id']}")).json
    assert len((await api.call("GET", file["downloadUrl"])).body) == 100


async def test_auth_83_put_with_another_content_type(api: Client) -> None:
    """AUTH-83"""
    body = await created(api)
    assert (await put(api, body["upload"], cases.pdf(), **{"Content-Type": "image/png"})).status == 403
    answer = await complete(api, body["file"]["id"])
    assert (answer.status, answer.error_code) == (409, "file_not_uploaded")


async def test_auth_84_complete_before_put(api: Client) -> None:
    """AUTH-84"""
    body = await created(api)
    early = await complete(api, body["file"]["id"])
    assert (early.status, early.error_code, early.json["error"]["retryable"]) == (409, "file_not_uploaded", True)
    await put(api, body["upload"], cases.pdf())
    assert (await complete(api, body["file"]["id"])).json["status"] == "ready"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_empty"),
        (cases.pdf(MAX_BYTES + 1), 413, "file_too_large"),
        (PNG, 422, "file_content_mismatch"),
    ],
    ids=["empty", "oversized", "mislabelled"],
)
async def test_auth_85_bad_uploads(api: Client, content: bytes, status: int, code: str) -> None:
    """AUTH-85"""
    body = await created(api)
    file_id = body["file"]["id"]
    assert (await put(api, body["upload"], content)).status == 200
    answer = await complete(api, file_id)
    assert (answer.status, answer.error_code) == (status, code)
    if code == "file_too_large":
        assert answer.json["error"]["details"] == {"maxBytes": MAX_BYTES, "actualBytes": MAX_BYTES + 1}
    assert (await api.succeed("GET", f"/v1/files/{file_id}")).json["status"] == "failed"
    for refused in (await complete(api, file_id), await attach(api, await api.create(), file_id, "clinical_notes")):
        assert (refused.status, refused.error_code, refused.json["error"]["retryable"]) == (409, "file_not_ready", False)
        assert refused.json["error"]["details"]["failureCode"] == code


async def test_auth_86_exactly_the_limit(api: Client) -> None:
    """AUTH-86"""
    body = await created(api)
    await put(api, body["upload"], cases.pdf(MAX_BYTES))
    assert (await complete(api, body["file"]["id"])).json["status"] == "ready"


@pytest.mark.parametrize(
    ("name", "content_type", "stored"),
    [
        ("a.PDF", "application/pdf", "a.PDF"),
        ("a.jpeg", "image/jpeg", "a.jpeg"),
        ("a.jpg", "image/jpeg", "a.jpg"),
        ("note", "application/pdf", "note"),
        (".pdf", "application/pdf", ".pdf"),
        ("a.b.pdf", "application/pdf", "a.b.pdf"),
        ("../../etc/x.pdf", "application/pdf", "x.pdf"),
        ("C:\\tmp\\x.pdf", "application/pdf", "x.pdf"),
    ],
)
async def test_auth_87_names(api: Client, name: str, content_type: str, stored: str) -> None:
    """AUTH-87, accepted names"""
    assert (await created(api, name=name, content_type=content_type))["file"]["fileName"] == stored


@pytest.mark.parametrize(
    ("name", "content_type", "code"),
    [
        ("a.png", "image/jpeg", "file_extension_mismatch"),
        ("scan.v2", "application/pdf", "file_extension_mismatch"),
        ("..", "application/pdf", "bad_request"),
    ],
)
async def test_auth_87_refused_names(api: Client, name: str, content_type: str, code: str) -> None:
    """AUTH-87, refused names"""
    answer = await api.call("POST", "/v1/files", file_request(name, content_type))
    assert (answer.status, answer.error_code) == (400, code)


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"contentType": "text/plain"}, 400, "unsupported_content_type"),
        ({"purpose": "other"}, 400, "bad_request"),
        ({"sizeBytes": MAX_BYTES + 1}, 413, "file_too_large"),
    ],
)
async def test_auth_88_refused_requests(api: Client, members: dict[str, Any], status: int, code: str) -> None:
    """AUTH-88"""
    answer = await api.call("POST", "/v1/files", file_request("note") | members)
    assert (answer.status, answer.error_code) == (status, code)


async def test_auth_92_complete_twice_and_foreign_file(api: Client, other_tenant: Client) -> None:
    """AUTH-92"""
    file_id = await api.ready_file()
    answers = [await complete(api, file_id), *await asyncio.gather(*(complete(api, file_id) for _ in range(4)))]
    assert {answer.status for answer in answers} == {200}
    first, *others = [lasting(answer.json) for answer in answers]
    assert others == [first] * 4
    answer = await other_tenant.call("GET", f"/v1/files/{file_id}")
    assert (answer.status, answer.error_code) == (404, "file_not_found")


def lasting(file: dict[str, Any]) -> dict[str, Any]:
    """A file without its download, which is made anew for every answer."""
    return {name: value for name, value in file.items() if name not in {"downloadUrl", "downloadUrlExpiresAt"}}


async def test_8_1_members_of_a_file(api: Client) -> None:
    """8.1: what is declared, what is measured, how it is downloaded"""
    body = await created(api, name="Bericht Ä.pdf", sizeBytes=300)
    file = body["file"]
    assert (file["sizeBytes"], file["scan"], file["warnings"]) == (300, {"status": "not_scanned"}, [])
    assert not {"checksumSha256", "completedAt", "downloadUrl", "downloadUrlExpiresAt", "failure"} & file.keys()
    assert datetime.fromisoformat(file["uploadExpiresAt"]) - datetime.fromisoformat(file["createdAt"]) == timedelta(hours=1)
    content = cases.pdf(300 - 9) + b" /Encrypt"
    assert (await put(api, body["upload"], content)).status == 200
    ready = (await complete(api, file["id"])).json
    assert (ready["sizeBytes"], ready["warnings"], ready["uploadExpiresAt"]) == (300, ["pdf_encrypted"], file["uploadExpiresAt"])
    assert lasting((await api.succeed("GET", f"/v1/files/{file['id']}")).json) == lasting(ready)
    assert timedelta(0) < datetime.fromisoformat(ready["downloadUrlExpiresAt"]) - datetime.now(UTC) <= timedelta(seconds=300)
    assert parse_qs(urlsplit(ready["downloadUrl"]).query)["X-Amz-Expires"] == ["300"]
    download = await api.call("GET", ready["downloadUrl"])
    assert (download.body, download.headers["Content-Type"]) == (content, "application/pdf")
    assert download.headers["Content-Disposition"] == "attachment; filename=\"Bericht _.pdf\"; filename*=UTF-8''Bericht%20%C3%84.pdf"


async def test_8_2_3_the_target_fixes_key_type_length_and_single_use(api: Client) -> None:
    """8.2.3: quarantine key, signed headers"""
    body = await created(api, sizeBytes=100)
    upload, target = body["upload"], urlsplit(body["upload"]["url"])
    _bucket, area, tenant, file_id, random = target.path.strip("/").split("/")
    assert (area, tenant, file_id, len(random)) == ("quarantine", TENANT, body["file"]["id"], 32)
    signed = parse_qs(target.query)["X-Amz-SignedHeaders"][0].split(";")
    assert {"content-type", "content-length", "if-none-match"} <= set(signed)
    assert upload["headers"] == {"Content-Type": "application/pdf", "Content-Length": "100", "If-None-Match": "*"}
    short = upload | {"headers": upload["headers"] | {"Content-Length": "99"}}
    assert (await put(api, short, cases.pdf(99))).status == 403
    assert (await put(api, upload, cases.pdf(100))).status == 200
    assert (await put(api, upload, cases.pdf(100))).status == 412


async def test_8_2_one_key_makes_one_file(api: Client) -> None:
    """Conventions 5: the same file, and the same target"""
    key = secrets.token_hex(8)
    first, second = [await api.succeed("POST", "/v1/files", file_request(), key=key) for _ in range(2)]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.json == first.json
    assert (await put(api, second.json["upload"], cases.pdf())).status == 200
    done = [await api.succeed("POST", f"/v1/files/{first.json['file']['id']}/complete", key=f"{key}-done") for _ in range(2)]
    assert lasting(done[0].json) == lasting(done[1].json)
    assert done[1].headers["Idempotency-Replayed"] == "true"


async def test_auth_93_attach(api: Client) -> None:
    """AUTH-93, style B"""
    case = await api.create(cases.mri_create(questionnaireResponse={"item": cases.full_answers()[1:]}))
    answer = await api.attach(case.json["id"], case.etag, await api.ready_file())
    assert (answer.status, answer.json["version"], answer.json["status"]) == (200, 2, "requires_input")
    assert [attachment["documentTypes"] for attachment in answer.json["attachments"]] == [["clinical_notes"]]
    assert answer.json["requirements"]["documents"] == []


async def test_auth_94_refused_attachments(api: Client) -> None:
    """AUTH-94"""
    case = await api.create()
    file_id = await api.ready_file()
    empty = await attach(api, case, file_id)
    assert (empty.status, empty.error_code) == (400, "bad_request")
    nonsense = await attach(api, case, file_id, "nonsense")
    assert (nonsense.status, nonsense.json["error"]["issues"][0]["code"]) == (400, "unknown_document_type")
    unknown = await attach(api, case, "file_00000000000000000000000000", "clinical_notes")
    assert (unknown.status, unknown.error_code) == (404, "file_not_found")
    pending = await attach(api, case, (await created(api))["file"]["id"], "clinical_notes")
    assert (pending.status, pending.error_code, pending.json["error"]["retryable"]) == (409, "file_not_ready", True)
    linked = await attach(api, case, file_id, "clinical_notes")
    twice = await attach(api, linked, file_id, "other")
    assert (twice.status, twice.error_code) == (409, "file_already_attached")


@pytest.mark.parametrize(("member", "longest"), [("description", 1000), ("label", 120)])
async def test_9_4_texts_of_attachments(api: Client, member: str, longest: int) -> None:
    """9.4: characters count, not bytes; and 9.1: a document type that is there twice counts once"""
    case = await api.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/attachments"
    body = {"fileId": await api.ready_file(), "documentTypes": ["clinical_notes", "clinical_notes"]}
    refused = await api.call("POST", path, body | {member: "x" * (longest + 1)}, if_match=case.etag)
    assert (refused.status, refused.json["error"]["issues"][0]["field"]) == (400, f"/{member}")
    text = "\N{PILE OF POO}" * longest
    (attachment,) = (await api.succeed("POST", path, body | {member: text}, if_match=case.etag)).json["attachments"]
    assert (attachment[member], attachment["documentTypes"]) == (text, ["clinical_notes"])


async def test_auth_95_one_file_for_two_types(api: Client) -> None:
    """AUTH-95"""
    case = await api.create()
    case = await api.patch(
        case.json["id"],
        case.etag,
        cases.item("q.mri.priorImaging", cases.yes()),
        cases.item("q.mri.priorImagingDate", cases.date("2026-01-05")),
    )
    case = await api.attach(case.json["id"], case.etag, await api.ready_file(), "clinical_notes", "imaging_report")
    assert case.json["requirements"]["documents"] == []


async def test_auth_96_removal_brings_the_document_back(api: Client) -> None:
    """AUTH-96"""
    case = await api.advance_case()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/attachments"
    removed = await api.call("DELETE", f"{path}/{case.json['attachments'][0]['id']}", if_match=case.etag)
    assert (removed.status, removed.json["status"]) == (200, "requires_input")
    assert [document["type"] for document in removed.json["requirements"]["documents"]] == ["clinical_notes"]


async def test_auth_97_replace_and_then_too_late(api: Client) -> None:
    """AUTH-97"""
    case = await api.advance_case("SBX-HOLD")
    path = f"{AUTHORIZATIONS}/{case.json['id']}/attachments"
    removed = await api.succeed("DELETE", f"{path}/{case.json['attachments'][0]['id']}", if_match=case.etag)
    replaced = await api.attach(case.json["id"], removed.etag, await api.ready_file())
    assert replaced.json["status"] == "requires_confirmation"
    held = await api.confirm(replaced)
    removal = await api.call("DELETE", f"{path}/{replaced.json['attachments'][0]['id']}", if_match=held.etag)
    for refused in (removal, await attach(api, held, await api.ready_file(), "other")):
        assert (refused.status, refused.error_code) == (409, "authorization_not_mutable")


async def test_auth_98_unknown_attachment_and_missing_if_match(api: Client) -> None:
    """AUTH-98"""
    case = await api.create()
    path = f"{AUTHORIZATIONS}/{case.json['id']}/attachments"
    unknown = await api.call("DELETE", f"{path}/att_unknown", if_match=case.etag)
    assert (unknown.status, unknown.error_code) == (404, "attachment_not_found")
    missing = await api.call("POST", path, {"fileId": "file_x", "documentTypes": ["other"]})
    assert (missing.status, missing.error_code) == (428, "precondition_required")


async def test_auth_99_ready_means_attachable(api: Client) -> None:
    """AUTH-99, and the number of attachments of 9.6"""
    for _ in range(2):
        case = await api.create()
        *most, last = await asyncio.gather(*(api.ready_file() for _ in range(51)))
        for file_id in most:
            case = await api.attach(case.json["id"], case.etag, file_id, "other")
        over = await attach(api, case, last, "other")
        assert (over.status, over.error_code) == (409, "attachment_limit_exceeded")
        assert over.json["error"]["details"] == {"maxAttachments": 50}


async def test_auth_100_two_cases_and_the_total_limit(api: Client) -> None:
    """AUTH-100"""
    large = await asyncio.gather(*(api.ready_file(cases.pdf(MAX_BYTES)) for _ in range(4)))
    case, second = await api.create(), await api.create()
    await api.attach(second.json["id"], second.etag, large[0], "other")
    for file_id in large:
        case = await api.attach(case.json["id"], case.etag, file_id, "other")
    over = await attach(api, case, await api.ready_file(), "other")
    assert (over.status, over.error_code) == (409, "attachment_limit_exceeded")
