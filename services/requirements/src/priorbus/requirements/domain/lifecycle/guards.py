"""The guards of every client write in the order that decides the answer (Conventions section 4, steps 6 to 8)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import AuthorizationCommand
from priorbus.contracts.replies import Issue, Refusal
from priorbus.requirements.domain.lifecycle.states import EDITABLE, TERMINAL


def refuse_edit(authorization: Authorization, command: AuthorizationCommand) -> Refusal | None:
    """Why answers and attachments may not be changed now, if so."""
    if authorization.state not in EDITABLE:
        return Refusal(code="authorization_not_mutable")
    return refuse_request(authorization, command)


def refuse_confirm(authorization: Authorization, command: AuthorizationCommand) -> Refusal | None:
    """Why nothing may be confirmed now, if so (10.2)."""
    if authorization.state in TERMINAL:
        return Refusal(code="authorization_not_mutable")
    if authorization.state not in EDITABLE:
        return Refusal(code="authorization_not_confirmable")
    if authorization.state == "requires_input":
        return Refusal(code="next_action_not_confirmable")
    return refuse_request(authorization, command)


def refuse_cancel(authorization: Authorization, command: AuthorizationCommand) -> Refusal | None:
    """Why the case may not be canceled now, if so."""
    if authorization.state in TERMINAL:
        return Refusal(code="authorization_not_mutable")
    return refuse_request(authorization, command)


def refuse_request(authorization: Authorization, command: AuthorizationCommand) -> Refusal | None:
    """The version guard, then what the gateway found on the body."""
    if command.expected_version != authorization.version:
        details = {"expectedVersion": command.expected_version, "actualVersion": authorization.version}
        return Refusal(code="version_conflict", details=details)
    return command.schema_refusal


def incomplete(pointer: str) -> Refusal:
    """400 for a command that lacks a member although the gateway found no issue."""
    return Refusal(code="bad_request", issues=(Issue(code="missing", message="This member is required.", field=pointer),))
