"""The error registry: every code a client can meet, from one data file (Conventions 8.3, fhir-pas 9)."""

from priorbus.contracts.errors.registry import ERRORS, SECOND_LEVEL, Category, ErrorCode, Shape

__all__ = ["ERRORS", "SECOND_LEVEL", "Category", "ErrorCode", "Shape"]
