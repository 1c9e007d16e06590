"""What the fhir-pas service tells itself about what it keeps, and for how long (fhir-pas.md 17, 21)."""

from priorbus.contracts.messages import Command, message


@message("fhir-pas.retire_request_object")
class RetireRequestObject(Command):
    """The sweeper found an old object under `raw/`: it goes unless a kept request names it."""

    key: str


@message("fhir-pas.discard_request_object")
class DiscardRequestObject(Command):
    """Timer: remove an object that nobody wants."""

    key: str


@message("fhir-pas.restate")
class Restate(Command):
    """Say the state of one aggregate again, for projections that are made anew."""

    collection: str
    key: str


@message("fhir-pas.purge_authorization")
class PurgeAuthorization(Command):
    """An authorization has been of no use for as long as its tenant wants it kept."""

    authorization_id: str


@message("fhir-pas.purge_exchange")
class PurgeExchange(Command):
    """A case of the REST API was prepared and never sent, and has been of no use for as long as its tenant wants it kept."""

    exchange_id: str


@message("fhir-pas.purge_attachments")
class PurgeAttachments(Command):
    """Attachments were held as long as the tenant wants, and their request has not come."""

    submission_id: str
