"""A database for leases."""

from collections.abc import AsyncIterator

import pytest

from priorbus.runtime.mongo import Store


@pytest.fixture
async def store(mongo_url: str, database_prefix: str) -> AsyncIterator[Store]:
    async with Store.open(mongo_url, f"{database_prefix}_deliveries") as opened:
        yield opened
