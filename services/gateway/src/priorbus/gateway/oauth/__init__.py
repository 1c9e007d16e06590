"""SMART Backend Services: who a FHIR client is, and the access tokens it gets (Conventions 3.4)."""
