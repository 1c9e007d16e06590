"""Stored answers that break a rule of their item (authorizations.md 5.3, 5.6.3)."""

from priorbus.requirements.domain.questionnaire.closures import Given
from priorbus.requirements.domain.questionnaire.compiled import Codes, CompiledItem
from priorbus.requirements.domain.questionnaire.constraints import OPTION_MESSAGE, OPTION_NOT_ALLOWED


def breaches(item: CompiledItem, given: Given, offered: Codes | None) -> list[tuple[str, str]]:
    """Code and message of each broken rule, once per rule however many answers break it. `offered` None means all options."""
    found = [(constraint.code, constraint.message) for constraint in item.constraints if not all(map(constraint.holds, given))]
    if item.codes:
        allowed = item.codes if offered is None else offered
        if not all(code in allowed for code in given):
            found.append((OPTION_NOT_ALLOWED, OPTION_MESSAGE))
    return found
