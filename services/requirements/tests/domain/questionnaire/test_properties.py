"""Properties of the engine over generated answers and patches."""

import json
from copy import copy
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from services.requirements.tests.domain.questionnaire.conftest import Form, attachment, example, refused

from priorbus.contracts.authorizations import Answers, Occurrence
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire import Evaluation, PatchResult, evaluate

FORMS = [Form(Template.model_validate(example(name))) for name in ("imaging-mri-brain", "drug-adalimumab", "dme-hospital-bed")]
ANSWERS: TypeAdapter[Answers] = TypeAdapter(Answers)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALUES: dict[str, list[Any]] = {
    "string": ["Ada", "CA", "93701", "1", "", "x" * 70],
    "boolean": [True, False],
    "date": ["2020-01-01", "1980-02-29", "2026-12-01"],
    "decimal": ["0", "2", "8", "12.5", "20", "9999"],
}
LEAVES: dict[str, list[tuple[str, list[Any]]]] = {
    form.template.template_id: [
        (slot.link_id, [None, *(VALUES.get(item.item.answer_type) or [option.code for option in item.item.options])])
        for group in form.compiled.groups
        for item in group.items
        if item.writable
        for slot in item.slots[:3]
    ]
    for form in FORMS
}
"""By template: writable linkIds, of occurrences 0 to 2, and what a patch may send for each."""

PICKS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 6)), max_size=8)


def body(form: Form, picks: list[tuple[int, int]]) -> dict[str, Any]:
    """A flat body; drawn as numbers, because that is what hypothesis is quick with."""
    leaves = LEAVES[form.template.template_id]
    chosen = [(leaves[which % len(leaves)], value) for which, value in picks]
    return {link_id: values[value % len(values)] for (link_id, values), value in chosen}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Form, Answers]:
    """A form, and answers that a sequence of patches led to."""
    form = copy(FORMS[draw(st.integers(0, len(FORMS) - 1))])
    for picks in draw(st.lists(PICKS, max_size=4)):
        result = form.patch(body(form, picks))
        if isinstance(result, PatchResult):
            form.answers = result.answers
    return form, form.answers


def bytes_of(evaluation: Evaluation) -> bytes:
    parts = {
        "answers": evaluation.answers,
        "surface": {key: value.model_dump() for key, value in evaluation.surface.items()},
        "lists": [one.model_dump() for one in (*evaluation.questions, *evaluation.documents, *evaluation.issues)],
    }
    return json.dumps(parts).encode()


@RELAXED
@given(cases())
def test_the_same_inputs_give_the_same_bytes(case: tuple[Form, Answers]) -> None:
    form, answers = case
    stored = ANSWERS.validate_json(ANSWERS.dump_json(answers))
    fresh = Form(form.template)
    again = evaluate(fresh.compiled, dict(reversed(stored.items())), form.circumstances)
    assert bytes_of(evaluate(form.compiled, answers, form.circumstances)) == bytes_of(again)


@RELAXED
@given(cases())
def test_evaluation_is_idempotent(case: tuple[Form, Answers]) -> None:
    form, answers = case
    once = evaluate(form.compiled, answers, form.circumstances)
    twice = evaluate(form.compiled, once.answers, form.circumstances)
    assert once.cleared == twice.cleared == ()
    assert bytes_of(once) == bytes_of(twice)


@RELAXED
@given(cases(), PICKS)
def test_an_accepted_patch_again_changes_nothing(case: tuple[Form, Answers], picks: list[tuple[int, int]]) -> None:
    form, _ = case
    sent = {link_id: value for link_id, value in body(form, picks).items() if not any(part.isdigit() for part in link_id.split("."))}
    result = form.patch(sent)
    if isinstance(result, PatchResult):
        form.answers = result.answers
        again = form.patch(sent)
        assert isinstance(again, PatchResult)
        assert again.unchanged


@RELAXED
@given(cases(), PICKS)
def test_the_order_of_the_body_does_not_matter(case: tuple[Form, Answers], picks: list[tuple[int, int]]) -> None:
    form, _ = case
    sent = body(form, picks)
    one, other = form.patch(sent), form.patch(dict(reversed(sent.items())))
    if isinstance(one, Refusal):
        assert sorted(refused(one)) == sorted(refused(other))
    else:
        assert one == other
        assert list(one.answers) == list(other.answers)


@RELAXED
@given(cases())
def test_answers_sent_nested_give_what_they_give_flat(case: tuple[Form, Answers]) -> None:
    form, answers = case
    flat: list[tuple[str, Any]] = []
    nested: list[tuple[str, Any]] = []
    for link_id, item in form.compiled.ordinary.items():
        if item.writable:
            flat.append((link_id, list(answers.get(link_id, ()))))
            nested.append(flat[-1])
    for group_id in form.compiled.repeating:
        for number, occurrence in enumerate(cast(tuple[Occurrence, ...], answers.get(group_id, ()))):
            flat.extend((f"{group_id}.{number}.{leaf}", list(sent)) for leaf, sent in occurrence.items())
            nested.append((group_id, [(leaf, list(sent)) for leaf, sent in occurrence.items()]))
    one, other = Form(form.template), Form(form.template)
    assert bytes_of(one.put(flat)) == bytes_of(other.put(nested, "nested"))
    assert one.answers == other.answers == answers


@RELAXED
@given(cases())
def test_nothing_inactive_is_kept_and_every_question_names_a_shown_item(case: tuple[Form, Answers]) -> None:
    form, answers = case
    evaluation = evaluate(form.compiled, answers, form.circumstances)
    inactive = {link_id for link_id, surface in evaluation.surface.items() if surface.active is False}
    assert not inactive & evaluation.answers.keys()
    assert not inactive & {question.link_id for question in evaluation.questions}
    assert {issue.field for issue in evaluation.issues if issue.code in ("too_long", "out_of_range")} <= {
        question.link_id for question in evaluation.questions
    }


@RELAXED
@given(cases(), st.sets(st.sampled_from(["clinical_notes", "lab_results", "prescription", "imaging_report", "physician_order"])))
def test_attached_types_are_never_missing(case: tuple[Form, Answers], types: set[str]) -> None:
    form, _ = case
    assert not types & {document.type for document in form.attach(attachment(*sorted(types))).documents}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.template.template_id)
def test_empty_answers_evaluate(form: Form) -> None:
    assert evaluate(form.compiled, {}, form.circumstances).questions
