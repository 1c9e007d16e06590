"""POST {base}/$submit-attachment: http://hl7.org/fhir/us/davinci-cdex/OperationDefinition/submit-attachment (fhir-pas 16)."""

from priorbus.contracts.commands.fhir_access import SubmitAttachment
from priorbus.gateway.endpoints.fhir.forwarding import base_of, body_of, caller_of, command
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def submit_attachment(gateway: Gateway, call: Call) -> Answer:
    """The owner checks the scopes, because they depend on the contents."""
    message = SubmitAttachment(base=base_of(call), caller=caller_of(call), request=await body_of(gateway, call))
    return await command(gateway, call, message)
