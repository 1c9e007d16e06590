"""How an item reads in the present state: requiredness, text, options (authorizations.md 5.4)."""

from priorbus.requirements.domain.questionnaire.closures import Cells
from priorbus.requirements.domain.questionnaire.compiled import Codes, CompiledItem


def is_required(item: CompiledItem, cells: Cells, number: int) -> bool:
    """`required` or requiredWhen, of an active item."""
    return item.item.required or (item.required_if is not None and item.required_if(cells, number))


def current_text(item: CompiledItem, cells: Cells, number: int) -> str | None:
    """The text after textWhen, None when it is the item's own."""
    for when, text in item.texts:
        if when(cells, number):
            return text
    return None


def current_codes(item: CompiledItem, cells: Cells, number: int) -> Codes | None:
    """The option codes after valuesWhen, None when they are all options."""
    for when, codes in item.values:
        if when(cells, number):
            return codes
    return item.otherwise
