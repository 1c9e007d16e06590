"""The published description of the HTTP API: OpenAPI 3.1 from the route table and models (Conventions 14)."""
