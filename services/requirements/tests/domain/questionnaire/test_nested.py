"""Nested addressing: sibling items per occurrence (authorizations.md 5.7)."""

from typing import Any

import pytest
from services.requirements.tests.domain.questionnaire.conftest import Form, refused, tiny

from priorbus.contracts.commands.requirements import AnswerItem, AnswerSet, AnswerValue
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire import PatchResult, apply_patch

PLAIN = {"id": "plain", "title": "Plain", "items": [{"linkId": "q.p", "text": "P", "answerType": "string"}]}


@pytest.fixture
def form() -> Form:
    off = {"linkId": "q.g.a", "op": "eq", "value": "off", "scope": "same_group"}
    return Form(tiny({"linkId": "q.g.a"}, {"linkId": "q.g.b", "notAllowedWhen": off}, repeats=True, groups=[PLAIN]))


def rows(form: Form) -> list[Any]:
    return list(form.answers.get("q.g", ()))


def test_siblings_without_answers_add_no_occurrence(form: Form) -> None:
    form.put([("q.g", [("a", "x")]), ("q.g", []), ("q.g", [("a", None)]), ("q.g", [("b", "y")])], "nested")
    assert rows(form) == [{"a": ("x",)}, {"b": ("y",)}]


def test_one_empty_sibling_clears_the_group(form: Form) -> None:
    form.put([("q.g", [("a", "x")]), ("q.g", [("a", "y")])], "nested")
    result = form.patch([("q.g", [])], "nested")
    assert isinstance(result, PatchResult)
    assert ("q.g" in result.answers, result.changed) == (False, ("q.g.0.a", "q.g.1.a"))


def test_a_group_that_is_not_sent_stays(form: Form) -> None:
    form.put([("q.g", [("a", "x")])], "nested")
    form.put([("q.p", "p")], "nested")
    assert rows(form) == [{"a": ("x",)}]


@pytest.mark.parametrize("leaf", ["q.g.a", "0.a", "nope", ""])
def test_leaves_are_named_by_the_part_after_the_group(form: Form, leaf: str) -> None:
    refusal = form.patch([("q.g", [("a", "x")]), ("q.g", [(leaf, "x")])], "nested")
    assert refused(refusal) == [("unknown_link_id", leaf)]
    assert isinstance(refusal, Refusal)
    assert refusal.issues[0].path == f"q.g[1].{leaf}"


@pytest.mark.parametrize("link_id", ["q.g.0.a", "q.g.a", "nope"])
def test_indexed_and_unknown_link_ids(form: Form, link_id: str) -> None:
    assert refused(form.patch({link_id: "x"}, "nested")) == [("unknown_link_id", link_id)]


def test_one_leaf_twice_in_an_occurrence(form: Form) -> None:
    assert refused(form.patch([("q.g", [("a", "x"), ("a", "y")])], "nested")) == [("duplicate_link_id", "a")]


def test_too_many_siblings(form: Form) -> None:
    refusal = form.patch([("q.g", [("a", "x")])] * 5, "nested")
    assert refused(refusal) == [("too_many_occurrences", "q.g")]
    assert isinstance(refusal, Refusal)
    assert refusal.issues[0].path == "q.g[4]"


def test_issues_inside_occurrences_keep_body_order(form: Form) -> None:
    body: list[tuple[str, Any]] = [
        ("q.g", [("a", "off"), ("b", "not now")]),
        ("nope", "x"),
        ("q.g", [("a", AnswerValue(kind="boolean", value=True))]),
        ("plain", [("q.p", ["1", "2"]), ("q.other", "x")]),
    ]
    refusal = form.patch(body, "nested")
    assert refused(refusal) == [
        ("answer_not_allowed", "b"),
        ("unknown_link_id", "nope"),
        ("type_mismatch", "a"),
        ("too_many_answers", "q.p"),
        ("unknown_link_id", "q.other"),
    ]
    assert isinstance(refusal, Refusal)
    assert [issue.path for issue in refusal.issues] == ["q.g[0].b", None, "q.g[1].a", None, None]


def test_ordinary_leaves_at_the_top_or_in_their_group(form: Form) -> None:
    form.put([("q.p", "top")], "nested")
    assert form.answers["q.p"] == ("top",)
    form.put([("plain", [("q.p", "inside")])], "nested")
    assert form.answers["q.p"] == ("inside",)
    assert refused(form.patch([("plain", [("q.p", "a")]), ("q.p", "b")], "nested")) == [("duplicate_link_id", "q.p")]


def test_leaves_of_another_group_are_unknown_inside_a_group(form: Form) -> None:
    template = tiny({"linkId": "q.one"}, group="first", groups=[PLAIN])
    assert refused(Form(template).patch([("plain", [("q.one", "x")])], "nested")) == [("unknown_link_id", "q.one")]


@pytest.mark.parametrize("group", ["plain", "q.g"])
def test_a_group_has_no_answer_of_its_own(form: Form, group: str) -> None:
    item = AnswerItem(link_id=group, values=(AnswerValue(kind="string", value="x"),))
    result = apply_patch(form.compiled, {}, AnswerSet(addressing="nested", items=(item,)), form.circumstances)
    assert refused(result) == [("type_mismatch", group)]


def test_an_item_that_is_only_mentioned_is_cleared(form: Form) -> None:
    form.put({"q.p": "x"})
    form.put({"q.p": None}, "nested")
    assert form.answers == {}


def test_the_example_of_the_specification(mri: Form) -> None:
    assert isinstance(mri.template, Template)
    mri.put([("patient", [("patient.firstName", "Ada")]), ("diagnoses", [("code", "G43.909"), ("qualifierCode", "ABK")])], "nested")
    assert mri.answers["patient.firstName"] == ("Ada",)
    assert mri.answers["diagnoses"] == ({"code": ("G43.909",), "qualifierCode": ("ABK",)},)
