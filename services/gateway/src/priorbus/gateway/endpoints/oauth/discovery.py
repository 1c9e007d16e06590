"""GET .well-known/smart-configuration and the server's own key set."""

from priorbus.gateway.endpoints.answers import json_answer
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.oauth.metadata import smart_configuration

_CACHED = {"Cache-Control": "public, max-age=300"}


async def read_configuration(gateway: Gateway, call: Call) -> Answer:
    """The discovery document, always application/json."""
    return json_answer(smart_configuration(gateway.settings.public_base_url), headers=_CACHED)


async def read_keys(gateway: Gateway, call: Call) -> Answer:
    """Access tokens are opaque, so there is no key to check them with."""
    return json_answer({"keys": []}, headers=_CACHED)
