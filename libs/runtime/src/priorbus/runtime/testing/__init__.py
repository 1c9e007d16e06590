"""Doubles of bus, store and object store for tests; each passes the same contract tests as the real adapter."""

from priorbus.runtime.testing.handlers import TENANT, Handled, Stage, run_handler
from priorbus.runtime.testing.store import MemoryStore

__all__ = ["TENANT", "Handled", "MemoryStore", "Stage", "run_handler"]
