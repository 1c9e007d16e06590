"""POST {base}/Claim/$inquire (fhir-pas 13): https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-inquiry.html."""

from priorbus.contracts.commands.fhir_pas import InquireClaim
from priorbus.gateway.endpoints.fhir.submit_claim import forwarded
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call


async def inquire_claim(gateway: Gateway, call: Call) -> Answer:
    """As for `$submit`, but never replayed; the owner is told which NPIs the client may ask for."""
    base = call.template.removesuffix("/Claim/$inquire")
    return await forwarded(gateway, call, InquireClaim.wire_type, base, keyed=False, npis=list(call.principal.npis))
