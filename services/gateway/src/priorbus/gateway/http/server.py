"""The HTTP server, which also answers what is no HTTP request in the form of everything else (Conventions 2, 8.1)."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp.web import BaseRequest, RequestHandler, Response, Server, StreamResponse

Handle = Callable[[BaseRequest], Awaitable[StreamResponse]]
Refuse = Callable[[bool], Response]
"""The answer to what never became a request; the argument tells whether the client is at fault."""
_MAX_LINE = 128 * 1024
"""The longest request line. Twenty filters of 2 KiB, percent-encoded throughout, have to fit in (patient-attachments.md 8.1.2)."""


class ApiServer(Server):
    """Hands requests to `handle`; what can not be read as one is answered by `refuse`, and its connection closed."""

    def __init__(self, handle: Handle, refuse: Refuse) -> None:
        super().__init__(handle, access_log=None, auto_decompress=False, max_line_size=_MAX_LINE)
        self.refuse = refuse

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    """aiohttp's own answer would be in a form that no document describes, and name the library."""

    def __init__(self, server: ApiServer, **options: Any) -> None:
        super().__init__(server, **options)
        self._refuse = server.refuse

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> StreamResponse:
        """Called for what the parser refuses, and for what a handler lets through."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was sent already")
        answer = self._refuse(status < HTTPStatus.INTERNAL_SERVER_ERROR)
        answer.force_close()
        return answer
