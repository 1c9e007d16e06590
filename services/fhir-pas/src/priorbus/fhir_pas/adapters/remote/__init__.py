"""The payer port by way of a remote PAS endpoint (fhir-pas.md 22)."""
