"""`Content-Disposition: attachment` for any file name (RFC 6266, RFC 8187)."""

from urllib.parse import quote


def attachment(file_name: str) -> str:
    """The header value: an ASCII fallback and, when it differs, the exact name."""
    fallback = "".join(
        character if character.isascii() and character.isprintable() and character not in '"\\%' else "_" for character in file_name
    )
    value = f'attachment; filename="{fallback}"'
    return value if fallback == file_name else f"{value}; filename*=UTF-8''{quote(file_name, safe='')}"
