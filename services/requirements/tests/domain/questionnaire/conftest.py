"""A form to fill in: an example template, the circumstances of a case, and its answers so far."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Literal

import pytest

from priorbus.contracts.authorizations import Answers, Attachment, PayerRequest, Selection
from priorbus.contracts.commands.requirements import AnswerItem, AnswerSet, AnswerValue
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire import (
    PAYER_GROUP,
    Circumstances,
    CompiledTemplate,
    Evaluation,
    PatchResult,
    apply_patch,
    compile_template,
    evaluate,
    open_answers,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SELECTION = Selection(payer_id="payer_evergreen", state="CA", service_type="outpatient", service_code="70553", service_code_system="cpt")
KINDS: dict[str, str] = {"choice": "coding", "attachment": "string"}
FULL: dict[str, Any] = {
    "patient.firstName": "Ada",
    "patient.lastName": "Probe",
    "patient.dateOfBirth": "1980-02-29",
    "patient.gender": "female",
    "patient.address.line1": "1 Test Way",
    "patient.address.city": "Fresno",
    "patient.address.state": "CA",
    "patient.address.zip": "93701",
    "coverage.memberId": "SBX-APPROVE",
    "service.startDate": "2026-12-01",
    "diagnoses.0.code": "G43.909",
    "q.mri.indication": "headache",
    "q.mri.redFlags": "neuro_deficit",
    "q.mri.symptomWeeks": "8",
    "q.mri.priorImaging": False,
    "q.mri.contrastAllergy": False,
    "q.mri.renalDisease": False,
    "q.mri.facilityType": "freestanding",
}
"""The full answers of the acceptance fixture."""

Sent = Any
"""A value, a list of values, None to clear, or an AnswerValue as it is."""


def example(template_id: str) -> dict[str, Any]:
    """The JSON of an example template."""
    path = files("priorbus.requirements") / "catalog_data" / "templates" / f"{template_id}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def attachment(*types: str, created_at: datetime = START) -> Attachment:
    return Attachment(
        id=f"att_{'_'.join(types)}",
        file_id="file_1",
        created_at=created_at,
        document_types=types,
        content_type="application/pdf",
        size_bytes=1,
        checksum_sha256="0" * 64,
        storage_key="k",
    )


def tiny(*items: dict[str, Any], repeats: bool = False, group: str = "q.g", **members: Any) -> Template:
    """A template of one group; items get a text and the type string unless they say otherwise."""
    filled = [{"text": f"Text of {item['linkId']}", "answerType": "string", **item} for item in items]
    section = {"id": group, "title": "Group", "items": filled, **({"repeats": True, "maxOccurs": 4} if repeats else {})}
    match = {"payerIds": ["*"], "states": ["*"], "serviceType": "outpatient", "serviceCodes": [{"system": "cpt", "code": "1"}]}
    document = {"templateId": "tiny", "version": 1, "title": "Tiny", "match": match, "groups": [section, *members.pop("groups", [])]}
    return Template.model_validate(document | members)


class Form:
    """Answers of one case; `put` applies what must be accepted, `patch` only looks."""

    def __init__(self, template: Template, circumstances: Circumstances | None = None) -> None:
        self.template = template
        self.compiled: CompiledTemplate = compile_template(template)
        self.circumstances = circumstances or Circumstances("1234567893", SELECTION)
        opened = open_answers(self.compiled, None, self.circumstances)
        assert not isinstance(opened, Refusal)
        self.answers: Answers = opened
        self._types = {item.link_id: item.answer_type for group in template.groups for item in group.items}

    def item(self, link_id: str, sent: Sent, prefix: str = "") -> AnswerItem:
        """One sent item; for a group `sent` is a list of (leaf, value) pairs."""
        if isinstance(sent, list) and link_id in {PAYER_GROUP, *(group.id for group in self.template.groups)}:
            inner_prefix = f"{link_id}." if any(group.id == link_id and group.repeats for group in self.template.groups) else ""
            return AnswerItem(link_id=link_id, items=tuple(self.item(leaf, value, inner_prefix) for leaf, value in sent))
        values = [] if sent is None else sent if isinstance(sent, list) else [sent]
        return AnswerItem(link_id=link_id, values=tuple(self._value(prefix + link_id, value) for value in values))

    def answer_set(self, changes: Mapping[str, Sent] | Sequence[tuple[str, Sent]], style: Literal["flat", "nested"] = "flat") -> AnswerSet:
        pairs = changes.items() if isinstance(changes, Mapping) else changes
        return AnswerSet(addressing=style, items=tuple(self.item(link_id, sent) for link_id, sent in pairs))

    def patch(
        self, changes: Mapping[str, Sent] | Sequence[tuple[str, Sent]], style: Literal["flat", "nested"] = "flat"
    ) -> PatchResult | Refusal:
        return apply_patch(self.compiled, self.answers, self.answer_set(changes, style), self.circumstances)

    def put(self, changes: Mapping[str, Sent] | Sequence[tuple[str, Sent]], style: Literal["flat", "nested"] = "flat") -> Evaluation:
        result = self.patch(changes, style)
        assert isinstance(result, PatchResult), result
        self.answers = result.answers
        return self.evaluate()

    def evaluate(self) -> Evaluation:
        return evaluate(self.compiled, self.answers, self.circumstances)

    def attach(self, *attachments: Attachment) -> Evaluation:
        self.circumstances = replace(self.circumstances, attachments=attachments)
        return self.evaluate()

    def ask(self, *requests: PayerRequest) -> Evaluation:
        self.circumstances = replace(self.circumstances, payer_requests=requests)
        return self.evaluate()

    def _value(self, link_id: str, value: Any) -> AnswerValue:
        if isinstance(value, AnswerValue):
            return value
        without_numbers = ".".join(part for part in link_id.split(".") if not part.isdigit())
        answer_type = self._types.get(without_numbers, "string")
        return AnswerValue.model_validate({"kind": KINDS.get(answer_type, answer_type), "value": value})


def refused(result: PatchResult | Refusal) -> list[tuple[str, str | None]]:
    """Code and field of every issue of a refused patch."""
    assert isinstance(result, Refusal), result
    assert result.code == "invalid_answer"
    return [(issue.code, issue.field) for issue in result.issues]


def asked(evaluation: Evaluation) -> list[str]:
    """The linkIds of the open questions."""
    return [question.link_id for question in evaluation.questions]


def flagged(evaluation: Evaluation) -> list[tuple[str | None, str, str]]:
    """Field, code and severity of the issues."""
    return [(issue.field, issue.code, issue.severity) for issue in evaluation.issues]


def missing(evaluation: Evaluation) -> list[str]:
    """The document types that are missing."""
    return [document.type for document in evaluation.documents]


@pytest.fixture
def mri() -> Form:
    """The MRI questionnaire as it is after create without answers."""
    return Form(Template.model_validate(example("imaging-mri-brain")))


@pytest.fixture
def full(mri: Form) -> Form:
    """The MRI questionnaire with the full answers."""
    mri.put(FULL)
    return mri


@pytest.fixture
def drug() -> Form:
    selection = Selection(payer_id="payer_harbor", state="NY", service_type="drug", service_code="J0135", service_code_system="hcpcs")
    return Form(Template.model_validate(example("drug-adalimumab")), Circumstances("1234567893", selection))


@pytest.fixture
def bed() -> Form:
    selection = Selection(payer_id="payer_summit", state="TX", service_type="outpatient", service_code="E0250", service_code_system="hcpcs")
    return Form(Template.model_validate(example("dme-hospital-bed")), Circumstances("1234567893", selection))


@pytest.fixture
def later() -> Callable[[int], datetime]:
    """A moment some minutes after the start."""
    return lambda minutes: START + timedelta(minutes=minutes)
