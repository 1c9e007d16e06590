"""The sandbox payer (fhir-pas.md 23, authorizations.md 11)."""
