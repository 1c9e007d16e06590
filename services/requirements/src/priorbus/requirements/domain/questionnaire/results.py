"""What the questionnaire engine is given besides answers, and what it returns."""

from dataclasses import dataclass

from priorbus.contracts.authorizations import (
    Answers,
    Attachment,
    Authorization,
    DocumentRequirement,
    Finding,
    ItemSurface,
    PayerRequest,
    Question,
    Requirements,
    Selection,
)
from priorbus.contracts.replies import Issue


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What, besides template and answers, decides an evaluation; provider and selection feed the computed items."""

    provider_npi: str
    selection: Selection
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[Finding, ...] = ()
    payer_requests: tuple[PayerRequest, ...] = ()

    @classmethod
    def of(cls, authorization: Authorization) -> "Circumstances":
        """The circumstances of a case as it stands."""
        return cls(
            authorization.provider_npi,
            authorization.selection,
            authorization.attachments,
            authorization.findings,
            authorization.payer_requests,
        )


@dataclass(frozen=True, slots=True)
class PatchResult:
    """Answers after an accepted patch.

    `answers` are normalised: questionnaire order, inactive ones removed, computed values in place.
    `changed` are the linkIds that the patch itself set, changed or cleared; `cleared` those whose answers went because
    their items became inactive. Both are flat and in questionnaire order; a repeating group counts occurrences as before
    the removal of empty ones.
    """

    answers: Answers
    changed: tuple[str, ...]
    cleared: tuple[str, ...]

    @property
    def unchanged(self) -> bool:
        """True when the patch changed nothing: no new version, no event. `answers` is then the very object that was given."""
        return not (self.changed or self.cleared)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of one recomputation (authorizations.md 5.6).

    `surface` has an entry only for an item that deviates from its template, by flat linkId (`diagnoses.1.code`), the empty
    occurrences of repeating groups included. `cleared` names answers that were dropped from the given ones.
    """

    answers: Answers
    cleared: tuple[str, ...]
    surface: dict[str, ItemSurface]
    questions: tuple[Question, ...]
    documents: tuple[DocumentRequirement, ...]
    issues: tuple[Issue, ...]

    @property
    def blocked(self) -> bool:
        """True while a question, a document or an issue of severity error is open."""
        return bool(self.questions or self.documents) or any(issue.severity == "error" for issue in self.issues)


@dataclass(frozen=True, slots=True)
class ValidationIssue:
    """One reason why a case can not be submitted, or a warning (10.5). `field` is a flat linkId, or a document type."""

    field: str
    code: str
    message: str
    severity: str
    blocking: bool
    rule_type: str
    related_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionState:
    """How one item stands; `blocking` when it is behind an open question."""

    link_id: str
    enabled: bool
    required: bool
    answered: bool
    blocking: bool


@dataclass(frozen=True, slots=True)
class DocumentDemand:
    """A document type that is required in the present state, and whether attachments satisfy it."""

    type: str
    message: str
    satisfied: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """Readiness of a case without any write (10.5)."""

    submittable: bool
    issues: tuple[ValidationIssue, ...] = ()
    questions: tuple[QuestionState, ...] = ()
    documents: tuple[DocumentDemand, ...] = ()


def next_requirements(previous: Requirements | None, evaluation: Evaluation) -> Requirements:
    """The evaluation as Requirements: `previous` itself when the set is the same, else with the version one higher (first: 1)."""
    questions, documents, issues = evaluation.questions, evaluation.documents, evaluation.issues
    if previous is None:
        return Requirements(version=1, questions=questions, documents=documents, issues=issues)
    if previous.questions == questions and previous.documents == documents and previous.issues == issues:
        return previous
    return Requirements.model_construct(version=previous.version + 1, questions=questions, documents=documents, issues=issues)
