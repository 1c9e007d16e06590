"""Generates the environment file with every setting at its default: `python -m priorbus.runtime.settings_env`.

What has no default, and what is secret, is named in a comment: it comes from elsewhere.
"""

import sys
from collections.abc import Mapping

from priorbus.runtime.settings import ProcessSettings
from priorbus.runtime.settings_docs import Setting, describe, installed

_HEAD = "# Generated from the code; do not edit. Every setting at its default; settings.env overrides it."


def render(settings: Mapping[str, type[ProcessSettings]]) -> str:
    """The file; deterministic for equal input."""
    rows: dict[str, Setting] = {}
    for service in sorted(settings):
        for setting in describe(settings[service]):
            rows.setdefault(setting.name, setting)
    return "\n".join([_HEAD, *(_line(rows[name]) for name in sorted(rows)), ""])


def _line(setting: Setting) -> str:
    if "secret" in setting.type or setting.default in ("required", "empty"):
        need = "required" if setting.default == "required" else "optional"
        return f"# {setting.name}: {need}"
    return f"{setting.name}={setting.default}"


if __name__ == "__main__":
    sys.stdout.write(render(installed()))
