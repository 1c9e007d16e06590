"""POST, GET and DELETE on /v1/api-keys (Conventions 3.3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import orjson
from pydantic import Field, StringConstraints

from priorbus.gateway.credentials import api_key
from priorbus.gateway.credentials.key_record import NewKey, key_record
from priorbus.gateway.credentials.principal import Principal
from priorbus.gateway.credentials.scopes import API_SCOPES
from priorbus.gateway.endpoints.answers import json_answer, page_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.http.schema import Body, Findings
from priorbus.gateway.operations.own_writes import Written
from priorbus.gateway.presentation.api_key import render_api_key
from priorbus.gateway.presentation.moments import parse_moment
from priorbus.runtime.clock import to_milliseconds
from priorbus.runtime.mongo.driver import Session

ROOT = "/v1/api-keys"


class ApiKeyBody(Body):
    """The request body."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=50, json_schema_extra={"items": {"enum": sorted(API_SCOPES)}})]
    expires_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})] | None = None


async def create_api_key(gateway: Gateway, call: Call) -> Answer:
    """Make a key and show it, once. It can do nothing that its maker can not."""

    async def write(session: Session) -> Written:
        wanted = _wanted(gateway, call)
        _require_own(call.principal, wanted.scopes)
        secret, key_id = api_key.mint(gateway.settings.environment), gateway.new_id("key")
        record = key_record(key_id, secret, wanted, gateway.clock())
        await gateway.api_keys.insert(record, session)
        call.resource_id = key_id
        shown = render_api_key(record)
        return Written(
            json_answer({**shown, "key": secret}, 201, {"Location": f"{ROOT}/{key_id}"}),
            kept=orjson.dumps({**shown, "key": None}),
        )

    return await gateway.own_writes.run(call, write)


def _wanted(gateway: Gateway, call: Call) -> NewKey:
    findings = Findings()
    body = findings.validated(ApiKeyBody, call.body)
    if body is None:
        raise Problem("bad_request", issues=findings.issues)
    for number, scope in enumerate(body.scopes):
        if scope not in API_SCOPES:
            findings.add("invalid_value", ("scopes", number))
    expires_at = None if body.expires_at is None else _future(body.expires_at, gateway.clock(), findings)
    if findings.issues:
        raise Problem("bad_request", issues=findings.issues)
    return NewKey(call.tenant, body.name, body.scopes, expires_at)


def _future(text: str, now: datetime, findings: Findings) -> datetime | None:
    try:
        moment = to_milliseconds(parse_moment(text))
    except ValueError:
        moment = now
    if moment <= now:
        findings.add("invalid_value", ("expiresAt",))
    return moment


def _require_own(principal: Principal, scopes: Iterable[str]) -> None:
    beyond = sorted({scope for scope in scopes if not principal.may(scope)})
    if beyond:
        raise Problem("insufficient_permissions", details={"requiredScopes": beyond})


async def list_api_keys(gateway: Gateway, call: Call) -> Answer:
    """The tenant's keys, newest first, without the keys themselves."""
    records, following = await gateway.api_keys.page(call)
    return page_answer([render_api_key(record) for record in records], following)


async def require_api_key(gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed key."""
    if not await gateway.api_keys.exists(call.tenant, call.path["key_id"]):
        raise Problem("api_key_not_found")


async def revoke_api_key(gateway: Gateway, call: Call) -> Answer:
    """End a key for good. It works nowhere any more after five seconds; to revoke it again changes nothing."""
    await require_api_key(gateway, call)

    async def write(session: Session) -> Written:
        await gateway.api_keys.revoke(call.tenant, call.path["key_id"], gateway.clock(), session)
        return Written(Answer(204))

    return await gateway.own_writes.run(call, write)
