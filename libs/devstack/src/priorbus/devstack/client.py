"""A small EHR-side client of the Priorbus HTTP API, as the demo, the tests and the benchmark use it."""

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar, Self

import aiohttp

from priorbus.devstack import cases

AUTHORIZATIONS = "/v1/prior-auth/authorizations"
"""Authorizations in style B, which the named operations of `Client` use."""
PRIOR_AUTHORIZATIONS = "/v1/prior-authorizations"
"""The same authorizations in style C."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, body read. `json` is None when there is no JSON body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body) if self.body else None

    @property
    def etag(self) -> str:
        """The entity tag, quoted, as If-Match wants it."""
        return self.headers["ETag"]

    @property
    def error_code(self) -> str:
        """The registry code of an error body in any rendering."""
        body = self.json
        if "error" in body:
            return str(body["error"]["code"])
        if body.get("resourceType") == "OperationOutcome":
            return str(body["issue"][0]["details"]["coding"][0]["code"])
        if "error_codes" in body:
            fields = "validation_failed" if self.status == HTTPStatus.UNPROCESSABLE_ENTITY else "bad_request"
            return fields if "errors" in body else str(body["error_codes"]["base"])
        return str(body["code"])


Observer = Callable[[str, str, Answer], None]


class ApiError(Exception):
    """An answer that the caller did not expect."""

    def __init__(self, method: str, path: str, answer: Answer) -> None:
        super().__init__(f"{method} {path} answered {answer.status}: {answer.body[:2000].decode(errors='replace')}")
        self.answer = answer


class Client:
    """One caller with one credential. `call` returns any answer; the named operations raise ApiError unless they succeed."""

    observers: ClassVar[list[Observer]] = []
    """Told of every answer of Priorbus, whichever client got it: method, decoded path, answer."""

    def __init__(self, base_url: str, credential: str | None, *, connections: int = 100) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=aiohttp.ClientTimeout(total=60),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session:
            await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        if_match: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request. `body` is sent as JSON unless it is bytes already; `path` may be an absolute URL (uploads)."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        url = path if path.startswith("http") else self._base_url + path
        sent = {} if path.startswith("http") else dict(self._headers)
        if if_match is not None:
            sent["If-Match"] = if_match
        if key is not None:
            sent["Idempotency-Key"] = key
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None and not path.startswith("http"):
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        async with self._session.request(
            method, url, data=io.BytesIO(data) if data else data, headers=sent, allow_redirects=False
        ) as response:
            answer = Answer(response.status, response.headers.copy(), await response.read())
        for observe in self.observers if url.startswith(self._base_url) else ():
            observe(method, response.url.path, answer)
        return answer

    async def succeed(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Like `call`, but raises ApiError on a status of 300 and above."""
        answer = await self.call(method, path, body, **options)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ApiError(method, path, answer)
        return answer

    async def create(self, body: Any = None, **options: Any) -> Answer:
        """Open a case; the MRI example without answers by default."""
        return await self.succeed("POST", AUTHORIZATIONS, body or cases.mri_create(), **options)

    async def get(self, authorization_id: str) -> Answer:
        """Read a case."""
        return await self.succeed("GET", f"{AUTHORIZATIONS}/{authorization_id}")

    async def patch(self, authorization_id: str, etag: str, *items: Any, **options: Any) -> Answer:
        """Send answers."""
        return await self.succeed("PATCH", f"{AUTHORIZATIONS}/{authorization_id}/answers", cases.answers(*items), if_match=etag, **options)

    async def ready_file(self, content: bytes | None = None, name: str = "clinical-note.pdf") -> str:
        """Create, upload and complete a PDF; returns the file id."""
        request = {"fileName": name, "contentType": "application/pdf", "purpose": "authorization_attachment"}
        created = (await self.succeed("POST", "/v1/files", request)).json
        upload = created["upload"]
        await self.succeed(upload["method"], upload["url"], content or cases.pdf(), headers=upload["headers"])
        await self.succeed("POST", f"/v1/files/{created['file']['id']}/complete")
        return str(created["file"]["id"])

    async def attach(self, authorization_id: str, etag: str, file_id: str, *types: str, **options: Any) -> Answer:
        """Link a ready file; as clinical notes by default."""
        body = {"fileId": file_id, "documentTypes": list(types) or ["clinical_notes"], "description": "Most recent visit note"}
        return await self.succeed("POST", f"{AUTHORIZATIONS}/{authorization_id}/attachments", body, if_match=etag, **options)

    async def confirm(self, case: Answer, **options: Any) -> Answer:
        """Carry out the open action of a case as it was last answered."""
        body = {"nextActionId": case.json["nextAction"]["id"]}
        return await self.succeed("POST", f"{AUTHORIZATIONS}/{case.json['id']}/confirm", body, if_match=case.etag, **options)

    async def advance_case(self, member_id: str = "SBX-APPROVE", policy: str = "automatic") -> Answer:
        """A case with every blocker cleared, waiting for confirmation."""
        body = cases.mri_create(policy={"finalSubmission": policy}, questionnaireResponse={"item": cases.full_answers(member_id)})
        created = await self.create(body)
        return await self.attach(created.json["id"], created.etag, await self.ready_file())

    async def until(self, authorization_id: str, *statuses: str, seconds: float = 10) -> Answer:
        """Poll a case until it has one of the statuses (also `status:action type` or an outcome)."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            answer = await self.get(authorization_id)
            case = answer.json
            here = f"{case['status']}:{case.get('nextAction', {}).get('type')}"
            if {case["status"], here, case["outcome"]} & set(statuses):
                return answer
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{authorization_id} is {here}, not {statuses}")
            await asyncio.sleep(0.05)

    async def timeline(self, authorization_id: str) -> list[Any]:
        """Every timeline entry of a case."""
        entries: list[Any] = []
        cursor = ""
        while True:
            path = f"{AUTHORIZATIONS}/{authorization_id}/events?limit=100" + (f"&cursor={cursor}" if cursor else "")
            page = (await self.succeed("GET", path)).json
            entries += page["data"]
            if not page["pagination"]["hasMore"]:
                return entries
            cursor = page["pagination"]["nextCursor"]
