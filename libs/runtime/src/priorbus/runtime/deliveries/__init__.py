"""Deliveries to receivers outside: what is due is in the database, one process at a time sends it, and nobody waits for a slow receiver."""

from priorbus.runtime.deliveries.dispatcher import Dispatcher, Due, InHand
from priorbus.runtime.deliveries.retries import Retries

__all__ = ["Dispatcher", "Due", "InHand", "Retries"]
