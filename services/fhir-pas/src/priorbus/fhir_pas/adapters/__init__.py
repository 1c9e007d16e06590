"""Payer connectors, and the reader of large request bodies."""
