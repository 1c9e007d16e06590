"""FHIR interactions (fhir-pas 4)."""
