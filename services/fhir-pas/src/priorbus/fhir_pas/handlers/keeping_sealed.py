"""Requests that hold a receiver's secrets are kept as well, sealed as its headers are (fhir-pas.md 17 and 19)."""

from typing import Any

from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import RAW_REQUESTS
from priorbus.fhir_pas.handlers.keeping import MADE_NOTHING_FOR, is_no_json, raw_request
from priorbus.runtime.handling import Context, Handler, LastingRefusal, Result
from priorbus.runtime.sealing import Sealer


def keeping_sealed(operation: str, handle: Handler, sealer: Sealer) -> Handler:
    """The same handler, keeping the body of each message whatever came of it, if it was JSON at all.

    No authorization comes of it, so it is kept for as long as an inquiry. A body so large that it came by an object is kept without its
    bytes: those lie there in the clear, and go with the sweep.
    """

    async def run(command: Any, context: Context) -> Result | Refusal:
        result: Any = await handle(command, context)
        shown: Any = result.result if isinstance(result, LastingRefusal) else result
        if not is_no_json(context.observed):
            raw = raw_request(context, command.base, operation, command.request, context.envelope.id, shown["status"])
            sealed = None if command.request.body is None else sealer.seal(command.request.body)
            kept = {"body": sealed, "body_key": None, "sealed": True, "expires_at": context.now + MADE_NOTHING_FOR}
            context.work.put(RAW_REQUESTS, context.tenant, raw.model_copy(update=kept))
        return result  # type: ignore[no-any-return]

    return run
