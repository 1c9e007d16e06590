"""The documentation pages that are generated from the code: `python -m priorbus.devstack.docs [--check]`.

Each page is what one module prints when it is run. With --check nothing is written; the exit code is 1 when a page is out of date.
"""

import subprocess
import sys
from pathlib import Path

PAGES: dict[str, str] = {
    "docs/settings.md": "priorbus.runtime.settings_docs",
    "deploy/k8s/base/defaults.env": "priorbus.runtime.settings_env",
    "docs/openapi/authorizations.json": "priorbus.gateway.openapi authorizations",
    "docs/openapi/patient-attachments.json": "priorbus.gateway.openapi patient-attachments",
    "docs/openapi/platform.json": "priorbus.gateway.openapi platform",
    "docs/asyncapi.json": "priorbus.gateway.asyncapi",
}
"""Page, and the module that prints it, with its arguments."""


def generate(module: str) -> str:
    """The page as of now."""
    return subprocess.run([sys.executable, "-m", *module.split()], check=True, capture_output=True, text=True).stdout


def outdated(root: Path) -> list[str]:
    """Pages that differ from what their module prints."""
    return [page for page, module in PAGES.items() if not (root / page).exists() or (root / page).read_text() != generate(module)]


def write(root: Path) -> None:
    """Bring every page up to date."""
    for page, module in PAGES.items():
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(generate(module))


def main(arguments: list[str]) -> int:
    """Write the pages below the working directory, or check them."""
    if arguments != ["--check"]:
        write(Path.cwd())
        return 0
    stale = outdated(Path.cwd())
    for page in stale:
        sys.stderr.write(f"{page} is not what the code says; run `make docs` and commit it\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
