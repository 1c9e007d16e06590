"""Bodies of a remote's answers: bounded, and JSON or nothing."""

from typing import Any

import aiohttp

from priorbus.fhir_pas.domain.fhir_json import MalformedJsonError, parse_object

LARGEST_BYTES = 50 * 1024 * 1024


async def read_json(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The object in the body; empty when there is none, or it is too large."""
    raw = await answer.content.read(LARGEST_BYTES + 1)
    while len(raw) <= LARGEST_BYTES and (more := await answer.content.read(LARGEST_BYTES + 1 - len(raw))):
        raw += more
    if len(raw) > LARGEST_BYTES:
        return {}
    try:
        return parse_object(raw)
    except MalformedJsonError:
        return {}
