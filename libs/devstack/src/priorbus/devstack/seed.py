"""What a new stack is filled with: two tenants with an API key each, the example catalogue, and a provider, by the `priorbus` command."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.errors import DevstackError

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
    keys = [answer["key"] for answer in run_batch(env, commands)[-len(TENANTS) :]]
    seed = Seed(*keys)
    path = root / "seed.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(seed)))
    return seed


def run_batch(env: Mapping[str, str], commands: Sequence[Sequence[str]]) -> list[Any]:
    """Run `priorbus ... --json` commands one after the other in one process; their parsed answers. Raises DevstackError."""
    order = json.dumps([[*command, "--json"] for command in commands])
    return [json.loads(answer) for answer in json.loads(_python(env, "priorbus.devstack.command_batch", [], order))]


def run_priorbus(env: Mapping[str, str], *arguments: str) -> Any:
    """Run `priorbus ... --json` with these settings; its parsed answer. Raises DevstackError with what it printed."""
    return json.loads(_python(env, "priorbus.runtime.cli", [*arguments, "--json"], ""))


def _python(env: Mapping[str, str], module: str, arguments: Sequence[str], given: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env={**os.environ, **env}, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DevstackError(f"{module} {' '.join(arguments)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout
