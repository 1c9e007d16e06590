"""Providers: the National Provider Identifier and its check digit (authorizations.md 7.2)."""

import re
from datetime import datetime
from typing import Final

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.contracts.replies import Issue, Refusal
from priorbus.contracts.templates import Provider

NPI: Final = re.compile(r"[0-9]{10}")
ISSUER_PREFIX: Final = "80840"
"""Stands before an NPI when its check digit is computed (health applications, United States)."""
BAD_NPI: Final = Refusal(code="bad_request", issues=(Issue(code="invalid_value", message="An NPI has 10 digits.", field="/npi"),))


def new_provider(command: RegisterProvider, tenant: str, now: datetime) -> Provider | Refusal:
    """The provider as first registered. A wrong check digit is worth a warning only."""
    if not NPI.fullmatch(command.npi):
        return BAD_NPI
    return Provider(
        tenant=tenant,
        npi=command.npi,
        display_name=command.display_name,
        status=command.status,
        tax_id=command.tax_id,
        metadata=command.metadata,
        warnings=() if luhn_valid(ISSUER_PREFIX + command.npi) else ("npi_check_digit",),
        created_at=now,
        updated_at=now,
    )


def luhn_valid(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    total = 0
    for position, character in enumerate(reversed(digits)):
        digit = int(character) * (2 if position % 2 else 1)
        total += digit if digit <= 9 else digit - 9  # noqa: PLR2004 - the two digits of the product, added
    return total % 10 == 0
