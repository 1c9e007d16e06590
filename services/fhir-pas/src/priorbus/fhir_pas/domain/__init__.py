"""Pure FHIR PAS rules: no driver, no clock, no id generator, no logger."""
