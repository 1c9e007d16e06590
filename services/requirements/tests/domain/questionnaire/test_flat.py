"""Occurrences of repeating groups in flat addressing (authorizations.md 5.7)."""

from typing import Any

import pytest
from services.requirements.tests.domain.questionnaire.conftest import Form, refused, tiny

from priorbus.requirements.domain.questionnaire import PatchResult


@pytest.fixture
def form() -> Form:
    return Form(tiny({"linkId": "q.g.a"}, {"linkId": "q.g.b.c", "maxAnswers": 2}, repeats=True))


def rows(form: Form) -> list[Any]:
    return list(form.answers.get("q.g", ()))


def test_several_new_occurrences_in_any_order(form: Form) -> None:
    form.put({"q.g.2.a": "third", "q.g.0.b.c": ["x", "y"], "q.g.1.a": "second", "q.g.0.a": "first"})
    assert rows(form) == [{"a": ("first",), "b.c": ("x", "y")}, {"a": ("second",)}, {"a": ("third",)}]


@pytest.mark.parametrize(
    "link_id", ["q.g.a", "q.g", "q.g.00.a", "q.g.-1.a", "q.g.0.nope", "q.other.0.a", "q.g.0", "q.g.\u0660.a", "q.g.0.a.0.a"]
)
def test_what_is_no_leaf(form: Form, link_id: str) -> None:
    assert refused(form.patch({link_id: "x"})) == [("unknown_link_id", link_id)]


def test_every_item_behind_a_gap_is_named(form: Form) -> None:
    body = {"q.g.0.a": "x", "q.g.3.a": "x", "q.g.2.a": "x"}
    assert refused(form.patch(body)) == [("occurrence_gap", "q.g.3.a"), ("occurrence_gap", "q.g.2.a")]


def test_an_empty_new_occurrence_makes_a_gap(form: Form) -> None:
    assert refused(form.patch({"q.g.0.a": " ", "q.g.1.a": "x"})) == [("occurrence_gap", "q.g.1.a")]


@pytest.mark.parametrize("number", [4, 99, 999_999])
def test_numbers_beyond_the_maximum(form: Form, number: int) -> None:
    assert refused(form.patch({f"q.g.{number}.a": "x"})) == [("too_many_occurrences", f"q.g.{number}.a")]


def test_the_same_leaf_of_two_occurrences_is_no_duplicate(form: Form) -> None:
    assert isinstance(form.patch({"q.g.0.a": "x", "q.g.1.a": "x"}), PatchResult)
    assert refused(form.patch([("q.g.0.a", "x"), ("q.g.0.a", "y")])) == [("duplicate_link_id", "q.g.0.a")]


def test_clearing_one_leaf_keeps_the_occurrence(form: Form) -> None:
    form.put({"q.g.0.a": "x", "q.g.0.b.c": "y", "q.g.1.a": "z"})
    form.put({"q.g.0.a": None})
    assert rows(form) == [{"b.c": ("y",)}, {"a": ("z",)}]


def test_numbers_mean_the_occurrences_before_the_patch(form: Form) -> None:
    form.put({"q.g.0.a": "x", "q.g.1.a": "y"})
    form.put({"q.g.0.a": None, "q.g.1.b.c": "more", "q.g.2.a": "z"})
    assert rows(form) == [{"a": ("y",), "b.c": ("more",)}, {"a": ("z",)}]


def test_clearing_what_is_not_there_changes_nothing(form: Form) -> None:
    result = form.patch({"q.g.2.a": None})
    assert isinstance(result, PatchResult)
    assert result.unchanged


def test_clearing_the_last_occurrence_removes_the_group(form: Form) -> None:
    form.put({"q.g.0.a": "x"})
    form.put({"q.g.0.a": []})
    assert "q.g" not in form.answers
