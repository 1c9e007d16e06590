"""Recomputation: 5.4 (Rule table) and 5.6, on small templates."""

from typing import Any

import pytest
from services.requirements.tests.domain.questionnaire.conftest import Form, asked, attachment, flagged, missing, tiny

from priorbus.contracts.authorizations import ItemSurface
from priorbus.requirements.domain.questionnaire import evaluate, next_requirements

HAS_X = {"linkId": "q.x", "op": "exists"}
OPTIONS = [{"code": code, "display": code.upper()} for code in "abc"]


def test_not_allowed_beats_required() -> None:
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "required": True, "requiredWhen": HAS_X, "notAllowedWhen": HAS_X}))
    assert asked(form.evaluate()) == ["q.y"]
    evaluation = form.put({"q.x": "1"})
    assert asked(evaluation) == []
    assert evaluation.surface == {"q.y": ItemSurface(active=False, required=False)}


def test_required_when() -> None:
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "requiredWhen": HAS_X}))
    assert form.evaluate().surface == {}
    evaluation = form.put({"q.x": "1"})
    assert (asked(evaluation), evaluation.surface) == (["q.y"], {"q.y": ItemSurface(required=True)})


@pytest.mark.parametrize(
    ("values_when", "expected"),
    [
        ({"rules": [{"when": {"not": HAS_X}, "values": ["c", "a"]}]}, ("a", "c")),
        ({"rules": [{"when": {"not": HAS_X}, "values": ["b"]}, {"when": {"not": HAS_X}, "values": ["a"]}]}, ("b",)),
        ({"rules": [{"when": HAS_X, "values": ["b"]}], "otherwise": ["c"]}, ("c",)),
        ({"rules": [], "otherwise": []}, ()),
        ({"rules": [{"when": HAS_X, "values": ["b"]}]}, None),
        ({"rules": [{"when": {"not": HAS_X}, "values": ["c", "b", "a"]}], "otherwise": ["a"]}, None),
        ({}, None),
    ],
)
def test_values_when(values_when: dict[str, Any], expected: tuple[str, ...] | None) -> None:
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "answerType": "choice", "options": OPTIONS, "valuesWhen": values_when}))
    surface = form.evaluate().surface.get("q.y")
    assert (surface.options if surface else None) == expected
    codes = expected if expected is not None else ("a", "b", "c")
    for code in "abc":
        assert (flagged(form.put({"q.y": code})) == []) is (code in codes)


def test_the_first_matching_text_wins() -> None:
    rules = [{"when": {"linkId": "q.x", "op": "eq", "value": "1"}, "text": "One"}, {"when": HAS_X, "text": "Any"}]
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "required": True, "textWhen": {"rules": rules}}))
    assert form.evaluate().questions[0].message == "Answer required: Text of q.y"
    assert form.put({"q.x": "1"}).questions[0].message == "Answer required: One"
    assert form.put({"q.x": "2"}).surface["q.y"].text == "Any"


def test_conditions_of_conditions_are_judged_in_dependency_order() -> None:
    chain: list[dict[str, Any]] = [
        {"linkId": "q.c", "notAllowedWhen": {"linkId": "q.b", "op": "notExists"}},
        {"linkId": "q.b", "notAllowedWhen": {"linkId": "q.a", "op": "notExists"}},
        {"linkId": "q.a"},
    ]
    form = Form(tiny(*chain))
    form.put({"q.a": "1", "q.b": "2", "q.c": "3"})
    result = form.put({"q.a": None})
    assert result.answers == {}


def test_clearing_reports_link_ids_in_questionnaire_order() -> None:
    off = {"notAllowedWhen": HAS_X}
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.b", **off}, {"linkId": "q.a", **off}))
    evaluation = evaluate(form.compiled, {"q.a": ("1",), "q.b": ("2",), "q.x": ("3",)}, form.circumstances)
    assert evaluation.cleared == ("q.b", "q.a")
    assert evaluation.answers == {"q.x": ("3",)}


def test_one_question_per_item_and_one_issue_per_broken_rule() -> None:
    form = Form(tiny({"linkId": "q.x", "pattern": "[a-z]+", "maxLength": 3, "maxAnswers": 3}))
    evaluation = form.put({"q.x": ["ABCD", "EFGH", "ok"]})
    assert asked(evaluation) == ["q.x"]
    assert flagged(evaluation) == [("q.x", "pattern_mismatch", "error"), ("q.x", "too_long", "error")]


def test_patterns_match_the_whole_value() -> None:
    form = Form(tiny({"linkId": "q.x", "pattern": "a|ab"}))
    assert flagged(form.put({"q.x": "ab"})) == []
    assert flagged(form.put({"q.x": "abc"})) == [("q.x", "pattern_mismatch", "error")]


@pytest.mark.parametrize(
    ("item", "good", "bad"),
    [
        ({"answerType": "decimal", "min": "1", "max": "9.5"}, ["1", "9.5", "2"], ["0.9", "9.51", "10"]),
        ({"answerType": "decimal", "min": "-2"}, ["-2", "1000"], ["-3"]),
        ({"answerType": "decimal", "max": "2"}, ["-1000", "2"], ["10"]),
        ({"answerType": "date", "min": "2020-01-01", "max": "2020-12-31"}, ["2020-01-01", "2020-12-31"], ["2019-12-31", "2021-01-01"]),
        ({"answerType": "date", "min": "2020-01-01"}, ["9999-12-31"], ["0001-01-01"]),
        ({"maxLength": 2}, ["🙂🙂"], ["🙂🙂🙂"]),
    ],
)
def test_bounds_are_inclusive(item: dict[str, Any], good: list[str], bad: list[str]) -> None:
    form = Form(tiny({"linkId": "q.x", **item}))
    assert [flagged(form.put({"q.x": value})) for value in good] == [[]] * len(good)
    assert all(flagged(form.put({"q.x": value})) for value in bad)


def test_stored_answers_of_inactive_items_are_not_checked() -> None:
    form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "maxLength": 1, "notAllowedWhen": HAS_X}))
    form.put({"q.y": "long"})
    assert form.put({"q.x": "1"}).issues == ()


class TestRepeatingGroups:
    def form(self, **group: Any) -> Form:
        template = tiny({"linkId": "q.g.a", "required": True}, {"linkId": "q.g.b"}, repeats=True)
        groups = (template.groups[0].model_copy(update=group),)
        return Form(template.model_copy(update={"groups": groups}))

    def test_missing_occurrences_ask_their_required_items(self) -> None:
        form = self.form(min_occurs=2)
        assert asked(form.evaluate()) == ["q.g.0.a", "q.g.1.a"]
        assert asked(form.put({"q.g.0.b": "x"})) == ["q.g.0.a", "q.g.1.a"]

    def test_the_empty_next_occurrence_never_blocks(self) -> None:
        form = self.form(min_occurs=1)
        assert asked(form.put({"q.g.0.a": "x"})) == []

    def test_an_empty_group_without_minimum_asks_nothing(self) -> None:
        assert asked(self.form().evaluate()) == []

    def test_root_scope_sees_all_occurrences(self) -> None:
        any_b = {"linkId": "q.g.b", "op": "eq", "value": "B"}
        template = tiny({"linkId": "q.g.b"}, repeats=True, documents=[{"type": "t", "message": "m", "requiredWhen": any_b}])
        form = Form(template)
        assert missing(form.put({"q.g.0.b": "A"})) == []
        assert missing(form.put({"q.g.1.b": "B"})) == ["t"]

    def test_the_surface_names_the_empty_occurrence_too(self) -> None:
        no_a = {"linkId": "q.g.a", "op": "notExists", "scope": "same_group"}
        form = Form(tiny({"linkId": "q.g.a"}, {"linkId": "q.g.b", "notAllowedWhen": no_a}, repeats=True))
        assert list(form.evaluate().surface) == ["q.g.0.b"]
        assert list(form.put({"q.g.0.a": "x"}).surface) == ["q.g.1.b"]
        full = form.put({f"q.g.{number}.a": "x" for number in range(1, 4)})
        assert full.surface == {}

    def test_clearing_inside_an_occurrence_can_remove_it(self) -> None:
        off = {"linkId": "q.off", "op": "exists"}
        switch = {"id": "s", "title": "S", "items": [{"linkId": "q.off", "text": "Off", "answerType": "string"}]}
        form = Form(tiny({"linkId": "q.g.a"}, {"linkId": "q.g.b", "notAllowedWhen": off}, repeats=True, groups=[switch]))
        form.put({"q.g.0.b": "gone", "q.g.1.a": "stays", "q.g.1.b": "gone"})
        result = form.patch({"q.off": "x"})
        assert result.cleared == ("q.g.0.b", "q.g.1.b")  # type: ignore[union-attr]
        assert form.put({"q.off": "x"}).answers["q.g"] == ({"a": ("stays",)},)


class TestEngineKeptValues:
    def test_a_read_only_item_holds_its_default_while_active(self) -> None:
        form = Form(
            tiny({"linkId": "q.x"}, {"linkId": "q.y", "mode": "read_only", "defaultValue": {"valueString": "d"}, "notAllowedWhen": HAS_X})
        )
        assert form.answers == {"q.y": ("d",)}
        assert form.put({"q.x": "1"}).answers == {"q.x": ("1",)}
        assert form.put({"q.x": None}).answers == {"q.y": ("d",)}

    def test_a_computed_item_comes_back_with_its_item(self) -> None:
        form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "mode": "computed", "computedFrom": "payerId", "notAllowedWhen": HAS_X}))
        form.put({"q.x": "1"})
        assert "q.y" not in form.answers
        assert form.put({"q.x": None}).answers == {"q.y": ("payer_evergreen",)}

    def test_engine_kept_values_are_never_reported_as_cleared(self) -> None:
        form = Form(tiny({"linkId": "q.x"}, {"linkId": "q.y", "mode": "computed", "computedFrom": "payerId", "notAllowedWhen": HAS_X}))
        result = form.patch({"q.x": "1"})
        assert result.cleared == ()  # type: ignore[union-attr]


def test_issues_are_ordered_by_field_then_code() -> None:
    rules = [
        {"code": code, "message": "m", "field": field, "severity": "warning", "failWhen": {"not": HAS_X}}
        for code, field in (("z", "q.x"), ("a", "q.x"), ("m", "q.a"))
    ]
    form = Form(tiny({"linkId": "q.x"}, rules=rules))
    assert [issue[:2] for issue in flagged(form.evaluate())] == [("q.a", "m"), ("q.x", "a"), ("q.x", "z")]


def test_unknown_stored_answers_are_left_out() -> None:
    form = Form(tiny({"linkId": "q.x"}))
    assert evaluate(form.compiled, {"q.old": ("1",), "payer.request1.response": ("2",)}, form.circumstances).answers == {}


def test_requirements_get_a_new_version_only_when_they_differ() -> None:
    form = Form(tiny({"linkId": "q.x", "required": True}, {"linkId": "q.y"}))
    first = next_requirements(None, form.evaluate())
    assert first.version == 1
    assert next_requirements(first, form.put({"q.y": "1"})) is first
    second = next_requirements(first, form.put({"q.x": "1"}))
    assert (second.version, second.questions) == (2, ())
    assert next_requirements(second, form.put({"q.x": None})).version == 3


def test_documents_follow_attachments(full: Form) -> None:
    full.put({"q.mri.priorImaging": True, "q.mri.priorImagingDate": "2026-01-05"})
    assert missing(full.attach(attachment("clinical_notes", "imaging_report"))) == []
