"""What a new stack is filled with: two tenants with an API key each, the example catalogue, and a provider, by the `priorbus` command."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.commands import run_commands

TENANT = "t_acme"
OTHER_TENANT = "t_borealis"
TENANTS = (TENANT, OTHER_TENANT)


@dataclass(frozen=True)
class Seed:
    """One key with every scope for each of the two tenants."""

    api_key: str
    api_key_other_tenant: str


def read_seed(root: Path) -> Seed | None:
    """None where nothing has been seeded."""
    try:
        return Seed(**json.loads((root / "seed.json").read_text()))
    except FileNotFoundError:
        return None


def seed_tenants(root: Path, env: Mapping[str, str]) -> Seed:
    """Fill a stack whose services are ready. Raises DevstackError when a command fails."""
    commands = [
        *(["tenants", "create", tenant, "--name", tenant.removeprefix("t_").title()] for tenant in TENANTS),
        ["catalog", "load"],
        *(["providers", "register", "--tenant", tenant, "--npi", PROVIDER_NPI, "--name", "Evergreen Imaging"] for tenant in TENANTS),
        *(["keys", "create", "--tenant", tenant, "--name", "dev", "--scope", "*"] for tenant in TENANTS),
    ]
    keys = [answer["key"] for answer in run_commands(env, *commands)[-len(TENANTS) :]]
    seed = Seed(*keys)
    path = root / "seed.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(seed)))
    return seed
