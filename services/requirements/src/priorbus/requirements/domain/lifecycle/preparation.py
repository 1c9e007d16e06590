"""P1, P2 and P3: the end of preparation (authorizations.md 4.3)."""

from priorbus.contracts.authorizations import Authorization, Finding, WorkItem
from priorbus.contracts.commands.fhir_pas import SubmitAuthorization
from priorbus.contracts.commands.requirements import CompletePreparation
from priorbus.contracts.facts.requirements import AuthorizationPrepared
from priorbus.requirements.domain.lifecycle.actions import open_action
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.ignored import ignore
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import recompute
from priorbus.requirements.domain.lifecycle.settling import settle
from priorbus.requirements.domain.lifecycle.snapshots import generate_snapshot
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.lifecycle.timers import review_timer
from priorbus.requirements.domain.questionnaire import CompiledTemplate


def decide(
    authorization: Authorization, command: CompletePreparation, compiled: CompiledTemplate, moment: Moment, terms: Terms
) -> Decision:
    """New findings go to the customer; a clean package waits for approval or is submitted at once."""
    work = authorization.work
    if authorization.state != "preparing" or work is None or work.id != command.work_item_id:
        return ignore(authorization, moment, "preparation")
    draft = Draft(authorization, moment, "system")
    findings = unrecorded(authorization, command)
    if findings:
        report_findings(draft, findings, compiled)
    elif authorization.policy == "approval" or terms.safety_gate:
        ask_approval(draft, command, terms)
    else:
        request_submission(draft, command, work)
    return draft.finish(AuthorizationPrepared)


def unrecorded(authorization: Authorization, command: CompletePreparation) -> tuple[Finding, ...]:
    """The findings that the case does not remember yet (4.3.4), one per document type."""
    recorded = {finding.document_type for finding in authorization.findings}
    found = {finding.document_type: finding for finding in command.findings if finding.document_type not in recorded}
    return tuple(found.values())


def report_findings(draft: Draft, findings: tuple[Finding, ...], compiled: CompiledTemplate) -> None:
    """P1: back to the customer, to advance when attachments satisfy all of them already."""
    draft.change(findings=draft.before.findings + findings)
    recompute(draft, compiled)
    settle(draft)


def ask_approval(draft: Draft, command: CompletePreparation, terms: Terms) -> None:
    """P2: show what would be sent and wait, for the review's time at most."""
    expires_at = draft.moment.now + terms.review_ttl
    draft.change(state="approve")
    snapshot = generate_snapshot(draft, command.summary, command.warnings, expires_at)
    open_action(draft, "approve_submission", snapshot_id=snapshot.id, expires_at=expires_at)
    draft.schedule(review_timer(draft.before, snapshot.id, expires_at))


def request_submission(draft: Draft, command: CompletePreparation, work: WorkItem) -> None:
    """P3: the snapshot is the record of what is sent."""
    draft.change(state="submitting")
    generate_snapshot(draft, command.summary, command.warnings, None)
    draft.send(lambda after: SubmitAuthorization.model_construct(authorization=after, work_item_id=work.id))
