"""Commands and queries, one module per owner service."""
