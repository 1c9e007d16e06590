"""The example data says what authorizations.md 6.3 to 6.6 and 7.1 say."""

import pytest
from services.requirements.tests.domain.catalog.conftest import example_payers, example_templates

COMMON = ["patient", "subscriber", "coverage", "provider", "service", "request", "diagnoses"]


def test_payers() -> None:
    payers = {payer.id: payer for payer in example_payers()}
    assert list(payers) == ["payer_evergreen", "payer_harbor", "payer_summit", "payer_dormant"]
    evergreen, harbor, summit, dormant = payers.values()
    assert (evergreen.display_name, evergreen.aliases, evergreen.supported_states) == (
        "Evergreen Health Plan",
        ("EHP",),
        ("CA", "OR", "WA"),
    )
    assert (harbor.supported_states, harbor.supported_service_types) == (("NY", "NJ", "CT"), ("outpatient", "drug"))
    assert (summit.line_of_business, summit.supported_states, summit.supported_service_types) == ("medicaid", ("TX",), ("outpatient",))
    assert (dormant.status, {payer.status for payer in (evergreen, harbor, summit)}) == ("inactive", {"active"})


@pytest.mark.parametrize(
    ("template_id", "own", "items"),
    [("dme-hospital-bed", ["bed"], 35), ("imaging-mri-brain", ["mri"], 38), ("drug-adalimumab", ["drug", "q.priorTherapies"], 43)],
)
def test_groups(template_id: str, own: list[str], items: int) -> None:
    (found,) = [template for template in example_templates() if template.template_id == template_id]
    assert [group.id for group in found.groups] == COMMON + own
    assert sum(len(group.items) for group in found.groups) == items


def test_the_common_block_is_the_same_everywhere() -> None:
    one, two, three = (template.groups[: len(COMMON)] for template in example_templates())
    assert one == two == three
