"""Pages by number, and their links (patient-attachments.md 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from priorbus.gateway.filters.sorting import Query
from priorbus.gateway.http.problem import Problem

DEFAULT_PER_PAGE, MAX_PER_PAGE = 50, 100
MAX_PAGE = (1 << 31) - 1
"""Far beyond every list; keeps the number of skipped records within int64."""


@dataclass(frozen=True, slots=True)
class Page:
    """`number` counts from 1."""

    number: int
    size: int

    @property
    def skipped(self) -> int:
        """Records before the page."""
        return (self.number - 1) * self.size


def parse_page(query: Query) -> Page:
    """The page that is asked for. Raises Problem (400)."""
    return Page(_number(query, "page", 1, MAX_PAGE), _number(query, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE))


def _number(query: Query, name: str, default: int, maximum: int) -> int:
    values = [value for given, value in query if given == name]
    if not values:
        return default
    text = values[0]
    if len(values) > 1 or not text.isascii() or not text.isdigit() or len(text) > len(str(maximum)) or not 1 <= int(text) <= maximum:
        raise Problem("invalid_paging", details={"parameter": name, "minimum": 1, "maximum": maximum})
    return int(text)


def links(address: str, query: Query, page: Page, total: int) -> dict[str, str]:
    """Absolute addresses of this page and its neighbours, where there are such; all other parameters are kept."""
    last = max(1, -(-total // page.size))
    found = {"self": _address(address, query)}
    if page.number < last:
        found["next"] = _address(address, _with_page(query, page.number + 1))
    if page.number > 1 and page.number - 1 <= last:
        found["previous"] = _address(address, _with_page(query, page.number - 1))
    return found


def _with_page(query: Query, number: int) -> Sequence[tuple[str, str]]:
    return [*((name, value) for name, value in query if name != "page"), ("page", str(number))]


def _address(address: str, query: Query) -> str:
    return f"{address}?{urlencode(query, errors='surrogatepass')}" if query else address
