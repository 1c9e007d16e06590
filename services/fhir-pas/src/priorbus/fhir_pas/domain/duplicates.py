"""The key under which a request is known again (fhir-pas.md 11)."""

import hashlib

from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import Resource, canonical


def duplicate_key(bundle: Resource, client: str, operation: str) -> str:
    """A hash over client, operation, the identifying parts of the request and its canonical content."""
    first = bundle["entry"][0]
    claim = first["resource"]
    identifiers = sorted(f"{one.get('system', '')}|{one.get('value', '')}" for one in claim.get("identifier", ()))
    related = [one.get("claim", {}).get("reference") for one in claim.get("related", ())]
    certification = [one for one in claim.get("extension", ()) if one.get("url") == extension("certificationType")]
    names = [client, operation, bundle.get("identifier"), identifiers, first.get("fullUrl"), claim.get("id"), related, certification]
    return hashlib.sha256(canonical([*names, hashlib.sha256(canonical(bundle)).hexdigest()])).hexdigest()
