import copy
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2
from priorbus.fhir_pas.domain.codes import INFO_CANCELLED, extension
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.updates import Head, snapshot_issues

INFO = {"sequence": 1, "category": {"text": "note"}, "valueString": "before"}


def flagged(item: dict[str, Any], value: str) -> dict[str, Any]:
    return {**item, "extension": [{"url": extension("infoChanged"), "valueCode": value}]}


def cancelled(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "quantity": {"value": 0}, "modifierExtension": [{"url": INFO_CANCELLED, "valueBoolean": True}]}


@pytest.fixture
def item(own_request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = own_request["entry"][0]["resource"]["item"][0]
    return found


def issues(before: list[Any], after: list[Any], name: str = "item", **overrides: Any) -> list[tuple[str, str, str]]:
    head = Head({name: before}, PayerAnswer())
    found = snapshot_issues({name: copy.deepcopy(after)}, head, Strictness(PAS_2_2, overrides))
    return [(issue.rule, issue.severity, issue.expression) for issue in found]


def u_6(name: str = "item", position: int = 0) -> tuple[str, str, str]:
    return ("U-6", "warning", f"Bundle.entry[0].resource.{name}[{position}].extension")


def test_flags_that_tell_what_changed(item: dict[str, Any]) -> None:
    changed = flagged({**item, "quantity": {"value": 2}}, "changed")
    assert issues([item], [changed, flagged({**item, "sequence": 2}, "added"), flagged({**item, "sequence": 3}, "changed")]) == []
    assert issues([item], [item]) == []
    assert issues([item], [cancelled(item)]) == []


def test_flags_that_tell_something_else(item: dict[str, Any]) -> None:
    assert issues([item], [flagged(item, "changed")]) == [u_6()]
    assert issues([item], [{**item, "quantity": {"value": 2}}]) == [u_6()]
    assert issues([item], [item, {**item, "sequence": 2}]) == [u_6(position=1)]
    assert issues([item], [flagged({**item, "quantity": {"value": 2}}, "added")]) == [u_6()]


def test_supporting_info_has_flags_too() -> None:
    changed = {**INFO, "valueString": "after"}
    assert issues([INFO], [changed], "supportingInfo") == [u_6("supportingInfo")]
    assert issues([INFO], [flagged(changed, "changed")], "supportingInfo") == []


def test_the_rule_can_be_switched_off(item: dict[str, Any]) -> None:
    assert issues([item], [flagged(item, "changed")], **{"U-6": "off"}) == []


def test_missing_entries_only_on_2_2(item: dict[str, Any]) -> None:
    assert issues([item, {**item, "sequence": 2}], [item]) == [("U-4", "error", "Bundle.entry[0].resource.item")]
    head = Head({"item": [item, {**item, "sequence": 2}]}, PayerAnswer())
    assert snapshot_issues({"item": [item]}, head, Strictness(FHIR)) == []
