"""References of a Bundle that was validated before."""

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.references import Links, link_entries
from priorbus.fhir_pas.domain.structure.walk import Walk


def links_of(bundle: Resource) -> Links:
    """The links that validation found."""
    walk = Walk("off", "off")
    walk.resource(bundle, "Bundle")
    return link_entries(bundle, walk.references)
