"""The ordered rule table that decides FHIR-born requests (fhir-pas.md 23)."""

from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from priorbus.fhir_pas.domain.payer import Line, PayerRequest

Outcome = Literal["approve", "deny", "pend-then-approve", "pend-then-deny", "modify", "more-information", "error"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Match(_Part):
    """What an item has to be; everything that is given has to fit. `code` may hold `*`."""

    code: str | None = None
    system: str | None = None
    category: str | None = None
    diagnosis: str | None = None
    member_id: str | None = None
    base: str | None = None
    min_amount: Decimal | None = None
    min_quantity: Decimal | None = None

    def fits(self, line: Line, request: PayerRequest) -> bool:
        """Whether the item of this request is meant."""
        return (
            (self.code is None or fnmatchcase(line.code, self.code))
            and self.system in (None, line.system)
            and self.category in (None, line.category)
            and (self.diagnosis is None or self.diagnosis in request.diagnoses)
            and self.member_id in (None, request.member_id)
            and self.base in (None, request.base)
            and (self.min_amount is None or line.amount >= self.min_amount)
            and (self.min_quantity is None or (line.quantity or Decimal(0)) >= self.min_quantity)
        )


class Wanted(_Part):
    """One document or questionnaire that a more-information rule asks for."""

    code: str
    system: str
    line: Literal["item", "whole"] = "item"
    questionnaire: bool = False


class Rule(_Part):
    """One row; the members beside `match` and `outcome` belong to some outcomes only."""

    match: Match
    outcome: Outcome
    after: Literal["operator"] | timedelta | None = None
    think_time: timedelta = timedelta(0)
    action: Literal["A1", "A2", "CT", "NA"] = "A1"
    quantity_factor: Decimal = Decimal(1)
    replace_code: str | None = None
    period: timedelta | None = None
    additional_service: bool = False
    requests: tuple[Wanted, ...] = ()
    then: Literal["approve", "deny"] = "approve"
    code: str = "15"
    follow_up: str = "C"
    element: str | None = None
    path: str = ""
    note: str | None = None
    reason_codes: tuple[str, ...] = ()
    detail: Literal["standard", "full"] = "standard"
    logical_request: bool = Field(default=False)


RuleTable = tuple[Rule, ...]


@lru_cache(maxsize=1)
def default_table() -> RuleTable:
    """The table that comes with the service."""
    return load_table(files(__package__).joinpath("rules.yaml").read_text())


@lru_cache(maxsize=256)
def load_table(text: str) -> RuleTable:
    """A table from YAML. Raises ValidationError or YAMLError when it is none."""
    content: Any = yaml.safe_load(text)
    return TypeAdapter(RuleTable).validate_python(content)


def first_match(table: RuleTable, line: Line, request: PayerRequest) -> Rule:
    """The rule for an item; without one the item is approved."""
    approve = Rule(match=Match(), outcome="approve")
    return next((rule for rule in table if rule.match.fits(line, request)), approve)
