"""Questionnaire templates, payers and providers: the catalogue as JSON files and as carried by facts (authorizations.md 6 and 7)."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from priorbus.contracts.model import CamelModel, Model

AnswerType = Literal["string", "boolean", "date", "decimal", "choice", "attachment"]
Mode = Literal["editable", "hidden", "read_only", "computed"]
ServiceType = Literal["inpatient", "outpatient", "drug"]
CodeSystem = Literal["hcpcs", "cpt", "ndc"]
Condition = dict[str, JsonValue]
"""A Predicate of authorizations.md 5.4 as JSON; `{}` means no rule."""


class Option(CamelModel):
    """One choice of a choice item; `code` is what clients submit."""

    code: str
    display: str


class Item(CamelModel):
    """One question (authorizations.md 5.1)."""

    link_id: str
    text: str
    answer_type: AnswerType
    required: bool = False
    options: tuple[Option, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    min: str | None = None
    max: str | None = None
    error_message: str | None = None
    mode: Mode = "editable"
    default_value: dict[str, Any] = Field(default_factory=dict)
    computed_from: Literal["providerNpi", "payerId", "insuranceState", "serviceType", "serviceCode", "serviceCodeSystem"] | None = None
    required_when: Condition = Field(default_factory=dict)
    not_allowed_when: Condition = Field(default_factory=dict)
    values_when: Condition = Field(default_factory=dict)
    text_when: Condition = Field(default_factory=dict)
    max_answers: int = 1


class Group(CamelModel):
    """A section; with `repeats` its items' linkIds are `<group id>.<leaf>` and it occurs min_occurs to max_occurs times."""

    id: str
    title: str
    items: tuple[Item, ...]
    repeats: bool = False
    min_occurs: int = 0
    max_occurs: int = 1


class ServiceCode(CamelModel):
    """A service code and its system."""

    system: CodeSystem
    code: str


class Match(CamelModel):
    """Which template selections a template serves; `*` fits every payer or state."""

    payer_ids: tuple[str, ...]
    states: tuple[str, ...]
    service_type: ServiceType
    service_codes: tuple[ServiceCode, ...]


class DocumentRule(CamelModel):
    """A document type that is required always or when the condition holds."""

    type: str
    message: str
    required_when: Condition = Field(default_factory=dict)


class Rule(CamelModel):
    """A cross-item check: an issue of this code and severity while `fail_when` holds."""

    code: str
    message: str
    field: str
    severity: Literal["error", "warning"]
    fail_when: Condition


class Template(CamelModel):
    """One version of a questionnaire template (authorizations.md 6.1)."""

    template_id: str
    version: int
    title: str
    match: Match
    groups: tuple[Group, ...]
    documents: tuple[DocumentRule, ...] = ()
    rules: tuple[Rule, ...] = ()


class Payer(CamelModel):
    """A payer of the catalogue (authorizations.md 3.2 and 7.1)."""

    id: str
    display_name: str
    supported_states: tuple[str, ...]
    supported_service_types: tuple[ServiceType, ...]
    aliases: tuple[str, ...] = ()
    status: Literal["active", "inactive"]
    brand: str | None = None
    line_of_business: str | None = None


class Provider(Model):
    """A provider of a tenant (authorizations.md 7.2)."""

    tenant: str
    npi: str
    display_name: str
    status: Literal["active", "inactive"]
    tax_id: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
