from collections.abc import Callable
from datetime import datetime

import pytest
from services.requirements.tests.domain.questionnaire.conftest import START, Form, asked, attachment, missing, tiny

from priorbus.contracts.authorizations import Finding, PayerRequest
from priorbus.requirements.domain.questionnaire import known_document_types

Later = Callable[[int], datetime]
NOTES = {"type": "clinical_notes", "message": "Template."}


def request(number: int, at: datetime, *types: str) -> PayerRequest:
    return PayerRequest(number=number, requested_at=at, message=f"Request {number}.", document_types=types)


def test_documents_are_ordered_by_type() -> None:
    form = Form(tiny({"linkId": "q.x"}, documents=[{"type": kind, "message": "m"} for kind in ("z", "b", "a_c")]))
    assert missing(form.evaluate()) == ["a_c", "b", "z"]


def test_a_payer_request_wants_a_newer_attachment(later: Later) -> None:
    form = Form(tiny({"linkId": "q.x"}, documents=[NOTES]))
    form.attach(attachment("clinical_notes", created_at=START))
    assert missing(form.ask(request(1, later(1), "clinical_notes"))) == ["clinical_notes"]
    assert form.evaluate().documents[0].message == "Request 1."
    assert missing(form.attach(attachment("clinical_notes", created_at=later(2)))) == []
    assert missing(form.ask(request(1, later(1), "clinical_notes"), request(2, later(3), "clinical_notes"))) == ["clinical_notes"]


@pytest.mark.parametrize(("minutes", "left"), [(0, ["plan"]), (1, ["plan"]), (2, [])])
def test_newer_means_strictly_after_the_request(later: Later, minutes: int, left: list[str]) -> None:
    form = Form(tiny({"linkId": "q.x"}))
    form.ask(request(1, later(1), "plan"))
    assert missing(form.attach(attachment("plan", created_at=later(minutes)))) == left


def test_the_template_gives_the_message_before_a_request(later: Later) -> None:
    form = Form(tiny({"linkId": "q.x"}, documents=[NOTES]))
    evaluation = form.ask(request(1, later(1), "clinical_notes"))
    assert [document.message for document in evaluation.documents] == ["Template."]


def test_findings_stay_open_until_attached() -> None:
    form = Form(tiny({"linkId": "q.x"}))
    form.circumstances = type(form.circumstances)(
        form.circumstances.provider_npi, form.circumstances.selection, findings=(Finding(document_type="plan", message="Found."),)
    )
    assert missing(form.evaluate()) == ["plan"]
    assert missing(form.attach(attachment("plan"))) == []


class TestAttachmentItems:
    def form(self) -> Form:
        wanted = {"linkId": "q.x", "op": "exists"}
        return Form(
            tiny(
                {"linkId": "q.x"},
                {"linkId": "q.docs.mri_report", "answerType": "attachment", "text": "MRI report", "requiredWhen": wanted},
                {"linkId": "q.y", "required": True, "notAllowedWhen": {"linkId": "q.docs.mri_report", "op": "notExists"}},
            )
        )

    def test_a_required_one_demands_a_document_named_by_its_last_segment(self) -> None:
        form = self.form()
        assert missing(form.evaluate()) == []
        evaluation = form.put({"q.x": "1"})
        assert [(document.type, document.message) for document in evaluation.documents] == [("mri_report", "MRI report")]
        assert asked(evaluation) == []

    def test_conditions_ask_whether_it_is_attached(self) -> None:
        form = self.form()
        assert asked(form.attach(attachment("mri_report"))) == ["q.y"]
        form.put({"q.y": "seen"})
        assert form.attach().cleared == ("q.y",)
        assert form.evaluate().answers == {}


def test_known_types() -> None:
    paper = {"linkId": "q.docs.mri_report", "answerType": "attachment"}
    form = Form(tiny(paper, documents=[{"type": "own", "message": "m"}]))
    known = known_document_types(form.compiled, (request(1, START, "asked"),))
    assert {"own", "asked", "mri_report", "clinical_notes", "insurance_card", "other"} < known
    assert "nonsense" not in known
    assert len(known) == 13
