"""Every official request gets the published verdict on every base."""

from pathlib import Path

import pytest

from priorbus.fhir_pas.domain.attachments.request import read_request
from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_0, PAS_2_2, Base
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.profile.tables import Operation
from priorbus.fhir_pas.domain.validation import Rejection, check_references, validate_submission

EXAMPLES = Path(__file__).parents[4] / "shared/fhir/examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
LATER = (
    "HomecareAuthorizationBundle",
    "HomecareAuthorizationUpdateBundle",
    "MedicalServicesAuthorizationBundle",
    "ReferralAuthorizationBundle",
)
EARLIER = (*LATER, "HomecareAuthorizationDifferentialBundle")
VERDICTS: list[tuple[str, Operation, tuple[int, int, int]]] = [
    *((f"ig-pas-2.2.1/Bundle-{name}Example", "submit", (200, 200, 200)) for name in LATER),
    ("ig-pas-2.2.1/Bundle-SurgicalRequestBundleExample", "submit", (422, 422, 200)),
    ("ig-pas-2.2.1/Bundle-PASClaimInquiryBundleExample", "inquire", (200, 200, 200)),
    *((f"ig-pas-2.0.1/Bundle-{name}Example", "submit", (422, 200, 200)) for name in EARLIER),
    ("ig-pas-2.0.1/Bundle-SurgicalRequestBundleExample", "submit", (422, 422, 200)),
    ("ig-pas-2.0.1/Bundle-PASClaimInquiryBundleExample", "inquire", (422, 200, 200)),
    ("aidbox-seeds/002-0-claim-submit-request", "submit", (422, 422, 200)),
    ("aidbox-seeds/002-2-claim-inquire-request", "inquire", (422, 422, 200)),
]
ATTACHMENTS: list[tuple[str, tuple[int, int, int]]] = [
    ("aidbox-seeds/001-0-submit-attachment-request", (422, 422, 200)),
    ("aidbox-seeds/002-4-submit-attachment-request", (422, 422, 200)),
    *((f"cdex-2.1.0/cdex-parameters-example{number}", (200, 200, 422)) for number in range(1, 6)),
]
NO_REQUESTS = (
    sorted(
        file
        for pattern in ("ig-pas-*/Claim-*.json", "ig-pas-*/Bundle-*Response*.json", "ig-pas-*/Bundle-*Notification.json")
        for file in EXAMPLES.glob(pattern)
    )
    if EXAMPLES.is_dir()
    else []
)


def verdict(body: bytes, base: Base, operation: Operation) -> int:
    strictness = Strictness(base)
    validated = validate_submission(body, strictness, operation)
    checked = validated if isinstance(validated, Rejection) else check_references(validated, strictness)
    return checked.status if isinstance(checked, Rejection) else 200


@pytest.mark.parametrize(("name", "operation", "expected"), VERDICTS)
def test_requests(name: str, operation: Operation, expected: tuple[int, int, int]) -> None:
    body = (EXAMPLES / f"{name}.json").read_bytes()
    assert tuple(verdict(body, base, operation) for base in (PAS_2_2, PAS_2_0, FHIR)) == expected


@pytest.mark.parametrize(("name", "expected"), ATTACHMENTS)
def test_attachments(name: str, expected: tuple[int, int, int]) -> None:
    """By themselves, before it is looked what they belong to."""
    body = (EXAMPLES / f"{name}.json").read_bytes()
    found = [read_request(body, Strictness(base)) for base in (PAS_2_2, PAS_2_0, FHIR)]
    assert tuple(one.status if isinstance(one, Rejection) else 200 for one in found) == expected


@pytest.mark.parametrize("file", NO_REQUESTS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_is_no_request_is_refused_everywhere(file: Path) -> None:
    assert {verdict(file.read_bytes(), base, "submit") for base in (PAS_2_2, PAS_2_0, FHIR)} == {422}
