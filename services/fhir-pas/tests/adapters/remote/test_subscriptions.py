"""Our Subscription at a remote, which a process may die over at any point (fhir-pas.md 22)."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc.jwk import ECKey
from pydantic import SecretStr

from priorbus.contracts.commands.fhir_payers import KeepPayerSubscription, callback_owner
from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls
from priorbus.fhir_pas.adapters.remote.subscriptions import RemoteSubscriptions
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.aggregates import PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY, PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription
from priorbus.fhir_pas.handlers.keep_payer_subscription import KeepPayerSubscriptionHandler
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.handling import Subscription
from priorbus.runtime.mongo.transactional import Changes
from priorbus.runtime.outgoing import OutgoingGuard, outgoing_session
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.settlement import StoreUnavailable
from priorbus.runtime.testing.handlers import TENANT, Stage

SEALER = Sealer([SecretStr(base64.urlsafe_b64encode(b"k" * 32).decode())])
KEY = ECKey.generate_key("P-384", {"kid": "key-1"})
WANTED = PayerSubscription(id="psub_1", filters=("ORG-1", "urn:example|ORG-2"))


@dataclass
class Remote:
    """Keeps Subscriptions like a server; with `status` it refuses every call about them.

    While it is `cut_off` what it does about a new one is not heard of. With `shows_all` it does not know the search parameter.
    """

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    status: int = 0
    cut_off: bool = False
    shows_all: bool = False

    async def token(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token", "expires_in": 300})

    async def all(self, request: web.Request) -> web.Response:
        if self.status:
            return web.json_response({"resourceType": "OperationOutcome"}, status=self.status)
        if request.method == "GET":
            found = [one for one in self.kept.values() if self.shows_all or one["channel"]["endpoint"] == request.query["url"]]
            return web.json_response({"resourceType": "Bundle", "entry": [{"resource": one} for one in found]})
        resource = {**await request.json(), "id": f"s-{len(self.kept) + 1}"}
        self.kept[resource["id"]] = resource
        self.written.append("POST")
        if self.cut_off and request.transport is not None:
            request.transport.close()
        return web.json_response(resource, status=201)

    async def one(self, request: web.Request) -> web.Response:
        known = self.kept.get(request.match_info["id"])
        if known is None:
            return web.json_response({"resourceType": "OperationOutcome"}, status=404)
        if request.method == "PUT":
            self.kept[known["id"]] = known = await request.json()
            self.written.append("PUT")
        return web.json_response(known)


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
async def base_url(remote: Remote) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/token", remote.token)
    app.router.add_route("*", "/fhir/Subscription", remote.all)
    app.router.add_route("*", "/fhir/Subscription/{id}", remote.one)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def subscriptions() -> AsyncIterator[RemoteSubscriptions]:
    guard = OutgoingGuard(frozenset({"127.0.0.1"}))
    async with outgoing_session(guard, timeout_seconds=5) as session:
        yield RemoteSubscriptions(RemoteCalls(session, guard, Tokens(session, guard, SEALER)), SEALER, "https://pas.example.test")


@pytest.fixture
def endpoint(base_url: str) -> PayerEndpoint:
    return PayerEndpoint(
        base_url=f"{base_url}/fhir",
        token_url=f"{base_url}/token",
        client_id="us",
        kid="key-1",
        algorithm="ES384",
        sealed_key=SEALER.seal(json.dumps(KEY.as_dict(private=True))),
        subscription=WANTED,
    )


def having(endpoint: PayerEndpoint, subscription: PayerSubscription) -> PayerEndpoint:
    return endpoint.model_copy(update={"subscription": subscription})


async def test_it_is_made_with_a_secret_of_its_own(subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote) -> None:
    kept = await subscriptions.keep(endpoint, "t_test")
    assert (kept.remote_id, kept.status, kept.events) == ("s-1", "requested", 0)
    channel = remote.kept["s-1"]["channel"]
    assert channel["endpoint"] == "https://pas.example.test/payer-notifications/psub_1"
    (line,) = channel["header"]
    name, _, secret = line.partition(": Bearer ")
    assert (name, callback_owner(SEALER.open(secret.encode()))) == ("Authorization", ("t_test", "psub_1"))
    (criteria,) = remote.kept["s-1"]["_criteria"]["extension"]
    assert criteria["valueString"] == "org-identifier=ORG-1,urn:example|ORG-2"


async def test_one_that_was_made_before_a_crash_is_found(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote
) -> None:
    await subscriptions.keep(endpoint, "t_test")
    assert (await subscriptions.keep(endpoint, "t_test")).remote_id == "s-1"
    assert remote.written == ["POST"]


async def test_one_whose_making_was_not_heard_of_is_found(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote
) -> None:
    remote.cut_off = True
    with pytest.raises(PayerUnreachable):
        await subscriptions.keep(endpoint, "t_test")
    remote.cut_off = False
    assert (await subscriptions.keep(endpoint, "t_test")).remote_id == "s-1"
    assert remote.written == ["POST"]


async def test_one_of_another_callback_is_not_taken_for_ours(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote
) -> None:
    remote.shows_all = True
    other = await subscriptions.keep(having(endpoint, WANTED.model_copy(update={"id": "psub_2"})), "t_other")
    assert [(await subscriptions.keep(endpoint, "t_test")).remote_id for _ in range(2)] == ["s-2", "s-2"]
    assert (other.remote_id, remote.written) == ("s-1", ["POST", "POST"])


@pytest.mark.parametrize("side", ["before", "after"])
async def test_dying_at_the_record_leaves_one(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    stage, handler = Stage(), KeepPayerSubscriptionHandler(subscriptions)
    await stage.store.put(PAYER_ENDPOINTS, TENANT, endpoint)
    row = Subscription(KeepPayerSubscription, handler.handle, observe=handler.observe)
    commit = stage.store.commit

    async def dies(changes: Changes) -> None:
        if side == "after":
            await commit(changes)
        raise StoreUnavailable

    monkeypatch.setattr(stage.store, "commit", dies)
    with pytest.raises(StoreUnavailable):
        await stage.run(row, KeepPayerSubscription(subscription_id=WANTED.id))
    monkeypatch.setattr(stage.store, "commit", commit)
    await stage.run(row, KeepPayerSubscription(subscription_id=WANTED.id))
    found = await stage.store.get(PAYER_ENDPOINTS, TENANT, ENDPOINT_KEY)
    assert found is not None
    assert found.subscription == WANTED.model_copy(update={"remote_id": "s-1", "status": "requested"})
    assert (remote.written, len(stage.store.timers)) == (["POST"], 1)


async def test_one_in_error_is_brought_back_and_keeps_its_numbers(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote
) -> None:
    kept = (await subscriptions.keep(endpoint, "t_test")).model_copy(update={"events": 7})
    remote.kept["s-1"]["status"] = "active"
    assert (await subscriptions.keep(having(endpoint, kept), "t_test")).status == "active"
    remote.kept["s-1"]["status"] = "error"
    again = await subscriptions.keep(having(endpoint, kept), "t_test")
    assert (again.remote_id, again.status, again.events) == ("s-1", "requested", 7)
    assert remote.written == ["POST", "PUT"]


@pytest.mark.parametrize("end", ["off", "gone"])
async def test_one_that_the_payer_has_ended_is_made_anew(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote, end: str
) -> None:
    kept = (await subscriptions.keep(endpoint, "t_test")).model_copy(update={"events": 7})
    if end == "off":
        remote.kept["s-1"]["status"] = "off"
    else:
        remote.kept["other"] = remote.kept.pop("s-1")
    again = await subscriptions.keep(having(endpoint, kept), "t_test")
    assert (again.remote_id, again.status, again.events) == ("s-2", "requested", 0)


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
async def test_a_payer_that_does_not_take_it(
    subscriptions: RemoteSubscriptions, endpoint: PayerEndpoint, remote: Remote, status: int
) -> None:
    remote.status = status
    with pytest.raises(PayerUnreachable):
        await subscriptions.keep(endpoint, "t_test")
