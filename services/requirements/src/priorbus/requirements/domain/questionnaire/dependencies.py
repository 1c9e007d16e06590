"""The order in which items are evaluated: operands before those who ask for them (authorizations.md 5.4, Order)."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


class DependencyCycle(ValueError):
    """Items whose conditions ask for each other; `link_ids` walk the cycle, first and last alike."""

    def __init__(self, link_ids: list[str]) -> None:
        super().__init__(" -> ".join(link_ids))
        self.link_ids = link_ids


def dependency_order(operands: Mapping[str, Iterable[str]]) -> list[str]:
    """LinkIds ordered so that each comes after the operands of its conditions. Raises DependencyCycle."""
    sorter = TopologicalSorter({link_id: dict.fromkeys(needed) for link_id, needed in operands.items()})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        raise DependencyCycle(list(reversed(error.args[1]))) from None
