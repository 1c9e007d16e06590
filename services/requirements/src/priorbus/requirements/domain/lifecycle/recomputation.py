"""The blocker set after a change (authorizations.md 5.6)."""

from priorbus.contracts.authorizations import Requirements
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.questionnaire import Circumstances, CompiledTemplate, evaluate, next_requirements


def recompute(draft: Draft, compiled: CompiledTemplate) -> None:
    """Evaluate the case as it is now in the draft; requirements get a new version only if the set differs."""
    after = draft.after
    evaluation = evaluate(compiled, after.answers, Circumstances.of(after))
    requirements = next_requirements(after.requirements, evaluation)
    draft.change(answers=evaluation.answers, surface=evaluation.surface, requirements=requirements)
    if evaluation.cleared:
        # A patch has cleared what it made inactive; this is the doing of an attachment that a condition asks for.
        draft.change(answers_version=after.answers_version + 1)
        cleared = list(evaluation.cleared)
        draft.tell(
            "authorization.answers_patched", {"changedLinkIds": [], "clearedLinkIds": cleared}, changedCount=0, clearedCount=len(cleared)
        )
    if requirements is not after.requirements:
        draft.tell(
            "authorization.requirements_changed",
            requirementsVersion=requirements.version,
            questions=len(requirements.questions),
            documents=len(requirements.documents),
            issues=len(requirements.issues),
        )


def blocks(requirements: Requirements) -> bool:
    """Whether anything keeps the case with the customer."""
    return bool(requirements.questions or requirements.documents) or any(issue.severity == "error" for issue in requirements.issues)
