"""What is said to a remote PAS endpoint and what it says, as FHIR."""
