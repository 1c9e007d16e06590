"""Acceptance case AUTH-112: what a style writes, it reads back as the same (authorizations.md 1.2). Needs no servers."""

from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from priorbus.contracts.authorizations import ActionType, Answers, Authorization, NextAction, Route, Selection, State
from priorbus.contracts.commands.requirements import AnswerSet, CaseRequest
from priorbus.contracts.templates import Group, Item, Payer, Template
from priorbus.gateway.http.json_body import parse, plain
from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.styles import STYLES
from priorbus.requirements.adapters.catalogue_files import SHIPPED, read_templates
from priorbus.requirements.domain.questionnaire import (
    Circumstances,
    PatchResult,
    apply_patch,
    compile_template,
    evaluate,
    next_requirements,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)
TEMPLATES = {template.template_id: template for template in read_templates(SHIPPED / "templates")[0]}
COMPILED = {name: compile_template(template) for name, template in TEMPLATES.items()}
FORMS = {(style, name): STYLES[style].form(template) for style in STYLES for name, template in TEMPLATES.items()}
PAYER = Payer(id="payer_a", display_name="A", supported_states=("CA",), supported_service_types=("drug",), status="active")
SELECTION = Selection(payer_id="payer_a", state="CA", service_type="drug", service_code="J0135", service_code_system="hcpcs")
CIRCUMSTANCES = Circumstances(provider_npi="1234567893", selection=SELECTION)
EXACT = Context(prec=34)
CREATE_MEMBERS = ("providerNpi", "policy", "portalAuthMode", "metadata", "templateSelection", "request")

every_style = pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
texts = st.text(min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
decimals = st.builds(lambda digits, scale: plain(Decimal(digits).scaleb(-scale, EXACT)), st.integers(-(10**30), 10**30), st.integers(0, 10))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "boolean": st.booleans(),
    "date": st.dates().map(lambda day: day.isoformat()),
    "decimal": decimals,
}


def values_of(item: Item) -> st.SearchStrategy[tuple[Any, ...]]:
    codes = st.sampled_from([option.code for option in item.options]) | texts if item.answer_type == "choice" else VALUES[item.answer_type]
    return st.lists(codes, min_size=1, max_size=item.max_answers).map(tuple)


def writable(group: Group) -> list[Item]:
    return [item for item in group.items if item.mode in ("editable", "hidden") and item.answer_type != "attachment"]


def answers_of(template: Template) -> st.SearchStrategy[Answers]:
    """Answers as a client may have given them, in questionnaire order but not yet judged."""
    parts: dict[str, st.SearchStrategy[Any]] = {}
    for group in template.groups:
        if group.repeats:
            leaves = {item.link_id[len(group.id) + 1 :]: values_of(item) for item in writable(group)}
            occurrence = st.fixed_dictionaries({}, optional=leaves).filter(bool)
            parts[group.id] = st.lists(occurrence, min_size=1, max_size=min(group.max_occurs, 4)).map(tuple)
        else:
            parts |= {item.link_id: values_of(item) for item in writable(group)}
    return st.fixed_dictionaries({}, optional=parts)


@st.composite
def aggregates(draw: st.DrawFn) -> Authorization:
    """Cases with normalised answers, and with the surface and requirements that follow from them."""
    name = draw(st.sampled_from(sorted(TEMPLATES)))
    evaluation = evaluate(COMPILED[name], draw(answers_of(TEMPLATES[name])), CIRCUMSTANCES)
    action = NextAction(
        id="act_1",
        type=draw(st.sampled_from(get_args(ActionType))),
        description="Do.",
        authorization_version=4,
        requirements_version=3,
        answers_version=2,
        attachments_version=1,
        created_at=NOW,
    )
    return Authorization(
        id="auth_1",
        tenant="t_one",
        version=draw(st.integers(1, 1_000_000)),
        state=draw(st.sampled_from(get_args(State))),
        policy=draw(st.sampled_from(("automatic", "approval"))),
        provider_npi=CIRCUMSTANCES.provider_npi,
        payer=PAYER,
        selection=SELECTION.model_copy(update={"service_type": draw(st.sampled_from(("inpatient", "outpatient", "drug")))}),
        route=Route(channel="fhir_pas", label="A"),
        template_id=name,
        template_version=1,
        answers=evaluation.answers,
        surface=evaluation.surface,
        requirements=next_requirements(None, evaluation),
        next_action=draw(st.none() | st.just(action)),
        metadata=draw(st.dictionaries(st.from_regex(r"[a-zA-Z]{1,40}", fullmatch=True), st.text(max_size=500))),
        created_at=NOW,
        updated_at=NOW,
    )


def on_the_wire(style: Style, case: Authorization) -> bytes:
    rendered = style.render_authorization(case.model_dump(mode="json"), FORMS[style.name, case.template_id])
    return orjson.dumps(rendered)


def member(body: bytes, name: str) -> Any:
    """A member as a client's library would send it back, numbers exact."""
    return parse(body)[name]


def without_computed(style: Style, case: Authorization, response: Any) -> Any:
    """Computed values are shown but can not be sent."""
    computed = {item.link_id for group in TEMPLATES[case.template_id].groups for item in group.items if item not in writable(group)}
    return {"item": [item for item in response["item"] if item["linkId"] not in computed]}


def read_back(style: Style, case: Authorization, wire: bytes) -> Answers:
    """The answers of the wire document, sent to a case that has none."""
    findings = Findings()
    sent = without_computed(style, case, member(wire, style.answers_member))
    read = style.read_answers(sent, (style.answers_member,), findings)
    assert findings.issues == []
    compiled = COMPILED[case.template_id]
    merged = apply_patch(compiled, evaluate(compiled, {}, CIRCUMSTANCES).answers, AnswerSet.model_validate(read), CIRCUMSTANCES)
    assert isinstance(merged, PatchResult)
    return merged.answers


@every_style
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=aggregates())
def test_auth_112_answers(style: Style, case: Authorization) -> None:
    """AUTH-112, answers: wire, engine and wire again."""
    wire = on_the_wire(style, case)
    answers = read_back(style, case, wire)
    assert answers == case.answers
    assert on_the_wire(style, case.model_copy(update={"answers": answers})) == wire


@every_style
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=aggregates())
def test_auth_112_what_a_create_takes(style: Style, case: Authorization) -> None:
    """AUTH-112, the members that are set at create: the rendered ones make the same case again."""
    wire = on_the_wire(style, case)
    body = {name: value for name, value in parse(wire).items() if name in CREATE_MEMBERS}
    findings = Findings()
    read = style.read_creation(body, findings)
    assert findings.issues == []
    request = CaseRequest.model_validate(read)
    again = case.model_copy(update={name: getattr(request, name) for name in ("policy", "selection", "metadata", "provider_npi")})
    assert again == case
    assert on_the_wire(style, again) == wire


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=aggregates())
def test_auth_112_the_styles_show_one_case(case: Authorization) -> None:
    """AUTH-112: names in one style stand for the same in the other."""
    flat, nested = (parse(on_the_wire(style, case)) for style in (STYLES["B"], STYLES["C"]))
    paths = [question["path"].replace("[", ".").replace("]", "") for question in nested["requirements"]["questions"]]
    assert paths == [question["linkId"] for question in flat["requirements"]["questions"]]
    for name in ("id", "version", "payer", "metadata", "attachments", "createdAt", "outcome"):
        assert nested[name] == flat[name]
    for style, shown in ((STYLES["B"], flat), (STYLES["C"], nested)):
        assert case.state in style.states_of_status[shown["status"]]
        if case.next_action is not None:
            assert style.actions[shown["nextAction"]["type"]] == case.next_action.type


@every_style
def test_every_state_and_action_has_one_name(style: Style) -> None:
    assert sorted(state for states in style.states_of_status.values() for state in states) == sorted(get_args(State))
    assert sorted(style.actions.values()) == sorted(get_args(ActionType))
