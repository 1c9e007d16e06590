"""Accounts of the broker for consumers of public events (Conventions 13.3)."""
