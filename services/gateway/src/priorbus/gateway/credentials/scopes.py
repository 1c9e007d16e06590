"""The scopes of API keys (Conventions 3.5)."""

API_SCOPES = frozenset(
    {
        *("authorizations:read", "authorizations:write", "authorizations:confirm", "files:read", "files:write", "catalog:read"),
        *("providers:read", "providers:write", "patients:read", "patients:write", "patient_attachments:read", "patient_attachments:write"),
        *("events:read", "webhooks:manage", "api_keys:manage", "sandbox:use", "ops/pas.finalise", "ops/pas.read", "*"),
    }
)
"""Every scope an API key can have."""
