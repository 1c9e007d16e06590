"""Keys in the object store: ids only, never a file name (authorizations.md 8.2.3)."""

QUARANTINE = "quarantine/"
FILES = "files/"
DOCUMENTS = "documents/"


def quarantine_key(tenant: str, file_id: str, nonce: str) -> str:
    """Where a client uploads to."""
    return f"{QUARANTINE}{tenant}/{file_id}/{nonce}"


def final_key(tenant: str, file_id: str) -> str:
    """Where the checked bytes stay; written once."""
    return f"{FILES}{tenant}/{file_id}"


def document_key(tenant: str, document_id: str, nonce: str) -> str:
    """Where the content of a FHIR resource stays."""
    return f"{DOCUMENTS}{tenant}/{document_id}/{nonce}"


def owner_of(key: str) -> tuple[str, str] | None:
    """Tenant and id of the file or document that a key is made for, None for a key of another form."""
    match key.split("/"):
        case ["files", tenant, id_] | ["quarantine" | "documents", tenant, id_, _]:
            return tenant, id_
    return None
