"""What the FHIR operations' handlers are given."""

from dataclasses import dataclass

from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.ports import ClaimIndex, PayerConnector, RequestBodies


@dataclass(frozen=True, slots=True)
class Tools:
    """The payer, the object store's request bodies, the index of authorizations, and the settings."""

    connector: PayerConnector
    bodies: RequestBodies
    index: ClaimIndex
    terms: Terms
