"""Moved to `priorbus.requirements.aggregates`, because handlers and adapters both need it and do not import each other."""

from priorbus.requirements.aggregates import ALL, AUTHORIZATIONS, PAYERS, PROVIDERS, TEMPLATES, template_key

__all__ = ["ALL", "AUTHORIZATIONS", "PAYERS", "PROVIDERS", "TEMPLATES", "template_key"]
