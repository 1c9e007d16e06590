"""C2: merge a partial answer set (authorizations.md 5.3)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import PatchAnswers
from priorbus.contracts.facts.requirements import AnswersPatched
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import incomplete, refuse_edit
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import recompute
from priorbus.requirements.domain.lifecycle.settling import settle
from priorbus.requirements.domain.questionnaire import Circumstances, CompiledTemplate, apply_patch


def decide(authorization: Authorization, command: PatchAnswers, compiled: CompiledTemplate, moment: Moment) -> Decision | Refusal:
    """All or nothing; a patch that changes nothing is no write."""
    refusal = refuse_edit(authorization, command)
    if refusal is not None:
        return refusal
    if command.answers is None:
        return incomplete("/answers")
    patched = apply_patch(compiled, authorization.answers, command.answers, Circumstances.of(authorization))
    if isinstance(patched, Refusal):
        return patched
    if not patched.changed and not patched.cleared:
        return Decision(authorization)
    draft = Draft(authorization, moment, "customer")
    draft.change(answers=patched.answers, answers_version=authorization.answers_version + 1)
    draft.tell(
        "authorization.answers_patched",
        {"changedLinkIds": list(patched.changed), "clearedLinkIds": list(patched.cleared)},
        changedCount=len(patched.changed),
        clearedCount=len(patched.cleared),
    )
    recompute(draft, compiled)
    settle(draft)
    return draft.finish(AnswersPatched)
