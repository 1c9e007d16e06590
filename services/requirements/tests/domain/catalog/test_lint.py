from typing import Any

import pytest
from services.requirements.tests.domain.catalog.conftest import example_payers, example_templates, template

from priorbus.requirements.domain.catalog import lint_catalogue


def codes(*given: Any, loaded: Any = ()) -> list[str]:
    return [finding.code for finding in lint_catalogue(given, (), loaded)]


def test_the_example_catalogue_is_clean() -> None:
    assert lint_catalogue(example_templates(), example_payers()) == []


@pytest.mark.parametrize(
    ("one", "other", "ambiguous"),
    [
        ({}, {}, True),
        ({"payerIds": ["p"]}, {}, False),
        ({"payerIds": ["p", "r"]}, {"payerIds": ["r", "s"]}, True),
        ({"payerIds": ["p", "*"]}, {}, True),
        ({"states": ["CA"]}, {"states": ["OR"]}, False),
        ({"payerIds": ["p"], "states": ["CA"]}, {"payerIds": ["p"]}, False),
        ({"serviceType": "drug"}, {}, False),
        ({"code": "2"}, {}, False),
    ],
)
def test_equally_specific_templates(one: dict[str, Any], other: dict[str, Any], ambiguous: bool) -> None:
    assert codes(template("a", **one), template("b", **other)) == ["ambiguous_templates"] * ambiguous


def test_versions_of_one_template_are_not_ambiguous() -> None:
    assert codes(template(version=1), template(version=2)) == []


def test_loaded_templates_take_part() -> None:
    assert codes(template("a"), loaded=[template("b")]) == ["ambiguous_templates"]
    assert codes(template("a"), loaded=[template("b"), template("b", 2, code="2")]) == []


def test_a_loaded_version_may_come_again_but_not_changed() -> None:
    assert codes(template("a"), loaded=[template("a")]) == []
    assert codes(template("a"), loaded=[template("a", states=["CA"])]) == ["content_changed"]


def test_duplicates() -> None:
    assert codes(template(), template()) == ["duplicate_template"]
    payers = example_payers()
    assert [finding.code for finding in lint_catalogue((), [*payers, payers[0]])] == ["duplicate_payer"]


def test_findings_of_each_template() -> None:
    assert codes(template(version=0)) == ["schema"]
