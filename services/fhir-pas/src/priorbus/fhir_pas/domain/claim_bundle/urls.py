"""The fullUrls of one authorization's Bundles: the Claim's changes with the attempt, the others stay for life.

Parties and documents keep theirs so that an update can still refer to what the prior Claim refers to (rules U-2 and U-4).
"""

from priorbus.fhir_pas.domain.identity import urn_of


def claim_url(authorization_id: str, attempt: int) -> str:
    """The Claim of one attempt."""
    return urn_of("claim", authorization_id, str(attempt))


def part_url(authorization_id: str, part: str) -> str:
    """Any other resource, for example `patient` or `attachment/att_1`."""
    return urn_of("part", authorization_id, part)


def claim_identifier_value(authorization_id: str, attempt: int) -> str:
    """The value of Claim.identifier: what makes a repeated attempt one request at the payer."""
    return f"{authorization_id}:{attempt}"


def attempt_names(authorization_id: str, attempt: int, public_base: str) -> tuple[str, ...]:
    """The names by which an answer may tell that it is about this attempt: fullUrl and identifier of its Claim."""
    value = claim_identifier_value(authorization_id, attempt)
    return claim_url(authorization_id, attempt), f"{claim_identifier_system(public_base)}|{value}"


def claim_identifier_system(public_base: str) -> str:
    """The system of Claim.identifier."""
    return f"{public_base}/identifiers/authorization"


def file_url(public_base: str, file_id: str) -> str:
    """Where the bytes of an attached file are named to be."""
    return f"{public_base}/fhir/Binary/{file_id}"
