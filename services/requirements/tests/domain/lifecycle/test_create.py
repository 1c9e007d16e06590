import pytest
from services.requirements.tests.conftest import FULL, PAYER, PROVIDER, SELECTION, TENANT, World, accepted, told

from priorbus.contracts.commands.requirements import CaseRequest, CreateAuthorization
from priorbus.contracts.replies import Issue, Refusal
from priorbus.contracts.templates import Provider
from priorbus.requirements.domain.lifecycle.decision import Decision


def test_a_case_begins_at_version_1_with_its_template_pinned(world: World) -> None:
    decided = world.create("approval")
    case = accepted(decided)
    assert isinstance(decided, Decision)
    assert (case.version, case.state, case.tenant, case.policy) == (1, "requires_input", TENANT, "approval")
    assert (case.template_id, case.template_version, case.payer, case.selection) == ("imaging", 1, PAYER, SELECTION)
    assert case.requirements.version == 1
    assert case.next_action is not None
    assert (case.next_action.type, case.next_action.authorization_version) == ("provide_requirements", 1)
    assert told(decided) == ["authorization.created", "authorization.next_action_opened"]
    assert decided.commands == ()


def test_defaults_and_initial_answers_are_merged_before_requirements_are_computed(world: World) -> None:
    case = accepted(world.create(changes=FULL))
    assert case.answers == {"request.isUrgent": (False,), "diagnoses": ({"code": ("G43.909",)},), "q.prior": (False,)}
    assert case.requirements.questions == ()
    assert [document.type for document in case.requirements.documents] == ["clinical_notes"]


def test_an_invalid_initial_answer_creates_nothing(world: World) -> None:
    refusal = world.create(changes={"nope": "x"})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.issues[0].code) == ("invalid_answer", "unknown_link_id")


@pytest.mark.parametrize(
    ("provider", "code"),
    [(None, "provider_not_found"), (PROVIDER.model_copy(update={"status": "inactive"}), "provider_access_not_configured")],
)
def test_the_route_is_checked_before_the_answers(world: World, provider: Provider | None, code: str) -> None:
    refusal = world.create(changes={"nope": "x"}, provider=provider)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_an_unknown_service_code_has_no_route(world: World) -> None:
    selection = SELECTION.model_copy(update={"service_code": "99999"})
    case = CaseRequest(provider_npi=PROVIDER.npi, selection=selection, policy="automatic")
    refusal = world.create_with(CreateAuthorization(authorization_id="auth_1", case=case))
    assert refusal == Refusal(code="unsupported_route", details={"reason": "service_code_not_supported"})


def test_what_the_gateway_found_wrong_is_the_answer(world: World) -> None:
    found = Refusal(code="final_submission_policy_required")
    assert world.create_with(CreateAuthorization(authorization_id="auth_1", schema_refusal=found)) == found


def test_a_create_without_a_case_is_refused(world: World) -> None:
    refusal = world.create_with(CreateAuthorization(authorization_id="auth_1"))
    assert refusal == Refusal(code="bad_request", issues=(Issue(code="missing", message="This member is required.", field=""),))
