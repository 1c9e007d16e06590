"""What FHIR endpoints have in common: the request goes to its owner, and the owner's answer to the client, both unchanged."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from priorbus.contracts.commands.fhir_access import Caller, FhirBody
from priorbus.contracts.messages import Message
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import fhir_type
from priorbus.gateway.oauth.clients import BASES

INLINE_BYTES = 256 * 1024


def base_of(call: Call) -> str:
    """The base that is called."""
    return next((base for base in BASES if call.template.startswith(base + "/")), BASES[0])


def caller_of(call: Call) -> Caller:
    """What the owner needs to know of the client."""
    principal = call.principal
    return Caller(
        scopes=tuple(sorted(principal.scopes)),
        identifiers=principal.identifiers,
        npis=principal.npis,
        tenant_wide=principal.tenant_wide,
    )


async def body_of(gateway: Gateway, call: Call) -> FhirBody:
    """The body, or where it is."""
    return FhirBody(media_type=call.request.content_type, size=len(call.raw), **await claim_check(gateway, call))


async def claim_check(gateway: Gateway, call: Call) -> dict[str, str]:
    """A small body as text. What is large or no text goes to the object store ahead of the command, which then only names it."""
    sha256 = hashlib.sha256(call.raw).hexdigest()
    if len(call.raw) <= INLINE_BYTES:
        with suppress(UnicodeDecodeError):
            return {"sha256": sha256, "body": call.raw.decode()}
    key = f"raw/{call.tenant}/{sha256}"
    await gateway.objects.put(key, call.raw, content_type=call.request.content_type)
    return {"sha256": sha256, "body_key": key}


async def command(gateway: Gateway, call: Call, message: Message) -> Answer:
    """Carry a command out; FHIR endpoints never answer 202. An OperationOutcome comes beside a refusal: no Idempotency-Key keeps it."""
    deadline, data = await gateway.reply_deadlines.of(call.tenant), message.model_dump(mode="json")
    reply = await gateway.commands.run_at_once(call, message.wire_type, data, deadline, shows_refused=True)
    answer = fhir_answer(reply["result"], call)
    if reply.get("replayed"):
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


async def ask(gateway: Gateway, call: Call, message: Message) -> Mapping[str, Any]:
    """The result of a query. Raises Problem with a refusal, or 503 when no reply comes in time."""
    deadline = await gateway.reply_deadlines.of(call.tenant)
    return await gateway.questions.ask(call, message.wire_type, message.model_dump(mode="json"), deadline=deadline)


def fhir_answer(result: Mapping[str, Any], call: Call) -> Answer:
    """The owner's answer in the media type that the client accepts."""
    call.touched = tuple(result.get("resources", ()))
    headers = {name: value for name, value in result["headers"].items() if name.lower() != "content-type"}
    headers.setdefault("Cache-Control", "no-store")
    return Answer(result["status"], result["body"].encode(), headers, fhir_type(call.request.headers.get("Accept", "")))
