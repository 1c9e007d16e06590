from typing import Any

from priorbus.contracts.commands.fhir_pas import SetPayerEndpoint
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY
from priorbus.fhir_pas.handlers.set_payer_endpoint import set_payer_endpoint

SET = SetPayerEndpoint(
    base_url="https://payer.example.test/fhir",
    token_url="https://payer.example.test/auth/token",
    client_id="us",
    kid="key-1",
    sealed_key="sealed",
    scope="system/Claim.cru",
    poll_seconds=60,
)


async def test_an_endpoint_is_set_replaced_and_removed(service: Any) -> None:
    for change in ({}, {"client_id": "others"}):
        await service.stage.run(set_payer_endpoint, SET.model_copy(update=change))
    known = await service.stage.store.get(PAYER_ENDPOINTS, "t_test", ENDPOINT_KEY)
    assert (known.base_url, known.client_id, known.algorithm) == (SET.base_url, "others", "ES384")
    assert (known.sealed_key, known.poll_seconds, "sealed" in repr(known)) == (b"sealed", 60, False)
    assert await service.stage.store.get(PAYER_ENDPOINTS, "t_other", ENDPOINT_KEY) is None
    for _ in range(2):
        await service.stage.run(set_payer_endpoint, SetPayerEndpoint())
        assert await service.stage.store.get(PAYER_ENDPOINTS, "t_test", ENDPOINT_KEY) is None
