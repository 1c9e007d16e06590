"""`.devstack/env`: the addresses and credentials of a development stack, for a shell to source."""

import shlex
import sys
from pathlib import Path

from priorbus.devstack.fhir_cases import CLINIC_NPI, NPI
from priorbus.devstack.given import MARKER
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack


def variables(stack: Stack) -> dict[str, str]:
    """All of them, the services' own settings included, so that the `priorbus` command works in that shell."""
    client = ["--tenant", TENANT, "--client", "dev", "--identifier", f"{NPI}|{CLINIC_NPI}"]
    token = [sys.executable, "-m", "priorbus.runtime.cli", "fhir", "token", *client]
    return {
        MARKER: str(stack.root),
        "PRIORBUS_BASE_URL": stack.base_url,
        "PRIORBUS_API_KEY": stack.seed.api_key,
        "PRIORBUS_API_KEY_OTHER_TENANT": stack.seed.api_key_other_tenant,
        "PRIORBUS_FHIR_TOKEN_COMMAND": shlex.join(token),
        **stack.settings,
    }


def write_env_file(stack: Stack) -> Path:
    """Readable by its owner only; its path."""
    path = stack.root / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables(stack).items()))
    return path
