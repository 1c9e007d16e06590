"""Two tenants of one stack: the requests of one are decided by the other, as by a payer elsewhere."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from priorbus.devstack.stack import Stack


@dataclass(frozen=True)
class Partners:
    """`provider_token` is of a client of the tenant that sends, `payer_token` of its registration at the tenant that decides.

    `api_key` has all scopes of the tenant that sends.
    """

    provider: str
    payer: str
    provider_token: str
    payer_token: str
    api_key: str


def partners(
    stack: Stack, folder: Path, base: str, *, origin: str | None = None, poll_seconds: int = 1, subscribes: bool = False
) -> Partners:
    """Make both tenants; the payer is reached at this base below `origin`, by default the stack's first gateway. Blocks.

    With `subscribes` the sender keeps a Subscription at the payer.
    """
    provider, payer = (f"t_{secrets.token_hex(6)}" for _ in range(2))
    private, public = folder / f"{provider}.key.json", folder / f"{provider}.jwks.json"
    public.write_text(json.dumps(stack.priorbus("pas", "endpoint", "key", str(private))))
    client = f"cli_{provider}"
    endpoint = ["--base-url", f"{origin or stack.base_url}{base}", "--token-url", f"{stack.base_url}/auth/token"]
    identity = ["--client", client, "--key", str(private), "--poll-seconds", str(poll_seconds)]
    registered = ["--identifier", client] if subscribes else []
    identity += ["--known-as", client] if subscribes else []
    _, _, _, _, key, provider_token, payer_token = stack.priorbus_batch(
        ["tenants", "create", provider],
        ["tenants", "create", payer],
        ["fhir", "clients", "create", "--tenant", payer, "--id", client, "--jwks", str(public), *registered],
        ["pas", "endpoint", "set", "--tenant", provider, *endpoint, *identity],
        ["keys", "create", "--tenant", provider, "--name", "test", "--scope", "*"],
        ["fhir", "token", "--tenant", provider, "--client", "ehr1"],
        ["fhir", "token", "--tenant", payer, "--client", client],
    )
    return Partners(provider, payer, provider_token["access_token"], payer_token["access_token"], key["key"])
