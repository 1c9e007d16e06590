"""Subscriptions (fhir-pas.md 14)."""
