"""A small world for tests of the lifecycle: one template, one payer, one provider, a clock that stands still and counted ids."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from priorbus.contracts.authorizations import Authorization, Finding, Selection, State
from priorbus.contracts.commands.requirements import (
    AddAttachment,
    AnswerItem,
    AnswerSet,
    AnswerValue,
    CancelAuthorization,
    CaseRequest,
    CompletePreparation,
    ConfirmAuthorization,
    CreateAuthorization,
    Evidence,
    ExpireReview,
    GrantPermit,
    PatchAnswers,
    RemoveAttachment,
)
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.contracts.files import File
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Payer, Provider, Template
from priorbus.requirements.domain.catalog import Catalogue
from priorbus.requirements.domain.lifecycle import (
    attach,
    cancel,
    confirm,
    create,
    evidence,
    patch_answers,
    permit,
    preparation,
    remove,
    review_expiry,
)
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.domain.questionnaire import compile_template
from priorbus.runtime.ids import CountingIds

TENANT = "t_acme"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NO_PRIOR = {"not": {"linkId": "q.prior", "op": "eq", "value": True}}
TEMPLATE = Template.model_validate(
    {
        "templateId": "imaging",
        "version": 1,
        "title": "Imaging",
        "match": {
            "payerIds": ["*"],
            "states": ["*"],
            "serviceType": "outpatient",
            "serviceCodes": [{"system": "cpt", "code": "70553"}],
        },
        "groups": [
            {
                "id": "request",
                "title": "Request",
                "items": [
                    {
                        "linkId": "request.isUrgent",
                        "text": "Urgent?",
                        "answerType": "boolean",
                        "required": True,
                        "defaultValue": {"valueBoolean": False},
                    }
                ],
            },
            {
                "id": "diagnoses",
                "title": "Diagnoses",
                "repeats": True,
                "minOccurs": 1,
                "maxOccurs": 3,
                "items": [{"linkId": "diagnoses.code", "text": "Code", "answerType": "string", "required": True}],
            },
            {
                "id": "imaging",
                "title": "Imaging",
                "items": [
                    {"linkId": "q.prior", "text": "Earlier imaging?", "answerType": "boolean", "required": True},
                    {
                        "linkId": "q.priorDate",
                        "text": "When?",
                        "answerType": "date",
                        "requiredWhen": {"linkId": "q.prior", "op": "eq", "value": True},
                        "notAllowedWhen": NO_PRIOR,
                    },
                ],
            },
        ],
        "documents": [
            {"type": "clinical_notes", "message": "Attach clinical notes."},
            {
                "type": "imaging_report",
                "message": "Attach the earlier report.",
                "requiredWhen": {"linkId": "q.prior", "op": "eq", "value": True},
            },
        ],
    }
)
PAYER = Payer(
    id="payer_evergreen", display_name="Evergreen", supported_states=("CA",), supported_service_types=("outpatient",), status="active"
)
PROVIDER = Provider(tenant=TENANT, npi="1234567893", display_name="Clinic", status="active", created_at=START, updated_at=START)
SELECTION = Selection(payer_id=PAYER.id, state="CA", service_type="outpatient", service_code="70553", service_code_system="cpt")
FULL: dict[str, str | bool | None] = {"diagnoses.0.code": "G43.909", "q.prior": False}
"""Answers after which only the document clinical_notes is missing."""

KINDS = {
    **dict.fromkeys(("q.priorDate", "patient.dateOfBirth", "service.startDate"), "date"),
    **dict.fromkeys(("patient.gender", "q.mri.indication", "q.mri.redFlags", "q.mri.facilityType"), "coding"),
    "q.mri.symptomWeeks": "decimal",
}
"""How the values of these linkIds are sent; all others are text."""

Policy = Literal["automatic", "approval"]
EvidenceKind = Literal["receipt", "information_request", "approved", "denied", "modified", "not_required", "failure"]
Changes = dict[str, str | bool | None]


def answer_set(changes: Changes) -> AnswerSet:
    """Flat answers by linkId; None clears."""
    items = []
    for link_id, value in changes.items():
        given = {"kind": "boolean" if isinstance(value, bool) else KINDS.get(link_id, "string"), "value": value}
        values = () if value is None else (AnswerValue.model_validate(given),)
        items.append(AnswerItem(link_id=link_id, values=values))
    return AnswerSet(addressing="flat", items=tuple(items))


class World:
    """Takes decisions; every method answers as the decision did."""

    def __init__(self) -> None:
        self.now = START
        self.new_id = CountingIds()
        self.terms = Terms()
        self.use(TEMPLATE)

    def use(self, template: Template) -> None:
        """The template of every case."""
        self.compiled = compile_template(template)
        self.catalogue = Catalogue((template,), (PAYER,))

    def wait(self, duration: timedelta) -> None:
        self.now += duration

    @property
    def moment(self) -> Moment:
        """Now; each look is a millisecond later."""
        self.wait(timedelta(milliseconds=1))
        return Moment(self.now, self.new_id)

    def create(
        self, policy: Policy = "automatic", changes: Changes | None = None, provider: Provider | None = PROVIDER
    ) -> Decision | Refusal:
        answers = answer_set(changes) if changes is not None else None
        case = CaseRequest(provider_npi=PROVIDER.npi, selection=SELECTION, policy=policy, answers=answers)
        return self.create_with(CreateAuthorization(authorization_id=self.new_id("auth"), case=case), provider)

    def create_with(self, command: CreateAuthorization, provider: Provider | None = PROVIDER) -> Decision | Refusal:
        return create.decide(command, TENANT, provider, self.catalogue, lambda _: self.compiled, self.moment)

    def patch(self, case: Authorization, changes: Changes, **members: Any) -> Decision | Refusal:
        command = PatchAnswers(**request(case, members), answers=answer_set(changes))
        return patch_answers.decide(case, command, self.compiled, self.moment)

    def attach(self, case: Authorization, *types: str, file: File | None = None, **members: Any) -> Decision | Refusal:
        given = file or self.file()
        attachment = {
            "attachment_id": self.new_id("att"),
            "file_id": given.id,
            "file": given,
            "document_types": types or ("clinical_notes",),
        }
        return attach.decide(case, AddAttachment(**(request(case, {}) | attachment | members)), self.compiled, self.moment, self.terms)

    def remove(self, case: Authorization, attachment_id: str, **members: Any) -> Decision | Refusal:
        command = RemoveAttachment(**request(case, members), attachment_id=attachment_id)
        return remove.decide(case, command, self.compiled, self.moment)

    def confirm(self, case: Authorization, **members: Any) -> Decision | Refusal:
        """Confirm as style B with the open action unless told otherwise."""
        action = case.next_action.id if case.next_action else None
        given = request(case, {"style": "B", "next_action_id": action} | members)
        return confirm.decide(case, ConfirmAuthorization(**given), self.moment)

    def cancel(self, case: Authorization, **members: Any) -> Decision | Refusal:
        return cancel.decide(case, CancelAuthorization(**request(case, members)), self.moment)

    def prepare(self, case: Authorization, *found: str, work_item_id: str | None = None) -> Decision:
        findings = tuple(Finding(document_type=kind, message=f"Attach {kind}.") for kind in found)
        work = work_item_id or (case.work.id if case.work else "work_none")
        command = CompletePreparation(authorization_id=case.id, work_item_id=work, findings=findings)
        return preparation.decide(case, command, self.compiled, self.moment, self.terms)

    def permit(self, case: Authorization, *, attempt: int | None = None, work_item_id: str | None = None) -> Decision:
        work = work_item_id or (case.work.id if case.work else "work_none")
        command = GrantPermit(authorization_id=case.id, work_item_id=work, attempt=attempt or case.attempts + 1, channel="sandbox")
        return permit.decide(case, command, self.moment)

    def evidence(
        self, case: Authorization, kind: EvidenceKind, *, evidence_id: str | None = None, work_item_id: str | None = None, **members: Any
    ) -> tuple[Decision, ...]:
        learned = Evidence(kind=kind, channel="sandbox", received_at=self.now, **members)
        recorded = PayerEvidenceRecorded(
            authorization_id=case.id,
            work_item_id=work_item_id or (case.work.id if case.work else "work_none"),
            attempt=case.attempts,
            evidence_id=evidence_id or self.new_id("evi"),
            evidence=learned,
        )
        return evidence.decide(case, recorded, self.compiled, self.moment, self.terms)

    def expire(self, case: Authorization) -> Decision:
        snapshot = case.review_snapshot.id if case.review_snapshot else "rev_none"
        command = ExpireReview(authorization_id=case.id, review_snapshot_id=snapshot)
        return review_expiry.decide(case, command, self.moment)

    def file(self, **members: Any) -> File:
        given: dict[str, Any] = {
            "id": self.new_id("file"),
            "tenant": TENANT,
            "version": 2,
            "status": "ready",
            "file_name": "note.pdf",
            "content_type": "application/pdf",
            "purpose": "authorization_attachment",
            "size_bytes": 1000,
            "checksum_sha256": "0" * 64,
            "upload_expires_at": START,
            "storage_key": "files/t_acme/x",
            "created_at": START,
        }
        return File(**given | members)

    def case(self, state: State, policy: Policy | None = None) -> Authorization:
        """A case in that state, brought there by decisions."""
        case = accepted(self.create(policy or ("approval" if state == "approve" else "automatic"), FULL))
        if state == "requires_input":
            return case
        case = accepted(self.attach(case))
        if state == "advance":
            return case
        if state == "canceled":
            return accepted(self.cancel(case))
        case = accepted(self.confirm(case))
        if state == "preparing":
            return case
        case = self.prepare(case).authorization
        if case.state == "approve" and state != "approve":
            case = accepted(self.confirm(case))
        return self._submitted(case, state)

    def asked(self, *types: str) -> Authorization:
        """A case that the payer has and asks more about."""
        (decision,) = self.evidence(self.case("waiting_on_payer"), "information_request", message="More, please.", document_types=types)
        return decision.authorization

    def _submitted(self, case: Authorization, state: State) -> Authorization:
        if state in ("approve", "submitting"):
            return case
        case = self.permit(case).authorization
        (received,) = self.evidence(case, "receipt", reference_number="SBX-1")
        if state == "waiting_on_payer":
            return received.authorization
        (decided,) = self.evidence(received.authorization, "approved", authorization_number="PA-1")
        return decided.authorization


def request(case: Authorization, members: dict[str, Any]) -> dict[str, Any]:
    """What every customer's command holds, the present version included."""
    return {"authorization_id": case.id, "expected_version": case.version} | members


def accepted(decided: Decision | Refusal) -> Authorization:
    """The state after an accepted decision."""
    assert isinstance(decided, Decision), decided
    return decided.authorization


def told(decision: Decision) -> list[str]:
    """The event types of a decision, in order."""
    return [event.type for event in decision.events]


@pytest.fixture
def world() -> World:
    return World()
