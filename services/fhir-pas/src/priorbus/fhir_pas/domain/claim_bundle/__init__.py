"""An authorization of the REST API as a PAS request Bundle (fhir-pas.md 24)."""
