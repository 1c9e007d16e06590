"""What a tenant may set for itself, by dotted key (fhir-pas.md 26); what it leaves out is as the deployment has it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from priorbus.fhir_pas.domain.bases import BasePath, Preset
from priorbus.fhir_pas.domain.issues import Setting
from priorbus.fhir_pas.domain.limits import LEAST_RETENTION_MONTHS, LIMITS, MOST_RETENTION_MONTHS, Limits
from priorbus.fhir_pas.domain.terms import Signatures, Terms

SETTINGS_KEY: Final = "settings"
"""The key of the one document that a tenant has."""
ENDPOINT_ALLOW: Final = "subscriptions.endpoint_allow"
"""The key that is refused in the live environment."""
CREATED_URL_PATTERN: Final = r"^[a-z][a-z0-9+.-]*:\S+$"
"""An absolute URI."""
_PRESET: Final = "pas.preset."
_LASTING: Final = re.compile(r"J-.*|S-([1-7]|10)|B-[456]|A-([1-5]|10)|Q-1")


def _relaxable(overrides: dict[str, Setting]) -> dict[str, Setting]:
    if any(_LASTING.fullmatch(rule) for rule in overrides):
        raise ValueError("this rule can not be relaxed")
    return overrides


Overrides = Annotated[dict[str, Setting], AfterValidator(_relaxable)]
"""Severities by rule id. Phases 1 to 3 but for S-8 and S-9, and what nothing can be done without, stay errors (fhir-pas.md 5)."""


Host = Annotated[str, Field(pattern=r"^[a-z0-9._:-]{1,253}$")]
"""A host as it stands in a URL, without port."""


class Choices(BaseModel):
    """Every key with its form; None leaves the deployment's value. Raises ValidationError for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    presets: dict[BasePath, Preset] | None = Field(None, alias="pas.preset")
    rule_overrides: Overrides | None = Field(None, alias="pas.rule_overrides")
    replay_window_hours: int | None = Field(None, alias="pas.replay_window_hours", ge=0, le=168)
    unknown_prior: Literal["adopt", "error"] | None = Field(None, alias="pas.unknown_prior")
    default_insurer: str | None = Field(None, alias="pas.default_insurer", pattern=r"^([^|\s]+\|)?[^|\s]+$")
    emit_task: bool | None = Field(None, alias="pas.emit_task")
    include_claim: bool | None = Field(None, alias="inquire.include_claim")
    include_tasks: bool | None = Field(None, alias="inquire.include_tasks")
    max_results: int | None = Field(None, alias="inquire.max_results", ge=1, le=50)
    withhold: tuple[str, ...] | None = Field(None, alias="inquire.withhold")
    ownership: Literal["enforce", "off"] | None = Field(None, alias="subscriptions.ownership")
    endpoint_allow: frozenset[Host] | None = Field(None, alias=ENDPOINT_ALLOW)
    signatures: Signatures | None = Field(None, alias="attachments.signatures")
    held_days: int | None = Field(None, alias="attachments.held_days", ge=1, le=365)
    created_url: str | None = Field(None, alias="fhir.created_at_extension_url", pattern=CREATED_URL_PATTERN)
    retention_months: int | None = Field(None, alias="fhir.retention_months", ge=LEAST_RETENTION_MONTHS, le=MOST_RETENTION_MONTHS)
    decision_budget_ms: int | None = Field(None, alias="pas.decision_budget_ms", ge=1000, le=12_000)
    reply_deadline_ms: int | None = Field(None, alias="pas.reply_deadline_ms", ge=1000, le=14_500)
    connector: Literal["sandbox", "fhir"] | None = Field(None, alias="pas.connector")
    entries_max: int | None = Field(None, alias="fhir.entries_max", ge=1, le=LIMITS.entries)
    items_max: int | None = Field(None, alias="fhir.items_max", ge=1, le=LIMITS.items)
    attachments_max: int | None = Field(None, alias="fhir.attachments_max", ge=1, le=LIMITS.attachments)
    attachment_max_bytes: int | None = Field(None, alias="fhir.attachment_max_bytes", ge=1024, le=LIMITS.attachment_bytes)
    body_max_bytes: int | None = Field(None, alias="fhir.body_max_bytes", ge=1024, le=LIMITS.body_bytes)


class TenantSettings(BaseModel):
    """A tenant's document: `choices` is the JSON of Choices, `rules` the YAML of its sandbox payer's rule table."""

    model_config = ConfigDict(frozen=True)

    choices: bytes = b"{}"
    rules: str | None = None


def settings_key(_: TenantSettings) -> str:
    """There is one per tenant."""
    return SETTINGS_KEY


def changed(known: TenantSettings | None, values: dict[str, Any]) -> TenantSettings:
    """The settings after some keys were set, or with None removed. Raises ValidationError."""
    before = known or TenantSettings()
    current = Choices.model_validate_json(before.choices).model_dump(by_alias=True, exclude_none=True)
    for key, value in values.items():
        if key.startswith(_PRESET):
            presets = {**current.get("pas.preset", {}), key.removeprefix(_PRESET): value}
            current["pas.preset"] = {base: preset for base, preset in presets.items() if preset is not None}
        else:
            current[key] = value
    checked = Choices.model_validate(current)
    return before.model_copy(update={"choices": checked.model_dump_json(by_alias=True, exclude_none=True).encode()})


def connector_of(known: TenantSettings | None) -> Literal["sandbox", "fhir"] | None:
    """Which payer the tenant wants; None: its endpoint where it has one."""
    return None if known is None else Choices.model_validate_json(known.choices).connector


def reply_deadline_of(known: TenantSettings) -> int | None:
    """Milliseconds that the tenant's FHIR operations wait before they are answered 503."""
    return Choices.model_validate_json(known.choices).reply_deadline_ms


def terms_of(known: TenantSettings | None, deployment: Terms) -> Terms:
    """The deployment's settings with what the tenant has set in their place."""
    if known is None:
        return deployment
    chosen = Choices.model_validate_json(known.choices)
    hours, days = chosen.replay_window_hours, chosen.held_days
    named = {
        "presets": deployment.presets | (chosen.presets or {}),
        "rule_overrides": deployment.rule_overrides | (chosen.rule_overrides or {}),
        "replay_window": None if hours is None else timedelta(hours=hours),
        "adopts_unknown_prior": None if chosen.unknown_prior is None else chosen.unknown_prior == "adopt",
        "default_insurer": chosen.default_insurer,
        "emits_tasks": chosen.emit_task,
        "owned_filters": None if chosen.ownership is None else chosen.ownership == "enforce",
        "include_claim": chosen.include_claim,
        "include_tasks": chosen.include_tasks,
        "most_matches": chosen.max_results,
        "created_url": chosen.created_url,
        "retention_months": chosen.retention_months,
        "decision_budget": None if chosen.decision_budget_ms is None else timedelta(milliseconds=chosen.decision_budget_ms),
        "withheld": chosen.withhold,
        "signatures": chosen.signatures,
        "exempt_hosts": chosen.endpoint_allow if deployment.may_exempt else None,
        "held_for": None if days is None else timedelta(days=days),
        "limits": _limits(chosen, deployment.limits),
    }
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    return replace(deployment, **changes)


def _limits(chosen: Choices, deployment: Limits) -> Limits:
    return Limits(
        chosen.entries_max or deployment.entries,
        chosen.items_max or deployment.items,
        chosen.attachments_max or deployment.attachments,
        chosen.attachment_max_bytes or deployment.attachment_bytes,
        chosen.body_max_bytes or deployment.body_bytes,
    )
