"""The questionnaire engine: pure functions over template, answers and circumstances (authorizations.md 5 and 6).

Same inputs, same bytes. Nothing here reads a clock, makes an id, logs or does I/O.
"""

from priorbus.contracts.authorizations import Answers, PayerRequest
from priorbus.contracts.commands.requirements import AnswerSet
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire.results import (
    Circumstances,
    DocumentDemand,
    Evaluation,
    PatchResult,
    Preview,
    QuestionState,
    ValidationIssue,
    next_requirements,
)


class CompiledTemplate:
    """A template ready for evaluation: build it once per (template id, version), keep it, share it freely."""

    template: Template


def compile_template(template: Template) -> CompiledTemplate:
    """Compile a template. Raises InvalidTemplate (with its lint findings) for one that `priorbus catalog lint` would refuse."""
    raise NotImplementedError


def open_answers(compiled: CompiledTemplate, initial: AnswerSet | None, circumstances: Circumstances) -> Answers | Refusal:
    """The answers of a new case: initial ones, defaults of active items, computed values; normalised.

    Refuses as `apply_patch` does. Follow with `evaluate`.
    """
    raise NotImplementedError


def apply_patch(compiled: CompiledTemplate, answers: Answers, patch: AnswerSet, circumstances: Circumstances) -> PatchResult | Refusal:
    """Merge a partial answer set (5.3, 5.7), all or nothing. Follow with `evaluate(compiled, result.answers, circumstances)`.

    Refusals: `invalid_answer` with every finding in body order, `payload_too_large` above 64 KiB of values.
    With nested addressing an issue inside a repeating group has the leaf in `field` and `diagnoses[0].code` in `path`,
    so the edge has nothing left to translate.
    """
    raise NotImplementedError


def evaluate(compiled: CompiledTemplate, answers: Answers, circumstances: Circumstances) -> Evaluation:
    """Recompute everything from scratch (5.6). Total: any answers of this template, of whatever earlier state, are fine."""
    raise NotImplementedError


def known_document_types(compiled: CompiledTemplate, payer_requests: tuple[PayerRequest, ...]) -> frozenset[str]:
    """The document types that an attachment of this case may name (6.1.4)."""
    raise NotImplementedError


def preview(compiled: CompiledTemplate, answers: Answers, patch: AnswerSet | None, circumstances: Circumstances) -> Preview | Refusal:
    """Readiness with the patch merged hypothetically (10.5); refuses as `apply_patch` does."""
    raise NotImplementedError


__all__ = [
    "Circumstances",
    "CompiledTemplate",
    "DocumentDemand",
    "Evaluation",
    "PatchResult",
    "Preview",
    "QuestionState",
    "ValidationIssue",
    "apply_patch",
    "compile_template",
    "evaluate",
    "known_document_types",
    "next_requirements",
    "open_answers",
    "preview",
]
