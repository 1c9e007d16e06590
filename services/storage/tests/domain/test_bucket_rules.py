from typing import Any

import pytest

from priorbus.storage.domain.bucket_rules import Unfit, encrypted_transport, harmful, leftovers, merged, uploads_from


def rule(prefix: str, **action: Any) -> dict[str, Any]:
    return {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": prefix}, **(action or {"Expiration": {"Days": 90}})}


@pytest.mark.parametrize(
    "prefix", ["", "files/", "files/t_acme/", "doc", "raw/x", "patient-attachments/", "patient-attachments/t_acme/", "t_acme/patients/"]
)
def test_rules_that_touch_objects_that_stay(prefix: str) -> None:
    assert harmful(rule(prefix))
    assert harmful(rule(prefix, Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]))
    assert harmful({"ID": "x", "Status": "Enabled", "Prefix": prefix, "Expiration": {"Date": "2027-01-01"}})
    assert harmful({"ID": "x", "Status": "Enabled", "Filter": {"And": {"Prefix": prefix, "Tags": []}}, "Expiration": {"Days": 1}})
    assert not harmful(rule(prefix) | {"Status": "Disabled"})
    assert not harmful(rule(prefix, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))
    assert not harmful(rule(prefix, Expiration={"ExpiredObjectDeleteMarker": True}))
    with pytest.raises(Unfit, match="'x'"):
        leftovers(60, [rule(prefix)])


@pytest.mark.parametrize("prefix", ["quarantine/", "logs/", "documentation/"])
def test_rules_that_do_not(prefix: str) -> None:
    assert not harmful(rule(prefix))


@pytest.mark.parametrize(("seconds", "days"), [(1, 2), (86_400, 2), (86_401, 3), (604_800 + 600, 9)])
def test_an_upload_goes_after_its_file_has_failed(seconds: int, days: int) -> None:
    uploads, parts = leftovers(seconds, [rule("logs/")])
    assert (uploads["Filter"], uploads["Expiration"]) == ({"Prefix": "quarantine/"}, {"Days": days})
    assert "Expiration" not in parts
    assert not harmful(uploads)


@pytest.mark.parametrize(
    ("origin", "live"),
    [("https://ehr.example.org/", False), ("*", False), ("https://*.example.org", False), ("", False), ("http://ehr.example.org", True)],
)
def test_origins_that_do_not_fit(origin: str, *, live: bool) -> None:
    with pytest.raises(Unfit):
        uploads_from(["https://ehr.example.org", origin], live=live)


def test_http_origins_are_for_tests() -> None:
    assert uploads_from(["http://localhost:3000"], live=False)[0]["AllowedOrigins"] == ["http://localhost:3000"]


def test_a_policy_needs_tls_everywhere() -> None:
    (statement,) = encrypted_transport("b", ["https://s3.example.org"])
    assert statement["Resource"] == ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    with pytest.raises(Unfit, match="lock out"):
        encrypted_transport("b", ["https://s3.example.org", "http://127.0.0.1:9000"])


def test_rules_of_others_stay_as_they_are() -> None:
    present: list[dict[str, Any]] = [{"ID": "a", "Days": 1}, {"ID": "b", "Days": 1}, {"Days": 3}]
    assert merged(present, [{"ID": "b", "Days": 2}], "ID") == [{"ID": "a", "Days": 1}, {"Days": 3}, {"ID": "b", "Days": 2}]
