"""Reads: from the gateway's own projections, never from owners."""
