import pytest

from priorbus.fhir_pas.adapters.request_bodies import StoredRequestBodies
from priorbus.runtime.handling import TransientError
from priorbus.runtime.testing.objects import MemoryObjectStore


async def test_a_body_comes_whole() -> None:
    objects, body = MemoryObjectStore(), b"x" * 200_000
    await objects.put("raw/t_test/1", body, content_type="application/fhir+json")
    assert await StoredRequestBodies(objects).read("raw/t_test/1") == body


async def test_a_store_that_is_away_is_tried_again_later() -> None:
    objects = MemoryObjectStore()
    objects.available = False
    with pytest.raises(TransientError):
        await StoredRequestBodies(objects).read("raw/t_test/1")
