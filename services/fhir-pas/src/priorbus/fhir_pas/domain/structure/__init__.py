"""The structural layer of validation (fhir-pas.md 6.1, rules S)."""
