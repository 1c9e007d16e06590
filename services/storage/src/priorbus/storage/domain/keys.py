"""Keys in the object store: ids only, never a file name (authorizations.md 8.2.3)."""

QUARANTINE = "quarantine/"


def quarantine_key(tenant: str, file_id: str, nonce: str) -> str:
    """Where a client uploads to."""
    return f"{QUARANTINE}{tenant}/{file_id}/{nonce}"


def final_key(tenant: str, file_id: str) -> str:
    """Where the checked bytes stay; written once."""
    return f"files/{tenant}/{file_id}"


def quarantined_file(key: str) -> tuple[str, str] | None:
    """Tenant and file id of a quarantine key, None for a key of another form."""
    match key.removeprefix(QUARANTINE).split("/"):
        case [tenant, file_id, _nonce]:
            return tenant, file_id
    return None


def document_key(tenant: str, nonce: str) -> str:
    """Where the content of a FHIR resource stays; written once."""
    return f"documents/{tenant}/{nonce}"
