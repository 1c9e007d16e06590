from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from priorbus.fhir_pas.adapters.sandbox.rule_table import default_table, load_table
from priorbus.fhir_pas.adapters.sandbox.verdicts import decide_by_rules
from priorbus.fhir_pas.domain.payer import ItemDecision, Line, PayerAnswer, PayerRequest

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def decided(*lines: Line, table: str | None = None, **members: Any) -> PayerAnswer:
    request = PayerRequest("submission-1", "fhir", "member-1", "/fhir", lines, AT, **members)
    return decide_by_rules(load_table(table) if table else default_table(), request)


def action(line: Line, table: str | None = None) -> str:
    (item,) = decided(line, table=table).items
    return item.action


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("99213", "A4"),
        ("PB001", "A1"),
        ("PB002", "A3"),
        ("PB003", "A4"),
        ("PB004", "A4"),
        ("PB005", "A6"),
        ("PB006", "A4"),
        ("PB008", "A4"),
        ("PB009", "A4"),
        ("PB010", "A1"),
        ("PB011", "A4"),
        ("PB012", "A6"),
        ("anything", "A1"),
    ],
)
def test_the_default_table_by_code(code: str, expected: str) -> None:
    assert action(Line(1, code)) == expected


@pytest.mark.parametrize(("amount", "expected"), [("9999.99", "A1"), ("10000", "A4"), ("100000", "A3")])
def test_the_default_table_by_amount(amount: str, expected: str) -> None:
    assert action(Line(1, "X", amount=Decimal(amount))) == expected


def test_an_error_on_one_item_refuses_the_request() -> None:
    answer = decided(Line(1, "PB001"), Line(2, "PB007"))
    assert answer.items == ()
    assert answer.error is not None
    assert (answer.error.code, answer.error.follow_up) == ("15", "C")
    assert answer.error.path == "Bundle.entry[0].resource.item[1].productOrService"


def test_a_modification_may_have_a_period_of_its_own() -> None:
    (item,) = decided(Line(1, "X", start="2026-02-01", end="2026-12-31"), table="- match: {}\n  outcome: modify\n  period: P30D").items
    assert (item.action, item.start, item.end) == ("A6", "2026-02-01", "2026-03-03")


def test_mixed_items_give_mixed_results() -> None:
    assert [item.action for item in decided(Line(1, "PB001"), Line(2, "PB002"), Line(3, "PB008")).items] == ["A1", "A3", "A4"]


def test_numbers_differ_by_line_and_stay_the_same() -> None:
    def number(item: ItemDecision) -> str | None:
        return item.number

    one, two = decided(Line(1, "PB001"), Line(2, "PB001")).items
    again, _ = decided(Line(1, "PB001"), Line(2, "PB001")).items
    assert number(one) != number(two)
    assert number(one) == number(again)


@pytest.mark.parametrize(("quantity", "authorised"), [(Decimal(4), "2"), (Decimal(20), "10"), (None, "1")])
def test_modify_authorises_half(quantity: Decimal | None, authorised: str) -> None:
    (item,) = decided(Line(1, "PB005", quantity=quantity)).items
    assert [(added.sequence, str(added.quantity)) for added in item.added] == [(1, authorised)]


def test_case_27_an_additional_service_has_a_new_sequence() -> None:
    _, item = decided(Line(1, "X"), Line(2, "PB012")).items
    in_place, additional = item.added
    assert in_place.sequence == 2
    assert additional.sequence not in {1, 2}


@pytest.mark.parametrize(
    ("match", "line", "fits"),
    [
        ("code: 'PB*'", Line(1, "PB9"), True),
        ("code: 'PB*'", Line(1, "XPB"), False),
        ("system: urn:a", Line(1, "X", system="urn:a"), True),
        ("system: urn:a", Line(1, "X", system="urn:b"), False),
        ("category: '3'", Line(1, "X", category="3"), True),
        ("memberId: member-1", Line(1, "X"), True),
        ("memberId: member-2", Line(1, "X"), False),
        ("base: /fhir", Line(1, "X"), True),
        ("diagnosis: R51.9", Line(1, "X"), False),
        ("minQuantity: 5", Line(1, "X", quantity=Decimal(5)), True),
        ("minQuantity: 5", Line(1, "X"), False),
    ],
)
def test_what_a_rule_matches(match: str, line: Line, fits: bool) -> None:
    assert action(line, f"- match: {{{match}}}\n  outcome: deny") == ("A3" if fits else "A1")


def test_a_table_with_an_unknown_member_is_refused() -> None:
    with pytest.raises(ValidationError):
        load_table("- match: {colour: red}\n  outcome: deny")
