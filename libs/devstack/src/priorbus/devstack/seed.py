"""What a new stack is filled with: two tenants with an API key each, the example catalogue, and a provider, by the `priorbus` command."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.errors import DevstackError

TENANT = "t_acme"
OTHER_TENANT = "t_borealis"


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
    for tenant in (TENANT, OTHER_TENANT):
        run_priorbus(env, "tenants", "create", tenant, "--name", tenant.removeprefix("t_").title())
    # Every command is a process of its own, so two at a time keep two cores busy.
    with ThreadPoolExecutor(2) as pool:
        keys = [pool.submit(create_key, env, tenant, "dev") for tenant in (TENANT, OTHER_TENANT)]
        rest = [pool.submit(run_priorbus, env, "catalog", "load")]
        rest += [pool.submit(_register_provider, env, tenant) for tenant in (TENANT, OTHER_TENANT)]
        for future in rest:
            future.result()
        seed = Seed(*(key.result() for key in keys))
    path = root / "seed.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(seed)))
    return seed


def create_key(env: Mapping[str, str], tenant: str, name: str, scope: str = "*") -> str:
    """A new API key."""
    key: str = run_priorbus(env, "keys", "create", "--tenant", tenant, "--name", name, "--scope", scope)["key"]
    return key


def run_priorbus(env: Mapping[str, str], *arguments: str) -> Any:
    """Run `priorbus ... --json` with these settings; its parsed answer. Raises DevstackError with what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "priorbus.runtime.cli", *arguments, "--json"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DevstackError(f"priorbus {' '.join(arguments)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def _register_provider(env: Mapping[str, str], tenant: str) -> None:
    run_priorbus(env, "providers", "register", "--tenant", tenant, "--npi", PROVIDER_NPI, "--name", "Evergreen Imaging Center")
