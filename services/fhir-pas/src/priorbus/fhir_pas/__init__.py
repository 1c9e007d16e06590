"""FHIR PAS: validation and persistence of prior-authorization requests, and the connector to the payer."""
