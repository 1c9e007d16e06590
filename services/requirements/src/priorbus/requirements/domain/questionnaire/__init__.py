"""The questionnaire engine: pure functions over template, answers and circumstances (authorizations.md 5 and 6).

Same inputs, same bytes. Nothing here reads a clock, makes an id, logs or does I/O.
"""

from priorbus.requirements.domain.questionnaire.canonical import PAYER_GROUP, response_link_id
from priorbus.requirements.domain.questionnaire.compiled import CompiledTemplate
from priorbus.requirements.domain.questionnaire.compiler import compile_template
from priorbus.requirements.domain.questionnaire.documents import known_document_types
from priorbus.requirements.domain.questionnaire.evaluation import evaluate
from priorbus.requirements.domain.questionnaire.lint import lint_template
from priorbus.requirements.domain.questionnaire.lint_findings import InvalidTemplate, LintFinding
from priorbus.requirements.domain.questionnaire.patching import apply_patch, open_answers
from priorbus.requirements.domain.questionnaire.preview import preview
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

__all__ = [
    "PAYER_GROUP",
    "Circumstances",
    "CompiledTemplate",
    "DocumentDemand",
    "Evaluation",
    "InvalidTemplate",
    "LintFinding",
    "PatchResult",
    "Preview",
    "QuestionState",
    "ValidationIssue",
    "apply_patch",
    "compile_template",
    "evaluate",
    "known_document_types",
    "lint_template",
    "next_requirements",
    "open_answers",
    "preview",
    "response_link_id",
]
