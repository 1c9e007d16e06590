"""What the interactions with Subscriptions share."""

import re

from priorbus.contracts.messages import Message
from priorbus.gateway.endpoints.fhir.forwarding import fhir_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import bad_request

_NUMBER = re.compile("[0-9]{1,18}")
_VERSION = re.compile(r'(?:W/)?"(0|[1-9][0-9]{0,17})"')


async def carry_out(gateway: Gateway, call: Call, message: Message) -> Answer:
    """The owner's answer; an OperationOutcome comes beside a refusal, so that no Idempotency-Key keeps it."""
    deadline = await gateway.reply_deadlines.of(call.tenant)
    reply = await gateway.commands.run_at_once(call, message.wire_type, message.model_dump(mode="json"), deadline, shows_refused=True)
    answer = fhir_answer(reply["result"], call)
    if reply.get("replayed"):
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def seen_version(call: Call) -> int | None:
    """The version in `If-Match`, `W/"n"` or `"n"`, None without the header. Raises Problem (400) on any other form."""
    values = call.request.headers.getall("If-Match", ())
    if not values:
        return None
    form = _VERSION.fullmatch(values[0].strip()) if len(values) == 1 else None
    if form is None:
        raise bad_request("invalid_if_match", 'If-Match must be one entity tag such as W/"17".')
    return int(form[1])


def whole_number(call: Call, name: str) -> int | None:
    """A query parameter that is a number of an event, None without it. Raises Problem (400)."""
    values = [value for known, value in call.query if known == name]
    if not values:
        return None
    if len(values) > 1 or _NUMBER.fullmatch(values[0]) is None:
        raise bad_request("unknown_parameter", f"{name} must be one whole number.")
    return int(values[0])
