"""Small FHIR elements that several resources use."""

from priorbus.fhir_pas.domain.fhir_json import Resource


def concept(system: str, code: str, display: str | None = None) -> Resource:
    """A CodeableConcept of one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def reference(target: str) -> Resource:
    """A literal Reference."""
    return {"reference": target}


def identifier(system: str, value: str) -> Resource:
    """An Identifier with system and value."""
    return {"system": system, "value": value}


def entry(full_url: str, resource: Resource) -> Resource:
    """A Bundle entry."""
    return {"fullUrl": full_url, "resource": resource}


def given(**elements: object) -> Resource:
    """The elements that have a value: FHIR knows no null and no empty list or object."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {})}
