"""What is counted of FHIR operations; counters are the process's, so only their growth tells."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs


def value(name: str, labels: Mapping[str, str] | None = None) -> float:
    return REGISTRY.get_sample_value(f"priorbus_fhir_pas_{name}", dict(labels or {})) or 0.0


async def test_a_submission_is_counted_with_its_first_answer(service: Any, own_text: str) -> None:
    request, answer, action = {"base": "/fhir", "operation": "submit", "status": "200"}, {"within_budget": "yes"}, {"action": "A4"}
    before = value("requests_total", request), value("decision_seconds_count", answer), value("review_actions_total", action)
    await service.submit(own_text)
    after = value("requests_total", request), value("decision_seconds_count", answer), value("review_actions_total", action)
    assert tuple(new - old for new, old in zip(after, before, strict=True)) == (1, 1, 1)


async def test_a_refusal_is_counted_by_rule(service: Any, own_request: dict[str, Any]) -> None:
    own_request["type"] = "searchset"
    before = value("validation_issues_total", {"rule": "B-1"})
    await service.submit(json.dumps(own_request))
    assert value("validation_issues_total", {"rule": "B-1"}) == before + 1


@pytest.mark.parametrize(("operation", "kind"), [("submit", "initial"), ("inquire", "query")])
async def test_the_log_has_one_record_without_content(service: Any, own_text: str, operation: str, kind: str) -> None:
    with capture_logs() as logs:
        await getattr(service, operation)(own_text)
    (record,) = [one for one in logs if one["event"] == "fhir exchange"]
    assert (record["kind"], record["route"], record["status"], record["tenant"]) == (kind, "/fhir", 200, "t_test")
    assert ("items" in record) == (operation == "submit")
    assert not {"mrn-1", "Example", "claim-1"} & set(str(record).replace("'", " ").split())
