from itertools import permutations

import pytest
from services.requirements.tests.domain.catalog.conftest import template

from priorbus.contracts.authorizations import Selection
from priorbus.requirements.domain.catalog import Catalogue

WANTED = Selection(payer_id="p", state="CA", service_type="outpatient", service_code="1", service_code_system="cpt")
GENERAL = template("general")
BY_STATE = template("by-state", states=["CA", "OR"])
BY_PAYER = template("by-payer", payerIds=["p", "r"])
BY_BOTH = template("by-both", payerIds=["p"], states=["CA"])


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ([GENERAL], "general"),
        ([GENERAL, BY_STATE], "by-state"),
        ([GENERAL, BY_STATE, BY_PAYER], "by-payer"),
        ([GENERAL, BY_STATE, BY_PAYER, BY_BOTH], "by-both"),
    ],
)
def test_the_most_specific_template_wins_in_whatever_order(there: list, chosen: str) -> None:  # type: ignore[type-arg]
    for order in permutations(there):
        found = Catalogue(order, ()).select(WANTED)
        assert found is not None
        assert found.template_id == chosen


@pytest.mark.parametrize("match", [{"payerIds": ["r"]}, {"states": ["OR"]}, {"serviceType": "drug"}, {"serviceCodes": []}])
def test_every_part_of_match_must_fit(match: dict[str, object]) -> None:
    assert Catalogue([template(**match)], ()).select(WANTED) is None  # type: ignore[arg-type]


def test_only_the_highest_version_of_a_template_serves() -> None:
    catalogue = Catalogue([template(version=10), template(version=2), template(version=9)], ())
    found = catalogue.select(WANTED)
    assert found is not None
    assert found.version == 10
    assert catalogue.template("t", 2) is not None
    moved = Catalogue([template(version=1), template(version=2, states=["OR"])], ())
    assert moved.select(WANTED) is None
