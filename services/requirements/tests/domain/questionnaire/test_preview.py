from typing import Any

from services.requirements.tests.domain.questionnaire.conftest import FULL, START, Form, attachment, refused

from priorbus.contracts.authorizations import PayerRequest
from priorbus.requirements.domain.questionnaire import Preview, ValidationIssue, preview


def look(form: Form, changes: dict[str, Any] | None = None) -> Preview:
    result = preview(form.compiled, form.answers, None if changes is None else form.answer_set(changes), form.circumstances)
    assert isinstance(result, Preview), result
    return result


def test_a_new_case_lists_every_blocker_and_the_state_of_every_item(mri: Form) -> None:
    seen = look(mri)
    assert not seen.submittable
    assert len([issue for issue in seen.issues if issue.rule_type == "required"]) == 17
    states = {state.link_id: state for state in seen.questions}
    assert len(states) == sum(len(group.items) for group in mri.template.groups)
    first = states["patient.firstName"]
    assert (first.enabled, first.required, first.answered, first.blocking) == (True, True, False, True)
    inactive = states["subscriber.firstName"]
    assert (inactive.enabled, inactive.required, inactive.answered, inactive.blocking) == (False, False, False, False)
    computed = states["service.code"]
    assert (computed.required, computed.answered, computed.blocking) == (True, True, False)


def test_hypothetical_answers_leave_the_document(mri: Form) -> None:
    before = dict(mri.answers)
    seen = look(mri, FULL)
    assert [(issue.field, issue.rule_type, issue.blocking) for issue in seen.issues] == [("clinical_notes", "document", True)]
    assert [(demand.type, demand.satisfied) for demand in seen.documents] == [("clinical_notes", False)]
    assert mri.answers == before


def test_satisfied_documents_are_listed(full: Form) -> None:
    full.attach(attachment("clinical_notes"))
    seen = look(full)
    assert seen.submittable
    assert [(demand.type, demand.satisfied) for demand in seen.documents] == [("clinical_notes", True)]


def test_rule_types_and_related_keys(full: Form) -> None:
    seen = look(
        full,
        {
            "request.isUrgent": True,
            "patient.address.zip": "1",
            "q.mri.symptomWeeks": "9999",
            "q.mri.renalDisease": True,
            "q.mri.egfr": "20",
        },
    )
    found = [(issue.field, issue.code, issue.rule_type, issue.severity, issue.related_keys) for issue in seen.issues]
    assert found == [
        ("request.urgencyReason", "required", "condition", "error", ("request.isUrgent",)),
        ("patient.address.zip", "pattern_mismatch", "pattern", "error", ()),
        ("q.mri.egfr", "egfr_low", "rule", "warning", ("q.mri.egfr",)),
        ("q.mri.facilityType", "option_not_allowed", "option", "error", ()),
        ("q.mri.symptomWeeks", "out_of_range", "range", "error", ()),
        ("clinical_notes", "document_required", "document", "error", ()),
        ("lab_results", "document_required", "document", "error", ()),
    ]
    assert [issue.field for issue in seen.issues if not issue.blocking] == ["q.mri.egfr"]


def test_a_rule_on_an_item_does_not_hide_its_missing_answer(drug: Form) -> None:
    seen = look(drug, {"q.drug.therapyStage": "new_start"})
    assert ("q.drug.indication", "required") in [(issue.field, issue.code) for issue in seen.issues]
    assert any(
        issue.code == "step_therapy" and issue.related_keys == ("q.drug.therapyStage", "q.priorTherapies.name") for issue in seen.issues
    )


def test_empty_occurrences_have_states(drug: Form) -> None:
    states = {state.link_id: state for state in look(drug, {"q.priorTherapies.0.outcome": "other"}).questions}
    assert (states["q.priorTherapies.0.outcomeDetail"].required, states["q.priorTherapies.0.outcomeDetail"].blocking) == (True, True)
    assert (states["q.priorTherapies.1.outcomeDetail"].enabled, states["q.priorTherapies.1.name"].blocking) == (False, False)
    assert "q.priorTherapies.2.name" not in states


def test_payer_requests_have_states(full: Form) -> None:
    full.ask(PayerRequest(number=1, requested_at=START, message="Why?"))
    seen = look(full)
    assert seen.questions[-1].link_id == "payer.request1.response"
    assert seen.questions[-1].blocking
    assert seen.issues[0] == ValidationIssue(
        "payer.request1.response", "required", "Answer required: Why?", "error", blocking=True, rule_type="required"
    )
    assert look(full, {"payer.request1.response": "Because."}).questions[-1].answered


def test_it_refuses_as_a_patch_does(mri: Form) -> None:
    result = preview(mri.compiled, mri.answers, mri.answer_set({"nope": "x"}), mri.circumstances)
    assert refused(result) == [("unknown_link_id", "nope")]  # type: ignore[arg-type]
