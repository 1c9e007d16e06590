"""Columns of every type, as a list has them."""

import pytest

from priorbus.gateway.filters.columns import Column, Columns


@pytest.fixture
def columns() -> Columns:
    kinds = {"archived_at": "date-time", "created_at": "date-time", "filename": "string", "id": "int64", "size": "integer"}
    return {name: Column(name, kind) for name, kind in kinds.items()}  # type: ignore[arg-type]
