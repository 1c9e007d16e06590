from priorbus.contracts.errors import ERRORS, SECOND_LEVEL


def test_a_code_that_can_occur_on_fhir_endpoints_has_an_issue_code() -> None:
    assert [row.code for row in ERRORS.values() if "E4" in row.shapes and row.fhir is None] == []


def test_retryable_is_exactly_what_the_busy_and_unavailable_categories_say() -> None:
    assert {row.code for row in ERRORS.values() if row.retryable} == {
        row.code for row in ERRORS.values() if row.category in {"busy", "unavailable"}
    }


def test_a_version_conflict_is_412_on_fhir_endpoints_only() -> None:
    assert ERRORS["version_conflict"].status("E4") == 412
    assert ERRORS["version_conflict"].status("E1") == 409


def test_a_failed_file_never_becomes_ready_but_a_pending_one_may() -> None:
    assert ERRORS["file_not_ready"].is_retryable({})
    assert not ERRORS["file_not_ready"].is_retryable({"failureCode": "file_empty"})


def test_messages_are_short_sentences_without_placeholders() -> None:
    assert [row.code for row in ERRORS.values() if "{" in row.message or not 5 < len(row.message) < 90] == []


def test_second_level_codes_are_listed_once_per_kind() -> None:
    assert all(len(set(codes)) == len(codes) for codes in SECOND_LEVEL.values())
