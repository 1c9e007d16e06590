"""Acceptance cases: request bodies and their field errors (patient-attachments.md 18)."""

from typing import Any

import pytest

from priorbus.devstack.client import Answer, Client
from priorbus.devstack.patients import ATTACHMENTS, CASES, PATIENTS, PatientsClient

BLANK, INVALID = "can't be blank", "is invalid"
TOO_LONG = "is too long (maximum is 255 characters)"


def failed(answer: Answer) -> tuple[dict[str, str], dict[str, str]]:
    """The texts and codes of a 422."""
    assert (answer.status, answer.json["message"]) == (422, "Validation Failed"), answer.body
    assert set(answer.json) <= {"message", "errors", "error_codes", "details", "request_id"}
    return answer.json["errors"], answer.json["error_codes"]


async def test_patt_09_empty_body(k1: PatientsClient) -> None:
    """PATT-09"""
    errors, codes = failed(await k1.call("POST", ATTACHMENTS, {}))
    assert errors == {"patient_id": BLANK, "upload_url": BLANK}
    assert codes == {"patient_id": "blank", "upload_url": "blank"}


@pytest.mark.parametrize(
    ("value", "text", "code"),
    [
        (None, BLANK, "blank"),
        ("abc", INVALID, "not_an_id"),
        (1.5, INVALID, "not_an_id"),
        ("9223372036854775808", INVALID, "not_an_id"),
        (9223372036854775808, INVALID, "not_an_id"),
        (0, INVALID, "not_an_id"),
        (-1, INVALID, "not_an_id"),
        ("-1", INVALID, "not_an_id"),
        ("1.0", INVALID, "not_an_id"),
        ("1e3", INVALID, "not_an_id"),
        ("", INVALID, "not_an_id"),
        ("٣", INVALID, "not_an_id"),
        (True, INVALID, "not_an_id"),
        ([1], INVALID, "not_an_id"),
        ({}, INVALID, "not_an_id"),
    ],
)
async def test_patt_10_no_ids(k1: PatientsClient, value: Any, text: str, code: str) -> None:
    """PATT-10, P2"""
    errors, codes = failed(await k1.call("POST", ATTACHMENTS, {"patient_id": value}))
    assert (errors["patient_id"], codes["patient_id"]) == (text, code)


async def test_patt_10_numbers_that_are_no_integers_as_written(k1: PatientsClient) -> None:
    """PATT-10: `1e3` and `1.0` are floating-point notation, whatever their value."""
    for written in (b"1e3", b"1.0", b"9007199254740993.0"):
        _, codes = failed(await k1.call("POST", ATTACHMENTS, b'{"patient_id":' + written + b"}"))
        assert codes["patient_id"] == "not_an_id"


async def test_patt_11_integers_are_not_rounded(k1: PatientsClient, patient: str) -> None:
    """PATT-11; also with leading zeros in a string"""
    for value in (int(patient), f"000{patient}"):
        made = await k1.succeed("POST", ATTACHMENTS, {"patient_id": value, "upload_url": await k1.upload(patient)})
        assert made.json["patient"]["links"]["self"].endswith(f"{PATIENTS}/{patient}")
        assert made.headers["Location"] == f"{ATTACHMENTS}/{made.json['id']}"


async def test_patt_25_descriptions(k1: PatientsClient, patient: str) -> None:
    """PATT-25"""
    emoji = "\N{PILE OF POO}" * 255
    for text in ("x" * 255, emoji, ""):
        assert (await k1.add_document(patient, description=text)).json["description"] == text
    url = ""
    for text in ("x" * 256, emoji + "x"):
        url = await k1.upload(patient)
        refused = await k1.call("POST", ATTACHMENTS, {"patient_id": patient, "upload_url": url, "description": text})
        assert failed(refused) == ({"description": TOO_LONG}, {"description": "too_long"})
    # the ticket of a refused registration is as good as before
    assert (await k1.register(patient, url)).status == 201


async def test_patt_26_all_errors_in_one_answer(k1: PatientsClient, patient: str) -> None:
    """PATT-26"""
    body = {"patient_id": patient, "upload_url": "https://evil.example/x", "description": "x" * 256, "patient_case_id": "7", "more": 1}
    errors, codes = failed(await k1.call("POST", ATTACHMENTS, body))
    assert errors == {"upload_url": INVALID, "description": TOO_LONG, "patient_case_id": "must exist"}
    assert codes == {"upload_url": "foreign_host", "description": "too_long", "patient_case_id": "case_missing"}
    _, codes = failed(await k1.call("POST", ATTACHMENTS, {"patient_id": 1.5, "upload_url": 7, "description": 7, "patient_case_id": []}))
    assert codes == {"patient_id": "not_an_id", "upload_url": "url_malformed", "description": "invalid", "patient_case_id": "not_an_id"}


async def test_the_upload_guide_is_where_refusals_point(k1: PatientsClient, anonymous: Client, patient: str) -> None:
    """patient-attachments.md 5"""
    refused = await k1.call("POST", ATTACHMENTS, {"patient_id": patient, "upload_url": "https://evil.example/x"})
    guide = await anonymous.call("GET", refused.json["details"]["documentation"], headers={"Accept": "text/html"})
    assert (guide.status, guide.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
async def test_bodies_that_are_no_objects(k1: PatientsClient, body: bytes) -> None:
    """patient-attachments.md 11"""
    for path in (ATTACHMENTS, PATIENTS, CASES):
        assert failed(await k1.call("POST", path, body)) == ({"base": INVALID}, {"base": "invalid"})


async def test_bodies_that_are_no_json(k1: PatientsClient, patient: str) -> None:
    """patient-attachments.md 11; what is addressed must exist first"""
    for path in (ATTACHMENTS, PATIENTS):
        refused = await k1.call("POST", path, b'{"patient_id":')
        assert (refused.status, refused.json["message"], refused.json["error_codes"]) == (
            400,
            "Malformed request body",
            {"base": "bad_request"},
        )
    assert (await k1.call("PATCH", f"{PATIENTS}/{patient}", b"{")).status == 400
    assert (await k1.call("PATCH", f"{PATIENTS}/7", b"{")).status == 404
    plain = await k1.call("POST", ATTACHMENTS, b"x", headers={"Content-Type": "text/plain"})
    assert (plain.status, plain.json["message"]) == (415, "Unsupported media type")


async def test_conv_14_conv_15_keys(k1: PatientsClient, patient: str) -> None:
    """CONV-14, CONV-15, CONV-21 on this API"""
    body = {"first_name": "Ada", "last_name": "Probe"}
    first = await k1.call("POST", PATIENTS, body, key=f"key-{patient}")
    again = await k1.call("POST", PATIENTS, body, key=f"key-{patient}")
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    other = await k1.call("POST", PATIENTS, body | {"last_name": "Other"}, key=f"key-{patient}")
    assert (other.status, other.json["error_codes"]) == (409, {"base": "idempotency_key_reused"})
    bad = await k1.call("POST", PATIENTS, body, key="x" * 256)
    assert (bad.status, bad.json["error_codes"]) == (400, {"Idempotency-Key": "invalid_idempotency_key"})


async def test_patt_52_update(k1: PatientsClient, patient: str) -> None:
    """PATT-52"""
    made = (await k1.add_document(patient, description="Knee")).json
    await k1.processed(made["id"])
    path = f"{ATTACHMENTS}/{made['id']}"
    assert (await k1.succeed("PATCH", path, {"description": None, "nonsense": 1})).json["description"] is None
    pinned = (await k1.succeed("PATCH", path, {"pinned": True})).json
    assert pinned["pinned_at"] is not None
    again = (await k1.succeed("PATCH", path, {"pinned": True})).json
    assert again == pinned
    assert (await k1.succeed("PATCH", path, {"pinned": False})).json["pinned_at"] is None
    for body in ({"description": "x" * 256}, {"description": 7}, {"pinned": None}, {"pinned": "true"}):
        errors, _ = failed(await k1.call("PATCH", path, body))
        assert set(errors) == set(body)
    await k1.succeed("POST", f"{path}/archive")
    assert (await k1.call("PATCH", path, {"description": "x"})).status == 404


async def test_parents(k1: PatientsClient) -> None:
    """patient-attachments.md 12"""
    errors, codes = failed(await k1.call("POST", PATIENTS, {"first_name": "x" * 101, "date_of_birth": "yesterday"}))
    assert codes == {"first_name": "too_long", "last_name": "blank", "date_of_birth": "invalid"}
    assert errors["first_name"] == "is too long (maximum is 100 characters)"
    patient = (await k1.succeed("POST", PATIENTS, {"first_name": "Ada", "last_name": "Probe", "date_of_birth": "1980-02-29"})).json
    assert patient | {"id": "", "links": {}} == patient | {
        "id": "",
        "links": {},
        "first_name": "Ada",
        "last_name": "Probe",
        "date_of_birth": "1980-02-29",
        "external_ref": None,
        "archived_at": None,
    }
    changed = await k1.succeed("PATCH", f"{PATIENTS}/{patient['id']}", {"external_ref": "r-1", "date_of_birth": None})
    assert (changed.json["external_ref"], changed.json["date_of_birth"], changed.json["first_name"]) == ("r-1", None, "Ada")
    _, codes = failed(await k1.call("POST", CASES, {"name": "Knee", "patient_id": "1"}))
    assert codes == {"patient_id": "patient_missing"}
    case = (await k1.succeed("POST", CASES, {"name": "Knee", "patient_id": patient["id"], "closed": True})).json
    assert (case["closed"], case["notes"]) == (True, None)
    assert (await k1.succeed("GET", "/v1/" + case["patient"]["links"]["self"].partition("/v1/")[2])).json["id"] == patient["id"]
    assert (await k1.succeed("GET", "/v1/" + case["patient_attachments"]["links"]["self"].partition("/v1/")[2])).json["total_entries"] == 0
    for path in (f"{CASES}/{case['id']}", f"{PATIENTS}/{patient['id']}"):
        assert (await k1.succeed("POST", f"{path}/archive")).status == 204
        assert (await k1.succeed("GET", path)).json["archived_at"] is not None
        assert (await k1.call("PATCH", path, {})).status == 404
    # an archived parent still lists
    assert (await k1.succeed("GET", f"{PATIENTS}/{patient['id']}/patient_attachments")).json["total_entries"] == 0
    await k1.succeed("POST", f"{PATIENTS}/{patient['id']}/unarchive")
    assert (await k1.succeed("GET", f"{PATIENTS}/{patient['id']}")).json["archived_at"] is None
