import re
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from priorbus.fhir_pas.domain.identity import instant, number_of, uuid_of


def test_uuids_are_version_4_and_depend_on_the_parts_only() -> None:
    found = UUID(uuid_of("a", "b"))
    assert (found.version, found.variant) == (4, "specified in RFC 4122")
    assert uuid_of("a", "b") == uuid_of("a", "b")
    assert len({uuid_of("a", "b"), uuid_of("ab", ""), uuid_of("b", "a")}) == 3


def test_numbers_have_ten_characters_of_crockford_base32() -> None:
    assert re.fullmatch(r"AUTH[0-9A-HJKMNP-TV-Z]{10}", number_of("AUTH", "x", "1"))
    assert number_of("AUTH", "x", "1") != number_of("AUTH", "x", "2")


def test_instants_are_utc_with_six_digits() -> None:
    moment = datetime(2026, 1, 5, 9, 0, 0, 123000, tzinfo=timezone(timedelta(hours=1)))
    assert instant(moment) == "2026-01-05T08:00:00.123000Z"
    assert instant(datetime(2026, 1, 5, tzinfo=UTC)) == "2026-01-05T00:00:00.000000Z"
