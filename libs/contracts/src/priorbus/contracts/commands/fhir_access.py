"""What the fhir-pas service can be told and asked about attachments and resources.

Every result is `{"status": int, "headers": {...}, "body": str}`; the gateway writes it unchanged. `resources`, where there are, are the
`Type/id` that its audit record names.
"""

from priorbus.contracts.messages import Command, Query, message
from priorbus.contracts.model import Model

NPI = "http://hl7.org/fhir/sid/us-npi"


class Caller(Model):
    """What the registration of a FHIR client says: its identifiers (`value` or `system|value`) and how far it may see."""

    scopes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    npis: tuple[str, ...] = ()
    tenant_wide: bool = False

    @property
    def registered(self) -> tuple[str, ...]:
        """All identifiers that are the client's own, its NPIs with their system among them."""
        return (*self.identifiers, *(f"{NPI}|{npi}" for npi in self.npis))


class FhirBody(Model):
    """A request body: its text up to 256 KiB.

    What is larger, or no UTF-8, is named by `body_key`, the object that holds the bytes (claim check).
    """

    media_type: str
    sha256: str
    size: int
    body: str | None = None
    body_key: str | None = None


@message("fhir-pas.submit_attachment")
class SubmitAttachment(Command):
    """`$submit-attachment` (fhir-pas.md 16)."""

    base: str
    caller: Caller
    request: FhirBody


@message("fhir-pas.read_resource")
class ReadResource(Query):
    """The current version of a resource, or one of its versions (fhir-pas.md 18)."""

    base: str
    caller: Caller
    resource_type: str
    resource_id: str
    version_id: str | None = None


@message("fhir-pas.search_resources")
class SearchResources(Query):
    """A search; `parameters` are the client's pairs in order (fhir-pas.md 18)."""

    base: str
    caller: Caller
    resource_type: str
    parameters: tuple[tuple[str, str], ...] = ()


@message("fhir-pas.read_submission")
class ReadSubmission(Query):
    """What operators see of the request behind a ClaimResponse (fhir-pas.md 5, 17).

    The result is `{"submission": {...}, "media_type": str, "body": str | None, "body_key": str | None}`; the body is the request as it
    came, or the object that holds it.
    """

    claim_response_id: str
