"""The order of checks, write by write: the first failing step decides the answer (Conventions 4)."""

from typing import Any

import pytest

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, PRIOR_AUTHORIZATIONS, Answer, Client

TOO_LARGE = [cases.item("patient.firstName", cases.text("A" * 66_000))]
PDF = {"fileName": "a.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
STYLES = [(AUTHORIZATIONS, "questionnaireResponse", "authorization"), (PRIOR_AUTHORIZATIONS, "answers", "prior_authorization")]


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error_code


async def canceled(api: Client) -> Answer:
    case = await api.create()
    return await api.succeed("POST", f"{AUTHORIZATIONS}/{case.json['id']}/cancel", {}, if_match=case.etag)


@pytest.mark.parametrize(("root", "member", "name"), STYLES)
async def test_answers_that_are_too_large(api: Client, root: str, member: str, name: str) -> None:
    """The size of answers is a matter of the body (step 8): 404, state and version come first."""
    case, body = await api.create(), {member: {"item": TOO_LARGE}}
    path = f"{root}/{case.json['id']}/answers"
    unknown = await api.call("PATCH", f"{root}/auth_unknown/answers", body, if_match='"1"')
    assert refused(unknown) == (404, f"{name}_not_found")
    ended = await api.call("PATCH", f"{root}/{(await canceled(api)).json['id']}/answers", body, if_match='"1"')
    assert refused(ended) == (409, f"{name}_not_mutable")
    assert refused(await api.call("PATCH", path, body, if_match='"7"')) == (409, "version_conflict")
    assert refused(await api.call("PATCH", path, body)) == (428, "precondition_required")
    assert refused(await api.call("PATCH", path, body, if_match='"1"')) == (413, "payload_too_large")


@pytest.mark.parametrize(("root", "name"), [(root, name) for root, _, name in STYLES])
async def test_a_case_comes_before_a_used_key(api: Client, root: str, name: str) -> None:
    """Step 3 before step 5, and a key before state and version."""
    first, other, key = await api.create(), await api.create(), f"order-{name}"
    await api.succeed("POST", f"{root}/{first.json['id']}/cancel", {}, if_match=first.etag, key=key)
    unknown = await api.call("POST", f"{root}/auth_unknown/cancel", {}, if_match='"1"', key=key)
    assert refused(unknown) == (404, f"{name}_not_found")
    reused = await api.call("POST", f"{root}/{other.json['id']}/cancel", {}, if_match='"7"', key=key)
    assert refused(reused) == (409, "idempotency_key_reused")


async def test_a_body_over_the_limit_of_all_bodies(api: Client) -> None:
    """What is never read is refused in step 4, after the 404 of step 3."""
    body = b'{"x":"' + b"a" * 1_048_576 + b'"}'
    case = await api.create()
    for case_id, expected in (("auth_unknown", (404, "authorization_not_found")), (case.json["id"], (413, "payload_too_large"))):
        assert refused(await api.call("PATCH", f"{AUTHORIZATIONS}/{case_id}/answers", body, if_match='"7"')) == expected


async def test_a_key_comes_before_the_size_of_the_answers(api: Client) -> None:
    key = "order-large"
    first = await api.create(key=key)
    body = cases.mri_create(questionnaireResponse={"item": TOO_LARGE})
    assert refused(await api.call("POST", AUTHORIZATIONS, body, key=key)) == (409, "idempotency_key_reused")
    assert refused(await api.call("POST", AUTHORIZATIONS, body)) == (413, "payload_too_large")
    large = {"questionnaireResponse": {"item": TOO_LARGE}}
    assert refused(await api.call("POST", f"{AUTHORIZATIONS}/{first.json['id']}/preview", large)) == (413, "payload_too_large")


async def test_a_key_comes_before_the_body_of_a_provider(lonely: Client) -> None:
    body, key = {"npi": "1003000126", "displayName": "Test Clinic"}, "order-provider"
    first = await lonely.succeed("POST", "/v1/providers", body, key=key)
    bad: list[Any] = [body | {"npi": "12"}, {"npi": "1003000126"}, []]
    for wrong in bad:
        assert refused(await lonely.call("POST", "/v1/providers", wrong, key=key)) == (409, "idempotency_key_reused")
        assert refused(await lonely.call("POST", "/v1/providers", wrong)) == (400, "bad_request")
    again = await lonely.call("POST", "/v1/providers", body, key=key)
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert again.headers["Location"] == "/v1/providers/1003000126"


async def test_the_body_of_a_completion_comes_late(api: Client) -> None:
    """Completing takes no members: an unknown file, a used key and a failed file are told before that."""
    unknown = await api.call("POST", "/v1/files/file_unknown/complete", {"x": 1})
    assert refused(unknown) == (404, "file_not_found")
    malformed = await api.call("POST", "/v1/files/file_unknown/complete", b"{")
    assert refused(malformed) == (404, "file_not_found")
    path = f"/v1/files/{await api.ready_file()}/complete"
    await api.succeed("POST", path, key="order-complete")
    assert refused(await api.call("POST", path, {"x": 1}, key="order-complete")) == (409, "idempotency_key_reused")
    assert refused(await api.call("POST", path, {"x": 1})) == (400, "bad_request")
    created = (await api.succeed("POST", "/v1/files", PDF)).json
    await api.succeed("PUT", created["upload"]["url"], b"no pdf", headers=created["upload"]["headers"])
    failing = f"/v1/files/{created['file']['id']}/complete"
    assert refused(await api.call("POST", failing)) == (422, "file_content_mismatch")
    assert refused(await api.call("POST", failing, {"x": 1})) == (409, "file_not_ready")


async def test_an_attachment_is_looked_for_first_and_a_removal_can_be_repeated(api: Client) -> None:
    """DELETE addresses the attachment; the repetition of a removal finds its record before it misses the attachment."""
    case = await api.advance_case()
    attachments = f"{AUTHORIZATIONS}/{case.json['id']}/attachments"
    for tag in (None, '"1"', "17", case.etag):
        gone = await api.call("DELETE", f"{attachments}/att_unknown", if_match=tag)
        assert refused(gone) == (404, "attachment_not_found"), tag
    path = f"{attachments}/{case.json['attachments'][0]['id']}"
    assert refused(await api.call("DELETE", path)) == (428, "precondition_required")
    assert refused(await api.call("DELETE", path, if_match='"1"')) == (409, "version_conflict")
    removed = await api.succeed("DELETE", path, if_match=case.etag, key="order-remove")
    again = await api.call("DELETE", path, if_match=case.etag, key="order-remove")
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (200, removed.body, "true")
