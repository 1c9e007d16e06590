"""Subscriptions and their notifications (fhir-pas.md 14)."""
