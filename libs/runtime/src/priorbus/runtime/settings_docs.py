"""Generates the reference of all settings: `python -m priorbus.runtime.settings_docs > docs/settings.md`.

The services are found in the `priorbus` namespace: each member with a module `settings` that has a class `Settings`. Where it also has
`COMMAND_SETTINGS`, classes by command, those count too that only commands need.
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

import priorbus
from priorbus.runtime.settings import ENV_PREFIX, ProcessSettings


@dataclass(frozen=True, order=True)
class Setting:
    """One environment variable. `default` is `required` when there is none."""

    name: str
    type: str
    default: str
    description: str


def describe(settings_type: type[ProcessSettings]) -> list[Setting]:
    """Every setting of one service, sorted by name."""
    return sorted(_setting(name, field) for name, field in settings_type.model_fields.items())


def _setting(name: str, field: FieldInfo) -> Setting:
    default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
    return Setting(ENV_PREFIX + name.upper(), _type_name(field.annotation), default, field.description or "")


def _shown(value: object) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, SecretStr):
        return "hidden"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(str(value) for value in get_args(annotation))
    if origin in (Union, UnionType):
        return " or ".join(_type_name(part) for part in get_args(annotation) if part is not type(None))
    if origin is list:
        return f"list[{_type_name(get_args(annotation)[0])}]"
    if annotation is SecretStr:
        return "secret"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def render(settings: Mapping[str, type[ProcessSettings]], commands: Mapping[str, type[ProcessSettings]] | None = None) -> str:
    """The page as Markdown; deterministic for equal input. A setting of a command is shown where no service has it."""
    services: dict[Setting, list[str]] = {}
    for service in sorted(settings):
        for setting in describe(settings[service]):
            services.setdefault(setting, []).append(service)
    known = {setting.name for setting in services}
    for command, settings_type in sorted((commands or {}).items()):
        for setting in describe(settings_type):
            if setting.name not in known:
                services.setdefault(setting, []).append(f"`{command}` only")
    rows = [
        f"| {row.name} | {row.type} | {row.default} | {row.description} | {', '.join(used)} |" for row, used in sorted(services.items())
    ]
    return "\n".join([*_HEAD, *rows, ""])


_HEAD = (
    "# Settings",
    "",
    "Generated from the code; do not edit. Every setting is an environment variable.",
    "A process that misses a required one, or finds an invalid one, does not start.",
    "",
    "| Variable | Type | Default | Meaning | Used by |",
    "|---|---|---|---|---|",
)


def installed() -> dict[str, type[ProcessSettings]]:
    """The `Settings` of every installed service by service name."""
    found = {name.replace("_", "-"): getattr(module, "Settings", None) for name, module in _modules()}
    return {name: one for name, one in found.items() if isinstance(one, type) and issubclass(one, ProcessSettings)}


def installed_commands() -> dict[str, type[ProcessSettings]]:
    """What commands of installed services need beyond the services' own settings, by command."""
    return {command: one for _, module in _modules() for command, one in getattr(module, "COMMAND_SETTINGS", {}).items()}


def _modules() -> Iterable[tuple[str, ModuleType]]:
    for member in pkgutil.iter_modules(priorbus.__path__):
        if importlib.util.find_spec(f"priorbus.{member.name}.settings") is not None:
            yield member.name, importlib.import_module(f"priorbus.{member.name}.settings")


if __name__ == "__main__":
    sys.stdout.write(render(installed(), installed_commands()))
