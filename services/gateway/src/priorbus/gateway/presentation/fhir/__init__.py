"""FHIR resources that the gateway itself speaks."""
