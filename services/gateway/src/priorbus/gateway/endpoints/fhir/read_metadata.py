"""GET {base}/metadata: https://hl7.org/fhir/R4/http.html#capabilities (fhir-pas 20)."""

import orjson

from priorbus.gateway.endpoints.fhir.forwarding import base_of
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import FHIR_JSON
from priorbus.gateway.presentation.fhir.capability_statement import capability_statement


async def read_metadata(gateway: Gateway, call: Call) -> Answer:
    """Public, and good for five minutes."""
    body = orjson.dumps(capability_statement(base_of(call), gateway.settings.public_base_url))
    return Answer(200, body, {"Cache-Control": "public, max-age=300"}, f"{FHIR_JSON}; charset=utf-8")
