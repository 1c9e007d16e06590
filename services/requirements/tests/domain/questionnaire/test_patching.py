"""The table of authorizations.md 5.3, row by row, on a small template."""

from typing import Any

import pytest
from services.requirements.tests.domain.questionnaire.conftest import START, Form, asked, refused, tiny

from priorbus.contracts.authorizations import PayerRequest, Selection
from priorbus.contracts.commands.requirements import AnswerItem, AnswerSet, AnswerValue
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Template
from priorbus.requirements.domain.questionnaire import Circumstances, PatchResult, apply_patch, open_answers

ON = {"linkId": "q.switch", "op": "eq", "value": True}


@pytest.fixture
def form() -> Form:
    return Form(
        tiny(
            {"linkId": "q.switch", "answerType": "boolean"},
            {"linkId": "q.text", "notAllowedWhen": {"not": ON}},
            {"linkId": "q.more", "maxAnswers": 2},
            {"linkId": "q.number", "answerType": "decimal"},
            {"linkId": "q.day", "answerType": "date"},
            {"linkId": "q.choice", "answerType": "choice", "options": [{"code": "a", "display": "A"}]},
            {"linkId": "q.paper", "answerType": "attachment"},
            {"linkId": "q.fixed", "mode": "read_only", "defaultValue": {"valueString": "as it is"}},
            {"linkId": "q.computed", "mode": "computed", "computedFrom": "insuranceState"},
            {"linkId": "q.hidden", "mode": "hidden"},
        )
    )


@pytest.mark.parametrize("link_id", ["q.fixed", "q.computed", "q.paper"])
@pytest.mark.parametrize("sent", ["x", None])
def test_what_clients_may_not_write(form: Form, link_id: str, sent: str | None) -> None:
    assert refused(form.patch({link_id: sent})) == [("answer_not_allowed", link_id)]


def test_hidden_items_are_answered_like_others(form: Form) -> None:
    assert form.put({"q.hidden": "x"}).answers["q.hidden"] == ("x",)


def test_issues_come_in_body_order_and_nothing_is_applied(form: Form) -> None:
    body: list[tuple[str, Any]] = [
        ("q.text", "inactive"),
        ("nope", "x"),
        ("q.more", ["a", "b", "c"]),
        ("q.more", "d"),
        ("q.number", "eight"),
        ("q.computed", "x"),
        ("q.hidden", "fine"),
    ]
    assert refused(form.patch(body)) == [
        ("answer_not_allowed", "q.text"),
        ("unknown_link_id", "nope"),
        ("too_many_answers", "q.more"),
        ("duplicate_link_id", "q.more"),
        ("type_mismatch", "q.number"),
        ("answer_not_allowed", "q.computed"),
    ]
    assert "q.hidden" not in form.answers


def test_every_issue_has_a_message_without_the_answer(form: Form) -> None:
    refusal = form.patch({"q.number": "secret", "q.text": "secret"})
    assert isinstance(refusal, Refusal)
    assert all(issue.message and "secret" not in issue.message for issue in refusal.issues)


@pytest.mark.parametrize("sent", [None, [], "", "  "])
def test_clearing_is_allowed_on_inactive_items(form: Form, sent: Any) -> None:
    result = form.patch({"q.text": sent})
    assert isinstance(result, PatchResult)
    assert result.unchanged


def test_clearing_removes_the_answer(form: Form) -> None:
    form.put({"q.more": ["a", "b"]})
    result = form.patch({"q.more": " "})
    assert isinstance(result, PatchResult)
    assert (result.changed, "q.more" in result.answers) == (("q.more",), False)


def test_blank_values_do_not_count(form: Form) -> None:
    assert form.put({"q.more": ["a", "", "b"]}).answers["q.more"] == ("a", "b")


def test_unlisted_items_stay(form: Form) -> None:
    form.put({"q.hidden": "x"})
    assert form.put({"q.number": "1"}).answers["q.hidden"] == ("x",)


def test_decimals_are_exact_and_canonical(form: Form) -> None:
    assert form.put({"q.number": "8.50"}).answers["q.number"] == ("8.5",)
    again = form.patch({"q.number": "85e-1"})
    assert isinstance(again, PatchResult)
    assert again.unchanged


def test_changed_link_ids_come_in_questionnaire_order(form: Form) -> None:
    result = form.patch({"q.hidden": "x", "q.day": "2026-01-01", "q.switch": True})
    assert isinstance(result, PatchResult)
    assert result.changed == ("q.switch", "q.day", "q.hidden")


def test_option_codes_are_case_sensitive_and_stored_anyway(form: Form) -> None:
    evaluation = form.put({"q.choice": "A"})
    assert evaluation.answers["q.choice"] == ("A",)
    assert [issue.code for issue in evaluation.issues] == ["option_not_allowed"]


def test_nested_items_below_a_question_are_no_answer(form: Form) -> None:
    item = AnswerItem(link_id="q.hidden", values=(AnswerValue(kind="string", value="x"),), items=())
    result = apply_patch(form.compiled, form.answers, AnswerSet(addressing="nested", items=(item,)), form.circumstances)
    assert refused(result) == [("type_mismatch", "q.hidden")]


def wide(count: int) -> Form:
    return Form(tiny(*({"linkId": f"q.item{number}"} for number in range(count))))


def test_values_up_to_64_kib() -> None:
    form = wide(8)
    body = {f"q.item{number}": "x" * 8192 for number in range(8)}
    assert isinstance(form.patch(body), PatchResult)


def test_one_byte_above_64_kib() -> None:
    form = wide(8)
    body = {f"q.item{number}": "x" * 8192 for number in range(7)} | {"q.item7": "x" * 8191 + "é"}
    refusal = form.patch(body)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.issues) == ("payload_too_large", ())


def test_nested_values_count_too() -> None:
    item = AnswerItem(link_id="q.g", items=(AnswerItem(link_id="q.item0", values=(AnswerValue(kind="invalid", value="x" * 65_537),)),))
    form = wide(1)
    refusal = apply_patch(form.compiled, {}, AnswerSet(addressing="nested", items=(item,)), form.circumstances)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "payload_too_large"


class TestPayerRequests:
    ASKED = PayerRequest(number=1, requested_at=START, message="Why this drug?")
    WANTS_PAPER = PayerRequest(number=2, requested_at=START, message="Send the plan.", document_types=("treatment_plan",))

    def test_a_request_without_documents_asks_a_question(self, form: Form) -> None:
        evaluation = form.ask(self.ASKED, self.WANTS_PAPER)
        assert asked(evaluation) == ["payer.request1.response"]
        assert evaluation.questions[0].message == "Answer required: Why this drug?"

    @pytest.mark.parametrize("style", ["flat", "nested"])
    def test_its_answer_is_kept_last(self, form: Form, style: Any) -> None:
        form.ask(self.ASKED)
        evaluation = form.put({"payer.request1.response": "Because.", "q.hidden": "x"}, style)
        assert asked(evaluation) == []
        assert list(evaluation.answers)[-1] == "payer.request1.response"

    def test_its_answer_may_be_nested_in_the_group(self, form: Form) -> None:
        form.ask(self.ASKED)
        assert asked(form.put([("payer_requests", [("payer.request1.response", "Because.")])], "nested")) == []

    @pytest.mark.parametrize("link_id", ["payer.request2.response", "payer.request3.response", "payer_requests"])
    def test_other_payer_items_are_unknown(self, form: Form, link_id: str) -> None:
        form.ask(self.ASKED, self.WANTS_PAPER)
        assert refused(form.patch({link_id: "x"})) == [("unknown_link_id", link_id)]

    def test_one_text_is_wanted(self, form: Form) -> None:
        form.ask(self.ASKED)
        link_id = "payer.request1.response"
        assert refused(form.patch({link_id: ["a", "b"]})) == [("too_many_answers", link_id)]
        assert refused(form.patch({link_id: AnswerValue(kind="boolean", value=True)})) == [("type_mismatch", link_id)]

    def test_changes_of_responses_come_last(self, form: Form) -> None:
        form.ask(self.ASKED)
        result = form.patch({"payer.request1.response": "Because.", "q.hidden": "x"})
        assert isinstance(result, PatchResult)
        assert result.changed == ("q.hidden", "payer.request1.response")


class TestOpening:
    CIRCUMSTANCES = Circumstances(
        "1234567893",
        Selection(payer_id="p", state="CA", service_type="drug", service_code="J0135", service_code_system="hcpcs"),
    )

    def open(self, template: Template, changes: dict[str, Any] | None = None) -> Any:
        form = Form(template, self.CIRCUMSTANCES)
        return open_answers(form.compiled, None if changes is None else form.answer_set(changes), self.CIRCUMSTANCES)

    @pytest.mark.parametrize(
        ("source", "value"),
        [
            ("providerNpi", "1234567893"),
            ("payerId", "p"),
            ("insuranceState", "CA"),
            ("serviceType", "drug"),
            ("serviceCode", "J0135"),
            ("serviceCodeSystem", "hcpcs"),
        ],
    )
    def test_computed_values(self, source: str, value: str) -> None:
        assert self.open(tiny({"linkId": "q.it", "mode": "computed", "computedFrom": source})) == {"q.it": (value,)}

    def test_an_initial_answer_goes_before_the_default(self) -> None:
        template = tiny({"linkId": "q.n", "answerType": "decimal", "defaultValue": {"valueDecimal": 1.50}})
        assert self.open(template) == {"q.n": ("1.5",)}
        assert self.open(template, {"q.n": "2"}) == {"q.n": ("2",)}
        assert self.open(template, {"q.n": None}) == {"q.n": ("1.5",)}

    def test_a_default_takes_part_in_conditions(self) -> None:
        template = tiny(
            {"linkId": "q.b", "defaultValue": {"valueString": "x"}, "notAllowedWhen": {"linkId": "q.a", "op": "exists"}},
            {"linkId": "q.a", "answerType": "boolean", "defaultValue": {"valueBoolean": True}},
            {"linkId": "q.c", "notAllowedWhen": {"linkId": "q.b", "op": "notExists"}},
        )
        assert self.open(template) == {"q.a": (True,)}
        assert refused(self.open(template, {"q.c": "x"})) == [("answer_not_allowed", "q.c")]

    def test_initial_answers_are_refused_as_in_a_patch(self) -> None:
        assert refused(self.open(tiny({"linkId": "q.a"}), {"nope": "x"})) == [("unknown_link_id", "nope")]

    def test_defaults_are_set_only_at_create(self) -> None:
        form = Form(tiny({"linkId": "q.a", "defaultValue": {"valueString": "x"}}), self.CIRCUMSTANCES)
        form.put({"q.a": None})
        assert form.answers == {}
