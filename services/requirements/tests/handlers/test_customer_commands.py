"""The commands of customers about an existing case."""

import pytest
from services.requirements.tests.conftest import World, answer_set, request
from services.requirements.tests.handlers.conftest import Office, wire_types

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import (
    AddAttachment,
    AuthorizationCommand,
    CancelAuthorization,
    ConfirmAuthorization,
    PatchAnswers,
    RemoveAttachment,
)

COMMANDS = (PatchAnswers, AddAttachment, RemoveAttachment, ConfirmAuthorization, CancelAuthorization)


def command(kind: type[AuthorizationCommand], case: Authorization, world: World) -> AuthorizationCommand:
    given = request(case, {})
    if kind is PatchAnswers:
        return PatchAnswers(**given, answers=answer_set({"diagnoses.0.code": "R51"}))
    if kind is AddAttachment:
        return AddAttachment(**given, attachment_id="att_9", file_id="file_9", file=world.file(id="file_9"), document_types=("other",))
    if kind is RemoveAttachment:
        return RemoveAttachment(**given, attachment_id=case.attachments[0].id)
    if kind is ConfirmAuthorization:
        return ConfirmAuthorization(**given, style="B", next_action_id=case.next_action.id if case.next_action else None)
    return CancelAuthorization(**given, reason="no longer needed")


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        (PatchAnswers, ["authorization.answers_patched"]),
        (AddAttachment, ["authorization.attachment_added"]),
        (RemoveAttachment, ["authorization.attachment_removed"]),
        (ConfirmAuthorization, ["authorization.confirmed", "fhir-pas.prepare_authorization"]),
        (CancelAuthorization, ["authorization.canceled"]),
    ],
)
async def test_an_accepted_write_is_stored_told_and_answered_alike(
    office: Office, kind: type[AuthorizationCommand], published: list[str]
) -> None:
    case = await office.given(office.world.case("advance"))
    handled = await office.run(command(kind, case, office.world))
    stored = await office.stored(case.id)
    assert stored.version == case.version + 1
    assert wire_types(handled) == published
    assert Authorization.model_validate(handled.result["authorization"]) == stored
    assert {getattr(message, "authorization", None) == stored for message in handled.published} == {True}


@pytest.mark.parametrize("kind", COMMANDS)
async def test_a_refused_write_leaves_no_trace(office: Office, kind: type[AuthorizationCommand]) -> None:
    case = await office.given(office.world.case("advance"))
    stale = command(kind, case, office.world).model_copy(update={"expected_version": 1})
    handled = await office.run(stale)
    assert handled.refusal is not None
    assert (handled.refusal.code, handled.published) == ("version_conflict", [])
    assert await office.stored(case.id) == case


@pytest.mark.parametrize("kind", COMMANDS)
async def test_another_tenant_does_not_find_the_case(office: Office, kind: type[AuthorizationCommand]) -> None:
    case = await office.given(office.world.case("advance"))
    handled = await office.run(command(kind, case, office.world), tenant="t_other")
    assert handled.refusal is not None
    assert handled.refusal.code == "authorization_not_found"


async def test_a_patch_that_changes_nothing_answers_the_state_and_tells_nothing(office: Office) -> None:
    case = await office.given(office.world.case("advance"))
    handled = await office.run(PatchAnswers(**request(case, {}), answers=answer_set({"q.prior": False})))
    assert (Authorization.model_validate(handled.result["authorization"]), handled.published) == (case, [])
