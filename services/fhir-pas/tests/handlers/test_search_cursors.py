import base64
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from priorbus.fhir_pas.domain.search import BadSearch, Search, read_search
from priorbus.fhir_pas.handlers.search_cursors import SearchCursors
from priorbus.runtime.sealing import Sealer

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROUTE = ("t_test", "/fhir", "Claim")
LAST = (datetime(2026, 1, 4, 8, 30, 0, 123000, tzinfo=UTC), "claim 1")
CURSORS = SearchCursors(Sealer([SecretStr(base64.urlsafe_b64encode(b"k" * 32).decode())]))


def asked(**parameters: str) -> Search:
    return read_search("Claim", [("use", "claim"), *((f"_{name}", value) for name, value in parameters.items())], None, strict=True)


CURSOR = CURSORS.write(ROUTE, asked(), LAST, NOW)


@pytest.mark.parametrize("cursor", ["", "%", "\u00e9", "a" * 9, CURSOR[:-4], CURSOR[:-4] + "AAAA", CURSOR.swapcase()])
def test_a_cursor_that_was_not_written_so_leads_nowhere(cursor: str) -> None:
    with pytest.raises(BadSearch):
        CURSORS.read(ROUTE, asked(cursor=cursor), NOW)


def test_a_cursor_leads_back_on_pages_of_any_size() -> None:
    assert CURSORS.read(ROUTE, asked(cursor=CURSOR, count="5"), NOW) == LAST
    assert CURSORS.read(ROUTE, asked(), NOW) is None


@pytest.mark.parametrize(
    ("route", "more", "age"),
    [
        (("t_other", "/fhir", "Claim"), {}, 0),
        (("t_test", "/pas/2.2/fhir", "Claim"), {}, 0),
        (("t_test", "/fhir", "Patient"), {}, 0),
        (ROUTE, {"id": "1"}, 0),
        (ROUTE, {}, 25),
    ],
)
def test_a_cursor_is_for_one_search_and_a_day(route: tuple[str, ...], more: dict[str, str], age: int) -> None:
    with pytest.raises(BadSearch):
        CURSORS.read(route, asked(cursor=CURSOR, **more), NOW + timedelta(hours=age))
