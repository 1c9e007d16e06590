"""The key under which a request is known again (fhir-pas.md 11)."""

import hashlib

from priorbus.fhir_pas.domain.fhir_json import Resource, canonical


def duplicate_key(bundle: Resource, tenant: str, client: str, operation: str) -> str:
    """A hash over tenant, client, operation and canonical content; the content holds every identifier that the spec names beside it."""
    digest = hashlib.sha256(canonical(bundle)).hexdigest()
    return hashlib.sha256(f"{tenant}\x00{client}\x00{operation}\x00{digest}".encode()).hexdigest()
