"""Attachments that come by `$submit-attachment` (fhir-pas.md 16)."""
