from collections.abc import Callable
from typing import Any

from priorbus.contracts.authorizations import Authorization, Finding
from priorbus.contracts.commands.requirements import CompletePreparation
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.fhir_json import parse


async def test_a_clean_case_is_packed_and_summed_up(service: Any, case: Authorization) -> None:
    handled = await service.prepare(case)
    (done,) = handled.published
    assert isinstance(done, CompletePreparation)
    assert (done.authorization_id, done.work_item_id, done.findings) == ("auth_123", "work_1", ())
    assert done.summary == {
        "payerName": "Evergreen Health Plan",
        "serviceCode": "70553",
        "serviceType": "outpatient",
        "diagnosisCodes": ["G43.909", "R51.9"],
        "documentTypes": ["clinical_notes"],
        "isUrgent": False,
    }


async def test_the_package_is_the_bundle_of_the_next_attempt(service: Any, case: Authorization) -> None:
    await service.prepare(case)
    exchange = await service.stage.store.get(EXCHANGES, "t_test", "auth_123")
    claim = parse(exchange.package)["entry"][0]["resource"]
    assert claim["identifier"][0]["value"] == "auth_123:1"


async def test_what_the_payer_will_want_is_a_finding(
    service: Any, case: Authorization, with_member: Callable[[Authorization, str], Authorization]
) -> None:
    handled = await service.prepare(with_member(case, "SBX-DISCOVER"))
    (done,) = handled.published
    assert [finding.document_type for finding in done.findings] == ["treatment_plan"]
    assert await service.stage.store.get(EXCHANGES, "t_test", "auth_123") is None


async def test_a_finding_on_record_is_not_reported_again(
    service: Any, case: Authorization, with_member: Callable[[Authorization, str], Authorization]
) -> None:
    known = (Finding(document_type="treatment_plan", message="Attach it."),)
    handled = await service.prepare(with_member(case, "SBX-DISCOVER").model_copy(update={"findings": known}))
    (done,) = handled.published
    assert done.findings == ()
