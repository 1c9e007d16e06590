"""GET {base}/metadata: https://hl7.org/fhir/R4/http.html#capabilities (fhir-pas 20)."""

import orjson

from priorbus.gateway.endpoints.fhir.forwarding import base_of
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import FHIR_JSON
from priorbus.gateway.presentation.fhir.capability_statement import Limits, capability_statement


async def read_metadata(gateway: Gateway, call: Call) -> Answer:
    """Public, and good for five minutes."""
    settings = gateway.settings
    limits = Limits(settings.fhir_body_max_bytes, settings.fhir_attachment_max_bytes, settings.fhir_attachments_max)
    body = orjson.dumps(capability_statement(base_of(call), settings.public_base_url, limits))
    return Answer(200, body, {"Cache-Control": "public, max-age=300"}, f"{FHIR_JSON}; charset=utf-8")
