"""C1: open a case (authorizations.md 4.3, 7.3, 10.1)."""

from collections.abc import Callable

from priorbus.contracts.authorizations import Authorization, Requirements
from priorbus.contracts.commands.requirements import CaseRequest, CreateAuthorization
from priorbus.contracts.facts.requirements import AuthorizationCreated
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Provider, Template
from priorbus.requirements.domain.catalog import Catalogue, ResolvedRoute, resolve_route
from priorbus.requirements.domain.lifecycle.actions import open_action
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import incomplete
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import blocks
from priorbus.requirements.domain.questionnaire import Circumstances, CompiledTemplate, evaluate, next_requirements, open_answers

Compile = Callable[[Template], CompiledTemplate]


def decide(
    command: CreateAuthorization, tenant: str, provider: Provider | None, catalogue: Catalogue, compile_template: Compile, moment: Moment
) -> Decision | Refusal:
    """Version 1 with template and route pinned, initial answers and defaults merged."""
    if command.schema_refusal is not None:
        return command.schema_refusal
    case = command.case
    if case is None:
        return incomplete("")
    route = resolve_route(catalogue, provider, case.selection, case.portal_auth_mode)
    if isinstance(route, Refusal):
        return route
    opened = open_case(command.authorization_id, tenant, case, route, compile_template(route.template), moment)
    if isinstance(opened, Refusal):
        return opened
    draft = Draft(opened, moment, "customer", new=True)
    draft.tell("authorization.created")
    open_action(draft, "provide_requirements" if blocks(opened.requirements) else "advance_case")
    return draft.finish(AuthorizationCreated)


def open_case(
    authorization_id: str, tenant: str, case: CaseRequest, route: ResolvedRoute, compiled: CompiledTemplate, moment: Moment
) -> Authorization | Refusal:
    """The case before its first write, at version 0."""
    circumstances = Circumstances(provider_npi=case.provider_npi, selection=case.selection)
    answers = open_answers(compiled, case.answers, circumstances)
    if isinstance(answers, Refusal):
        return answers
    evaluation = evaluate(compiled, answers, circumstances)
    requirements: Requirements = next_requirements(None, evaluation)
    return Authorization(
        id=authorization_id,
        tenant=tenant,
        version=0,
        state="requires_input" if evaluation.blocked else "advance",
        policy=case.policy,
        provider_npi=case.provider_npi,
        payer=route.payer,
        selection=case.selection,
        portal_auth_mode=case.portal_auth_mode,
        route=route.route,
        template_id=route.template.template_id,
        template_version=route.template.version,
        answers=evaluation.answers,
        surface=evaluation.surface,
        requirements=requirements,
        metadata=case.metadata,
        created_at=moment.now,
        updated_at=moment.now,
    )
