import pytest

from priorbus.gateway.http.schema import Findings
from priorbus.gateway.presentation.scenarios import SCENARIOS
from priorbus.gateway.presentation.style_c.bodies import read_creation
from priorbus.gateway.presentation.styles import STYLES


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_the_case_of_a_scenario_can_be_posted_as_it_is(scenario_id: str) -> None:
    scenario, findings = SCENARIOS[scenario_id], Findings()
    case = read_creation(scenario["create"], findings)
    assert findings.issues == []
    assert case is not None
    (member,) = [item for item in case["answers"]["items"] if item["link_id"] == "coverage.memberId"]
    assert [value["value"] for value in member["values"]] == [scenario["memberId"]]


def test_what_is_expected_has_names_of_style_c() -> None:
    style = STYLES["C"]
    for scenario in SCENARIOS.values():
        assert set(scenario["expected"]["statuses"]) <= set(style.states_of_status)
        assert set(scenario["expected"]["nextActions"]) <= set(style.actions)


def test_each_scenario_has_a_member_of_its_own() -> None:
    assert len({scenario["memberId"] for scenario in SCENARIOS.values()}) == len(SCENARIOS) == 12
