"""Settings of the fhir-pas service (fhir-pas.md 26, authorizations.md 13)."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, model_validator

from priorbus.fhir_pas.domain.bases import BasePath, Preset
from priorbus.fhir_pas.domain.limits import LEAST_RETENTION_MONTHS, LIMITS, MOST_RETENTION_MONTHS, Limits
from priorbus.fhir_pas.domain.resources import CREATED_AT_URL
from priorbus.fhir_pas.domain.tenant_settings import CREATED_URL_PATTERN, Overrides
from priorbus.fhir_pas.domain.terms import Signatures, Terms
from priorbus.runtime.outgoing import guard_of
from priorbus.runtime.settings import ObjectStoreSettings, OwnerSettings, SealingSettings


class Settings(OwnerSettings, ObjectStoreSettings, SealingSettings):
    """Everything the fhir-pas service can be told."""

    public_base_url: str = Field(pattern="^https?://", description="Where clients reach this deployment; no slash at the end")
    sandbox_payer: bool = Field(
        default=False, description="Let the built-in sandbox play the payer of tenants without an endpoint; refused in the live environment"
    )
    sandbox_step_ms: int = Field(200, ge=0, description="Time between the steps of a sandbox scenario")
    submit_attempts: int = Field(8, ge=1, description="Attempts to reach a payer before a case fails")
    pas_replay_window_hours: int = Field(
        24, ge=0, le=168, description="Hours in which the same request gets the same answer; 0 means never"
    )
    pas_decision_budget_ms: int = Field(10_000, ge=1000, le=12_000, description="Time within which a payer's decision is waited for")
    pas_connector: Literal["sandbox", "fhir"] = Field(
        "sandbox", description="Who decides requests of tenants without an endpoint: the sandbox, where it is switched on, or nobody"
    )
    pas_unknown_prior: Literal["adopt", "error"] | None = Field(
        None, description="What becomes of an update of an unknown authorization; default: adopt with the sandbox, error with an endpoint"
    )
    inquire_include_claim: bool = Field(default=False, description="Show the Claim in answers to inquiries on every base")
    inquire_include_tasks: bool = Field(default=False, description="Show open Tasks in answers to inquiries on 2.2")
    inquire_max_results: int = Field(50, ge=1, le=50, description="Most authorizations in the answer to an inquiry")
    pas_emit_task: bool = Field(default=True, description="Ask for documents by Tasks beside the CommunicationRequests")
    pas_preset: dict[BasePath, Preset] = Field({}, description='How strict the bases are, as JSON: `{"/fhir": "strict"}`')
    pas_rule_overrides: Overrides = Field({}, description='Severity of single rules, as JSON: `{"C-12": "warning"}`')
    attachments_signatures: Signatures = Field("ignore", description="Whether signatures of attachments are checked or demanded")
    attachments_held_days: int = Field(90, ge=1, le=365, description="Days for which unsolicited attachments wait for their request")
    fhir_entries_max: int = Field(LIMITS.entries, ge=1, le=LIMITS.entries, description="Most entries of a Bundle")
    fhir_items_max: int = Field(LIMITS.items, ge=1, le=LIMITS.items, description="Most items of the Claims of a Bundle")
    fhir_attachments_max: int = Field(LIMITS.attachments, ge=1, le=LIMITS.attachments, description="Most attachments of one call")
    fhir_attachment_max_bytes: int = Field(
        LIMITS.attachment_bytes, ge=1024, le=LIMITS.attachment_bytes, description="Largest decoded attachment"
    )
    fhir_retention_months: int = Field(
        24,
        ge=LEAST_RETENTION_MONTHS,
        le=MOST_RETENTION_MONTHS,
        description="Months for which authorizations are kept after service, stay and certification have ended",
    )
    fhir_created_at_extension_url: str = Field(
        CREATED_AT_URL, pattern=CREATED_URL_PATTERN, description="URL of the extension with a resource's instant of creation, on `/fhir`"
    )
    sweep_seconds: int = Field(300, ge=1, description="Time between two sweeps of the object store")
    pas_endpoint_allow: list[str] = Field(
        [], description="Hosts of payer endpoints that are exempt from the guard against internal addresses; refused when live"
    )
    subscriptions_ownership: Literal["enforce", "off"] = Field(
        "enforce", description="Whether Subscriptions filter by the client's registered identifiers only"
    )
    subscriptions_endpoint_allow: list[str] = Field(
        [],
        description="Hosts of receivers that are exempt from the guard against internal addresses, for tenants without an own list; "
        "refused in the live environment",
    )
    subscriptions_handshake_seconds: int = Field(600, ge=1, description="How long a receiver may take to answer a handshake")

    @model_validator(mode="after")
    def _fits_the_environment(self) -> "Settings":
        if self.environment == "live" and self.sandbox_payer:
            raise ValueError("PRIORBUS_SANDBOX_PAYER is refused in the live environment")
        if self.environment == "live" and self.pas_endpoint_allow:
            raise ValueError("PRIORBUS_PAS_ENDPOINT_ALLOW is refused in the live environment")
        return self

    @model_validator(mode="after")
    def _guards_addresses(self) -> "Settings":
        guard_of(self.subscriptions_endpoint_allow, self.environment)
        return self

    def terms(self) -> Terms:
        """The settings that decisions depend on."""
        return Terms(
            self.public_base_url.rstrip("/"),
            self.submit_attempts,
            timedelta(hours=self.pas_replay_window_hours),
            timedelta(milliseconds=self.pas_decision_budget_ms),
            None if self.pas_unknown_prior is None else self.pas_unknown_prior == "adopt",
            include_claim=self.inquire_include_claim,
            include_tasks=self.inquire_include_tasks,
            emits_tasks=self.pas_emit_task,
            owned_filters=self.subscriptions_ownership == "enforce",
            most_matches=self.inquire_max_results,
            signatures=self.attachments_signatures,
            held_for=timedelta(days=self.attachments_held_days),
            presets=self.pas_preset,
            rule_overrides=self.pas_rule_overrides,
            deliveries=self.delivery_limit,
            created_url=self.fhir_created_at_extension_url,
            retention_months=self.fhir_retention_months,
            may_exempt=self.environment != "live",
            exempt_hosts=frozenset(self.subscriptions_endpoint_allow),
            limits=Limits(self.fhir_entries_max, self.fhir_items_max, self.fhir_attachments_max, self.fhir_attachment_max_bytes),
        )
