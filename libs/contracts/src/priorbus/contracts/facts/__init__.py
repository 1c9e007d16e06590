"""Facts, one module per owner service."""
