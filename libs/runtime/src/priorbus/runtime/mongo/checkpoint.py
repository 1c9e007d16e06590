"""How far a relay has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.runtime.mongo.driver import QUICK, Database
from priorbus.runtime.mongo.errors import translated_errors

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything up to `token` is published; `at` is the time of the last row before it."""

    token: Mapping[str, Any]
    at: datetime


class Checkpoints:
    """The row of one relay in `checkpoints`. Raises StoreUnavailable."""

    def __init__(self, database: Database, name: str) -> None:
        self._rows = database.get_collection(CHECKPOINTS, write_concern=QUICK)
        self._name = name

    async def read(self) -> Checkpoint | None:
        """The last one, None before the first."""
        with translated_errors():
            row = await self._rows.find_one({"_id": self._name})
        return None if row is None else Checkpoint(row["token"], row["at"])

    async def write(self, checkpoint: Checkpoint) -> None:
        """Note it. One that is lost or older only causes messages to be sent twice."""
        with translated_errors():
            await self._rows.replace_one({"_id": self._name}, {"token": checkpoint.token, "at": checkpoint.at}, upsert=True)
