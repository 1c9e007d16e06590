"""Generates the reference of all settings: `python -m priorbus.runtime.settings_docs > docs/settings.md`.

The services are found in the `priorbus` namespace: each member with a module `settings` that has a class `Settings`.
"""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
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


def render(settings: Mapping[str, type[ProcessSettings]]) -> str:
    """The page as Markdown; deterministic for equal input."""
    services: dict[Setting, list[str]] = {}
    for service in sorted(settings):
        for setting in describe(settings[service]):
            services.setdefault(setting, []).append(service)
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
    return {
        name.replace("_", "-"): settings for name, settings in _found(module.name for module in pkgutil.iter_modules(priorbus.__path__))
    }


def _found(members: Iterable[str]) -> Iterable[tuple[str, type[ProcessSettings]]]:
    for member in members:
        if importlib.util.find_spec(f"priorbus.{member}.settings") is None:
            continue
        candidate = getattr(importlib.import_module(f"priorbus.{member}.settings"), "Settings", None)
        if isinstance(candidate, type) and issubclass(candidate, ProcessSettings):
            yield member, candidate


if __name__ == "__main__":
    sys.stdout.write(render(installed()))
