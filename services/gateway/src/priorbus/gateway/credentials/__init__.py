"""Who is calling: API keys, FHIR access tokens and the principal they stand for (Conventions 3)."""
