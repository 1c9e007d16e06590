from dataclasses import replace
from typing import Any

import pytest
from services.requirements.tests.conftest import TEMPLATE, World, accepted, request, told

from priorbus.contracts.authorizations import Failure, State
from priorbus.contracts.commands.requirements import AddAttachment
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.lifecycle import attach
from priorbus.requirements.domain.lifecycle.decision import Decision


@pytest.mark.parametrize("state", ["requires_input", "advance", "approve"])
def test_an_attachment_never_starts_processing(world: World, state: State) -> None:
    before = world.case(state)
    decided = world.attach(before)
    assert isinstance(decided, Decision)
    after = decided.authorization
    assert after.state == "advance"
    assert (after.version, after.attachments_version) == (before.version + 1, before.attachments_version + 1)
    assert after.next_action is not None
    assert after.next_action != before.next_action
    assert decided.commands == ()


def test_the_link_holds_what_later_decisions_need(world: World) -> None:
    file = world.file(size_bytes=12, checksum_sha256="a" * 64)
    decided = world.attach(world.case("requires_input"), "clinical_notes", "other", "clinical_notes", file=file, description="d", label="l")
    assert isinstance(decided, Decision)
    (attachment,) = decided.authorization.attachments
    assert (attachment.file_id, attachment.document_types) == (file.id, ("clinical_notes", "other"))
    assert (attachment.size_bytes, attachment.checksum_sha256, attachment.storage_key) == (12, "a" * 64, file.storage_key)
    assert (attachment.description, attachment.label) == ("d", "l")
    assert told(decided)[0] == "attachment.added"
    added = decided.events[0].data
    assert added is not None
    assert (added["attachmentId"], added["fileId"], added["documentTypes"]) == (attachment.id, file.id, ["clinical_notes", "other"])


def test_an_attachment_in_review_makes_the_snapshot_stale(world: World) -> None:
    decided = world.attach(world.case("approve"), "other")
    assert isinstance(decided, Decision)
    assert decided.authorization.review_snapshot is not None
    assert decided.authorization.review_snapshot.status == "stale"


def test_one_file_may_satisfy_several_types(world: World) -> None:
    case = accepted(world.patch(world.case("requires_input"), {"q.prior": True, "q.priorDate": "2025-12-01"}))
    assert accepted(world.attach(case, "clinical_notes", "imaging_report")).state == "advance"


@pytest.mark.parametrize(
    ("types", "issue", "field"),
    [((), "missing", "/documentTypes"), (("clinical_notes", "nonsense"), "unknown_document_type", "/documentTypes/1")],
)
def test_document_types_are_there_and_known(world: World, types: tuple[str, ...], issue: str, field: str) -> None:
    refusal = world.attach(world.case("requires_input"), document_types=types, file=world.file(status="failed"))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, [(each.code, each.field) for each in refusal.issues]) == ("bad_request", [(issue, field)])


def test_types_that_the_payer_or_preparation_named_are_known(world: World) -> None:
    assert accepted(world.attach(world.asked("payer_form"), "payer_form")).state == "advance"
    found = world.prepare(world.case("preparing"), "found_form").authorization
    assert accepted(world.attach(found, "found_form")).state == "advance"


@pytest.mark.parametrize(
    ("members", "code", "details"),
    [
        ({"tenant": "t_other"}, "file_not_found", {}),
        ({"status": "pending_upload"}, "file_not_ready", {"status": "pending_upload"}),
        ({"status": "uploaded"}, "file_not_ready", {"status": "uploaded"}),
        (
            {"status": "failed", "failure": Failure(code="file_empty", message="No bytes.")},
            "file_not_ready",
            {"status": "failed", "failureCode": "file_empty"},
        ),
    ],
)
def test_only_a_ready_file_of_the_tenant_can_be_attached(world: World, members: dict[str, Any], code: str, details: dict[str, str]) -> None:
    assert world.attach(world.case("requires_input"), file=world.file(**members)) == Refusal(code=code, details=details)


def test_an_unknown_file_is_not_found(world: World) -> None:
    case = world.case("requires_input")
    command = AddAttachment(**request(case, {}), attachment_id="att_1", file_id="file_none", document_types=("clinical_notes",))
    assert attach.decide(case, command, world.compiled, world.moment, world.terms) == Refusal(code="file_not_found")


def test_a_file_is_attached_once(world: World) -> None:
    file = world.file()
    case = accepted(world.attach(world.case("requires_input"), file=file))
    assert world.attach(case, "other", file=file) == Refusal(code="file_already_attached")


def test_total_size_is_limited(world: World) -> None:
    world.terms = replace(world.terms, max_bytes=100)
    case = accepted(world.attach(world.case("requires_input"), file=world.file(size_bytes=60)))
    refusal = world.attach(case, "other", file=world.file(size_bytes=41))
    assert refusal == Refusal(code="attachment_limit_exceeded", details={"maxBytes": 100, "actualBytes": 101})
    assert accepted(world.attach(case, "other", file=world.file(size_bytes=40))).attachments_version == 3


def test_the_number_of_attachments_is_limited(world: World) -> None:
    world.terms = replace(world.terms, max_attachments=1)
    case = accepted(world.attach(world.case("requires_input")))
    assert world.attach(case, "other") == Refusal(code="attachment_limit_exceeded", details={"maxAttachments": 1})


def test_an_answer_that_an_attachment_makes_inactive_is_cleared_in_the_same_write(world: World) -> None:
    scan = {"linkId": "q.imaging_report", "text": "Earlier report", "answerType": "attachment"}
    reason = {
        "linkId": "q.noReport",
        "text": "Why is there none?",
        "answerType": "string",
        "notAllowedWhen": {"linkId": "q.imaging_report", "op": "exists"},
    }
    group = {"id": "earlier", "title": "Earlier imaging", "items": [scan, reason]}
    template = TEMPLATE.model_dump(by_alias=True)
    world.use(Template.model_validate({**template, "groups": [*template["groups"], group]}))
    case = accepted(world.patch(accepted(world.create()), {"q.noReport": "Lost"}))
    decided = world.attach(case, "imaging_report")
    assert isinstance(decided, Decision)
    assert "q.noReport" not in decided.authorization.answers
    assert decided.authorization.answers_version == case.answers_version + 1
    assert next(event for event in decided.events if event.type == "authorization.answers_patched").payload["clearedLinkIds"] == [
        "q.noReport"
    ]
