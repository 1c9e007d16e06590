"""GET and POST /v1/providers, GET /v1/providers/{npi} (authorizations.md 7.2)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.gateway.endpoints.answers import json_answer, page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.body_members import Metadata, Npi
from priorbus.gateway.presentation.provider import render_provider

ROOT = "/v1/providers"


class ProviderBody(Body):
    """The request body."""

    npi: Npi
    display_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    tax_id: Annotated[str, StringConstraints(max_length=20)] | None = None
    status: Literal["active", "inactive"] = "active"
    metadata: Metadata = Field(default_factory=dict)


async def register_provider(gateway: Gateway, call: Call) -> Answer:
    """Add a provider to the tenant."""
    findings = Findings()
    body = findings.validated(ProviderBody, call.body)
    data = {"schema_refusal": findings.refusal()} if body is None else body.model_dump()
    npi = "" if body is None else body.npi

    async def present(result: Mapping[str, Any]) -> Answer:
        provider = result["provider"]
        return json_answer(render_provider(provider), 201, {"Location": f"{ROOT}/{provider['npi']}"})

    return await gateway.commands.run(call, RegisterProvider.wire_type, data, Target("provider", npi, f"{ROOT}/{npi}"), present)


async def read_provider(gateway: Gateway, call: Call) -> Answer:
    """A provider of the tenant."""
    provider = await gateway.catalogue.provider(call.tenant, call.path["npi"])
    if provider is None:
        raise Problem("provider_not_found")
    return json_answer(render_provider(provider))


async def list_providers(gateway: Gateway, call: Call) -> Answer:
    """The tenant's providers by NPI."""
    providers, following = await gateway.catalogue.providers(call)
    return page_answer([render_provider(provider) for provider in providers], following)
