"""A client that never gives up on a write, and remembers what it was promised."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer, ApiError, Client

AGAIN = {429, 500, 502, 503, 504}
"""Statuses after which the same request is sent again."""


@dataclass
class Ledger:
    """What one case's owner was promised: the values accepted in order, and the operations it was handed."""

    case_id: str = ""
    accepted: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)


class PersistentClient:
    """Sends each write with a key of its own until it is answered for good, however often the connection or the service breaks."""

    def __init__(self, client: Client, deadline: float = 240) -> None:
        self._client = client
        self._deadline = deadline
        self.ledger = Ledger()

    async def open_case(self) -> Answer:
        """Create the case of this client."""
        answer = await self._write("POST", AUTHORIZATIONS, cases.mri_create(questionnaireResponse={"item": cases.full_answers()}))
        self.ledger.case_id = answer.json["id"]
        return answer

    async def patch(self, version: int, value: str) -> Answer:
        """Change one answer of the case to a value never used before."""
        body = cases.answers(cases.item("patient.middleName", cases.text(value)))
        path = f"{AUTHORIZATIONS}/{self.ledger.case_id}/answers"
        answer = await self._write("PATCH", path, body, if_match=f'"{version}"')
        self.ledger.accepted.append(value)
        return answer

    async def _write(self, method: str, path: str, body: Any, **options: Any) -> Answer:
        key = secrets.token_hex(12)
        async with asyncio.timeout(self._deadline):
            while True:
                answer = await self._attempt(method, path, body, key=key, **options)
                if answer is not None and answer.status == 202:
                    self.ledger.operations.append(answer.headers["Location"])
                    await self._settled(answer.headers["Location"])
                elif answer is not None and answer.status < 300:
                    return answer
                elif answer is not None and not _worth_repeating(answer):
                    raise ApiError(method, path, answer)
                await asyncio.sleep(0.2)

    async def _attempt(self, method: str, path: str, body: Any, **options: Any) -> Answer | None:
        try:
            answer = await self._client.call(method, path, body, **options)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return None
        if answer.status == 500:
            self.ledger.server_errors.append(f"{method} {path}: {answer.body[:200]!r}")
        return answer

    async def _settled(self, location: str) -> Any:
        """Wait until an operation is terminal; the write is then repeated under its key and replays."""
        while True:
            answer = await self._attempt("GET", location, None)
            if answer is not None and answer.status == 200 and answer.json["status"] != "pending":
                return answer.json
            await asyncio.sleep(0.2)


def _worth_repeating(answer: Answer) -> bool:
    return answer.status in AGAIN or (answer.status == 409 and answer.error_code == "idempotency_in_progress")
