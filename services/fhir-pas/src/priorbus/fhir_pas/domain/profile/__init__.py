"""Declarative rule tables, one module per profile (fhir-pas.md 6.2 to 6.5)."""
