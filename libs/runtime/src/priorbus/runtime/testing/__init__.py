"""Doubles of bus, store and object store for tests; each passes the same contract tests as the real adapter."""
