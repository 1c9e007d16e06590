"""Keys of the durable timers of files and documents."""


def expiry_timer(file_id: str) -> str:
    """Fires when the upload target and its grace time are over."""
    return f"expire_upload/{file_id}"


def upload_discard_timer(file_id: str) -> str:
    """Fires when the bytes of a file that failed or was removed are to go."""
    return f"discard_upload/{file_id}"


def retirement_timer(file_id: str) -> str:
    """Fires when the file may have been attached nowhere for as long as files are kept."""
    return f"retire_file/{file_id}"


def document_discard_timer(document_id: str) -> str:
    """Fires when nothing has come to refer to a document."""
    return f"document/{document_id}"


def object_discard_timer(storage_key: str) -> str:
    """Fires when an object of a document that no record names is to go."""
    return f"object/{storage_key}"
