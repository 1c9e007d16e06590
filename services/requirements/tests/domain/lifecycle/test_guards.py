"""The refusals of section 4.3, row by row, and the order in which guards decide."""

from typing import Any, get_args

import pytest
from services.requirements.tests.conftest import START, World

from priorbus.contracts.authorizations import Attachment, Authorization, State
from priorbus.contracts.replies import Issue, Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision

BAD_BODY = {"schema_refusal": Refusal(code="bad_request", issues=(Issue(code="missing", message="This member is required.", field="/x"),))}
STORED: Any = {"content_type": "application/pdf", "size_bytes": 1, "checksum_sha256": "0" * 64, "storage_key": "files/t_acme/x"}
ATTACHED = Attachment(id="att_1", file_id="file_1", created_at=START, document_types=("other",), **STORED)
STALE = {"expected_version": 99}
WRITES = ("patch", "attach", "remove", "confirm", "cancel")


def write(world: World, case: Authorization, command: str, **members: Any) -> Decision | Refusal:
    match command:
        case "patch":
            return world.patch(case, {"nope": "x"}, **members)
        case "attach":
            return world.attach(case, "nonsense", **members)
        case "remove":
            return world.remove(case.model_copy(update={"attachments": (ATTACHED,)}), ATTACHED.id, **members)
        case "confirm":
            return world.confirm(case, **({"next_action_id": "act_other"} | members))
        case _:
            return world.cancel(case, **members)


def refused(decided: Decision | Refusal) -> str:
    assert isinstance(decided, Refusal), decided
    return decided.code


def code_by_state(command: str, state: State) -> str | None:
    """The state guard of the table; None where the state allows the command."""
    if state in ("completed", "canceled"):
        return "authorization_not_mutable"
    if command == "cancel":
        return None
    if state in ("preparing", "submitting", "waiting_on_payer"):
        return "authorization_not_confirmable" if command == "confirm" else "authorization_not_mutable"
    if state == "requires_input" and command == "confirm":
        return "next_action_not_confirmable"
    return None


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("command", WRITES)
def test_state_comes_before_version_before_body_before_domain(world: World, command: str, state: State) -> None:
    case = world.case(state)
    by_state = code_by_state(command, state)
    everything_wrong = write(world, case, command, **STALE, **BAD_BODY)
    body_wrong = write(world, case, command, **BAD_BODY)
    assert refused(everything_wrong) == (by_state or "version_conflict")
    assert refused(body_wrong) == (by_state or "bad_request")
    if by_state or command not in ("cancel", "remove"):
        domain = {"patch": "invalid_answer", "attach": "bad_request", "confirm": "next_action_mismatch"}
        assert refused(write(world, case, command)) == (by_state or domain[command])


@pytest.mark.parametrize("state", get_args(State))
def test_the_addressed_attachment_comes_before_everything(world: World, state: State) -> None:
    assert refused(world.remove(world.case(state), "att_unknown", **STALE, **BAD_BODY)) == "attachment_not_found"


def test_a_version_conflict_tells_both_versions(world: World) -> None:
    case = world.case("advance")
    assert world.cancel(case, expected_version=1) == Refusal(
        code="version_conflict", details={"expectedVersion": 1, "actualVersion": case.version}
    )


def test_a_bad_body_is_refused_with_the_findings_of_the_gateway(world: World) -> None:
    assert world.cancel(world.case("advance"), **BAD_BODY) == BAD_BODY["schema_refusal"]
    too_large = Refusal(code="payload_too_large")
    assert world.patch(world.case("advance"), {}, schema_refusal=too_large) == too_large
